# Who may do what: the machines of jobs. bindings.tf says what holds for all of these files.

resource "google_storage_bucket_iam_member" "trainer_writes_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectUser"
  member = google_service_account.trainer.member
}

resource "google_project_iam_member" "trainer_remembers" {
  project = local.project
  role    = "roles/datastore.user"
  member  = google_service_account.trainer.member

  condition {
    title      = "jinko-database"
    expression = local.in_our_database
  }
}

# Batch tells of a job's states as the job's own account.
resource "google_pubsub_topic_iam_member" "trainer_tells_jobs" {
  project = local.project
  topic   = google_pubsub_topic.jobs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.trainer.member
}

# On the project: Batch's agent on the machine reports there, and logs have no narrower place.
resource "google_project_iam_member" "trainer_reports" {
  project = local.project
  role    = "roles/batch.agentReporter"
  member  = google_service_account.trainer.member
}

resource "google_project_iam_member" "trainer_writes_logs" {
  project = local.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.trainer.member
}

resource "google_artifact_registry_repository_iam_member" "trainer_pulls_images" {
  project    = local.project
  location   = var.region
  repository = google_artifact_registry_repository.jinko.name
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.trainer.member
}

resource "google_secret_manager_secret_iam_member" "trainer_reads_hf_read" {
  project   = local.project
  secret_id = google_secret_manager_secret.hf_read.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.trainer.member
}

resource "google_secret_manager_secret_iam_member" "trainer_reads_wandb" {
  project   = local.project
  secret_id = google_secret_manager_secret.wandb.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.trainer.member
}

resource "google_secret_manager_secret_iam_member" "trainer_reads_grader" {
  project   = local.project
  secret_id = google_secret_manager_secret.grader.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.trainer.member
}

resource "google_storage_bucket_iam_member" "worker_reads_inbox" {
  bucket = google_storage_bucket.inbox.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.worker.member
}

resource "google_storage_bucket_iam_member" "worker_writes_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectUser"
  member = google_service_account.worker.member
}

resource "google_project_iam_member" "worker_remembers" {
  project = local.project
  role    = "roles/datastore.user"
  member  = google_service_account.worker.member

  condition {
    title      = "jinko-database"
    expression = local.in_our_database
  }
}

resource "google_pubsub_topic_iam_member" "worker_tells_jobs" {
  project = local.project
  topic   = google_pubsub_topic.jobs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.worker.member
}

# On the project, as above.
resource "google_project_iam_member" "worker_reports" {
  project = local.project
  role    = "roles/batch.agentReporter"
  member  = google_service_account.worker.member
}

resource "google_project_iam_member" "worker_writes_logs" {
  project = local.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.worker.member
}

resource "google_artifact_registry_repository_iam_member" "worker_pulls_images" {
  project    = local.project
  location   = var.region
  repository = google_artifact_registry_repository.jinko.name
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.worker.member
}

resource "google_secret_manager_secret_iam_member" "worker_reads_hf_read" {
  project   = local.project
  secret_id = google_secret_manager_secret.hf_read.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.worker.member
}

resource "google_storage_bucket_iam_member" "publisher_reads_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.publisher.member
}

# It adds its result, and can replace nothing.
resource "google_storage_bucket_iam_member" "publisher_adds_to_outbox" {
  bucket = google_storage_bucket.outbox.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.publisher.member
}

resource "google_project_iam_member" "publisher_remembers" {
  project = local.project
  role    = "roles/datastore.user"
  member  = google_service_account.publisher.member

  condition {
    title      = "jinko-database"
    expression = local.in_our_database
  }
}

resource "google_pubsub_topic_iam_member" "publisher_tells_jobs" {
  project = local.project
  topic   = google_pubsub_topic.jobs.name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.publisher.member
}

# On the project, as above.
resource "google_project_iam_member" "publisher_reports" {
  project = local.project
  role    = "roles/batch.agentReporter"
  member  = google_service_account.publisher.member
}

resource "google_project_iam_member" "publisher_writes_logs" {
  project = local.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.publisher.member
}

resource "google_artifact_registry_repository_iam_member" "publisher_pulls_images" {
  project    = local.project
  location   = var.region
  repository = google_artifact_registry_repository.jinko.name
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.publisher.member
}

resource "google_secret_manager_secret_iam_member" "publisher_reads_hf_write" {
  project   = local.project
  secret_id = google_secret_manager_secret.hf_write.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.publisher.member
}
