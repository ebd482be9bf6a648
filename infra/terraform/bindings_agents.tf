# Who may do what: builds, those who call the functions, Google's own agents. See bindings.tf.

# ---------------------------------------------------------------- builds

resource "google_storage_bucket_iam_member" "build_reads_source" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

# On the project, held to one bucket: Cloud Functions copies an archive there before it is built, and makes the
# bucket with the first function.
resource "google_project_iam_member" "build_reads_archives" {
  project = local.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title      = "functions-sources"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${var.region}\")"
  }
}

resource "google_artifact_registry_repository_iam_member" "build_writes_images" {
  project    = local.project
  location   = var.region
  repository = google_artifact_registry_repository.jinko.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

# On the project: logs have no narrower place.
resource "google_project_iam_member" "build_writes_logs" {
  project = local.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

# ---------------------------------------------------------------- who calls the functions

resource "google_cloud_run_v2_service_iam_member" "push_calls" {
  for_each = toset(["on_upload", "on_dataset_ready", "on_job_done"])

  project  = local.project
  location = var.region
  name     = google_cloudfunctions2_function.functions[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.push.member
}

# ---------------------------------------------------------------- Google's own agents

resource "google_pubsub_topic_iam_member" "storage_agent_rings_drops" {
  project = local.project
  topic   = google_pubsub_topic.drops.name
  role    = "roles/pubsub.publisher"
  member  = local.storage_agent
}

resource "google_pubsub_topic_iam_member" "pubsub_agent_sets_aside" {
  project = local.project
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

# What is set aside has to be taken from where it was.
resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_from_drops" {
  project      = local.project
  subscription = google_pubsub_subscription.drops.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_from_datasets" {
  project      = local.project
  subscription = google_pubsub_subscription.datasets.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_from_requests" {
  project      = local.project
  subscription = google_pubsub_subscription.requests.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_from_jobs" {
  project      = local.project
  subscription = google_pubsub_subscription.jobs.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_from_sweep" {
  project      = local.project
  subscription = google_pubsub_subscription.sweep.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# The token by which a push is let in.
resource "google_service_account_iam_member" "pubsub_agent_signs_as_push" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}
