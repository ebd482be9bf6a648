# As whom everything works. One account for each, no keys; what each may do is in bindings.tf.

resource "google_service_account" "on_upload" {
  project      = local.project
  account_id   = "jinko-on-upload"
  display_name = "Jinko: a file becomes a data set"
}

resource "google_service_account" "on_dataset_ready" {
  project      = local.project
  account_id   = "jinko-on-dataset-ready"
  display_name = "Jinko: a data set, or a request, becomes a job"
}

resource "google_service_account" "on_job_done" {
  project      = local.project
  account_id   = "jinko-on-job-done"
  display_name = "Jinko: a finished job becomes the next stage"
}

resource "google_service_account" "push" {
  project      = local.project
  account_id   = "jinko-push"
  display_name = "Jinko: Pub/Sub, as it calls the functions"
}

resource "google_service_account" "build" {
  project      = local.project
  account_id   = "jinko-build"
  display_name = "Jinko: builds of the functions and of the container"
}

resource "google_service_account" "trainer" {
  project      = local.project
  account_id   = "jinko-trainer"
  display_name = "Jinko: jobs that train, export and generate"
}

resource "google_service_account" "worker" {
  project      = local.project
  account_id   = "jinko-worker"
  display_name = "Jinko: jobs that need no GPU"
}

resource "google_service_account" "publisher" {
  project      = local.project
  account_id   = "jinko-publisher"
  display_name = "Jinko: jobs that publish; alone may read the token that writes"
}
