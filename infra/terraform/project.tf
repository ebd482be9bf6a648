# The project itself: what has to be switched on in it, and what Google calls it.

resource "google_project_service" "used" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "batch.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])

  project            = var.project
  service            = each.key
  disable_on_destroy = false # somebody else in the project may rely on it
}

locals {
  # The project's id again, but known only once everything above is switched on: whatever says
  # `project = local.project` waits for that.
  project = one(toset([for api in google_project_service.used : api.project]))
}

data "google_project" "this" {
  project_id = local.project
}

# As whom Cloud Storage rings the bell when a file has arrived. Asking makes it, in a new project.
data "google_storage_project_service_account" "agent" {
  project = local.project
}

locals {
  storage_agent = "serviceAccount:${data.google_storage_project_service_account.agent.email_address}"
  pubsub_agent  = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
