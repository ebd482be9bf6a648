# Who may do what: the functions here, the rest in the two files beside this. One block for each account, role
# and resource, and nothing that the code does not call: infra/gcp/permissions.py has the table of its calls, and
# a test compares. A role is given on the resource itself; the few on the whole project say why.

locals {
  # A role of Firestore is given on the project; this holds it to the one database.
  in_our_database = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.jinko.name}\""
}

resource "google_storage_bucket_iam_member" "on_upload_reads_inbox" {
  bucket = google_storage_bucket.inbox.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.on_upload.member
}

resource "google_storage_bucket_iam_member" "on_upload_writes_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectUser"
  member = google_service_account.on_upload.member
}

resource "google_pubsub_topic_iam_member" "on_upload_tells_datasets" {
  project = local.project
  topic   = google_pubsub_topic.datasets.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_upload.member
}

resource "google_pubsub_topic_iam_member" "on_upload_tells_requests" {
  project = local.project
  topic   = google_pubsub_topic.requests.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_upload.member
}

resource "google_project_iam_member" "on_upload_remembers" {
  project = local.project
  role    = "roles/datastore.user"
  member  = google_service_account.on_upload.member

  condition {
    title      = "jinko-database"
    expression = local.in_our_database
  }
}

# On the project: a job of Batch is no resource that a role could be given on.
resource "google_project_iam_member" "on_upload_submits_jobs" {
  project = local.project
  role    = "roles/batch.jobsEditor"
  member  = google_service_account.on_upload.member
}

resource "google_service_account_iam_member" "on_upload_acts_as_worker" {
  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_upload.member
}

resource "google_secret_manager_secret_iam_member" "on_upload_reads_hf_read" {
  project   = local.project
  secret_id = google_secret_manager_secret.hf_read.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.on_upload.member
}

resource "google_storage_bucket_iam_member" "on_dataset_ready_writes_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectUser"
  member = google_service_account.on_dataset_ready.member
}

resource "google_pubsub_topic_iam_member" "on_dataset_ready_tells_datasets" {
  project = local.project
  topic   = google_pubsub_topic.datasets.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_dataset_ready.member
}

resource "google_pubsub_topic_iam_member" "on_dataset_ready_tells_runs" {
  project = local.project
  topic   = google_pubsub_topic.runs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_dataset_ready.member
}

resource "google_project_iam_member" "on_dataset_ready_remembers" {
  project = local.project
  role    = "roles/datastore.user"
  member  = google_service_account.on_dataset_ready.member

  condition {
    title      = "jinko-database"
    expression = local.in_our_database
  }
}

# On the project, as above.
resource "google_project_iam_member" "on_dataset_ready_submits_jobs" {
  project = local.project
  role    = "roles/batch.jobsEditor"
  member  = google_service_account.on_dataset_ready.member
}

resource "google_service_account_iam_member" "on_dataset_ready_acts_as_trainer" {
  service_account_id = google_service_account.trainer.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_dataset_ready.member
}

resource "google_service_account_iam_member" "on_dataset_ready_acts_as_worker" {
  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_dataset_ready.member
}

resource "google_service_account_iam_member" "on_dataset_ready_acts_as_publisher" {
  service_account_id = google_service_account.publisher.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_dataset_ready.member
}

resource "google_secret_manager_secret_iam_member" "on_dataset_ready_reads_hf_read" {
  project   = local.project
  secret_id = google_secret_manager_secret.hf_read.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.on_dataset_ready.member
}

# The sweep looks which files are there, and reads none of them.
resource "google_storage_bucket_iam_member" "on_job_done_lists_inbox" {
  bucket = google_storage_bucket.inbox.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.on_job_done.member
}

resource "google_storage_bucket_iam_member" "on_job_done_writes_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectUser"
  member = google_service_account.on_job_done.member
}

resource "google_pubsub_topic_iam_member" "on_job_done_tells_drops" {
  project = local.project
  topic   = google_pubsub_topic.drops.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_job_done.member
}

resource "google_pubsub_topic_iam_member" "on_job_done_tells_datasets" {
  project = local.project
  topic   = google_pubsub_topic.datasets.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_job_done.member
}

resource "google_pubsub_topic_iam_member" "on_job_done_tells_jobs" {
  project = local.project
  topic   = google_pubsub_topic.jobs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_job_done.member
}

resource "google_pubsub_topic_iam_member" "on_job_done_tells_runs" {
  project = local.project
  topic   = google_pubsub_topic.runs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.on_job_done.member
}

resource "google_project_iam_member" "on_job_done_remembers" {
  project = local.project
  role    = "roles/datastore.user"
  member  = google_service_account.on_job_done.member

  condition {
    title      = "jinko-database"
    expression = local.in_our_database
  }
}

# On the project, as above.
resource "google_project_iam_member" "on_job_done_submits_jobs" {
  project = local.project
  role    = "roles/batch.jobsEditor"
  member  = google_service_account.on_job_done.member
}

resource "google_service_account_iam_member" "on_job_done_acts_as_trainer" {
  service_account_id = google_service_account.trainer.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_job_done.member
}

resource "google_service_account_iam_member" "on_job_done_acts_as_worker" {
  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_job_done.member
}

resource "google_service_account_iam_member" "on_job_done_acts_as_publisher" {
  service_account_id = google_service_account.publisher.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.on_job_done.member
}
