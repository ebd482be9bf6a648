# Names, for the longest project id that there is: 30 characters.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}
mock_provider "google" {
  alias = "billing"
}

variables {
  project = "a-project-of-thirty-characters"
  staged  = "tests/archives"
}

run "names_are_within_their_limits" {
  assert {
    condition = length(var.project) == 30 && alltrue([
      for it in [google_storage_bucket.inbox, google_storage_bucket.outbox, google_storage_bucket.source] :
      can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", it.name))
    ])
    error_message = "A bucket's name has 3 to 63 characters."
  }
  assert {
    condition = alltrue([
      for it in [
        google_service_account.on_upload, google_service_account.on_dataset_ready, google_service_account.on_job_done,
        google_service_account.push, google_service_account.build, google_service_account.trainer,
        google_service_account.worker, google_service_account.publisher,
      ] : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", it.account_id))
    ])
    error_message = "A service account's id has 6 to 30 characters."
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions : can(regex("^[a-z][a-z0-9-]{0,47}[a-z0-9]$", it.name))
    ])
    error_message = "The name of a service on Cloud Run has at most 49 characters."
  }
  assert {
    condition = alltrue([
      for it in [
        google_pubsub_subscription.drops, google_pubsub_subscription.datasets, google_pubsub_subscription.requests,
        google_pubsub_subscription.jobs, google_pubsub_subscription.sweep, google_pubsub_subscription.dead_letters,
      ] : can(regex("^[A-Za-z][A-Za-z0-9_.~+%-]{2,254}$", it.name)) && length(coalesce(it.filter, "-")) <= 256
    ])
    error_message = "A subscription's name has 3 to 255 characters, its filter at most 256."
  }
  assert {
    condition     = can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", google_firestore_database.jinko.name))
    error_message = "A database's name has 4 to 63 characters."
  }
}
