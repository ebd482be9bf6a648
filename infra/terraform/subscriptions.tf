# Who is woken by what. Each message is pushed to a function with a token of the account `push`, is waited for
# 600 seconds (Pub/Sub waits no longer), comes again after a growing pause where it was not acknowledged, and
# after five times is set aside on jinko-dead-letters, where it is kept for 7 days.
#
# A filter only spares the functions a call: they look for themselves. No subscription ever expires.

locals {
  attempts = 5
  pauses   = { least = "30s", most = "600s" } # about 8 minutes until it is set aside
}

# The bucket's own notices, and what the sweep tells again.
resource "google_pubsub_subscription" "drops" {
  project              = local.project
  name                 = "jinko-drops"
  topic                = google_pubsub_topic.drops.id
  filter               = "attributes.eventType = \"OBJECT_FINALIZE\" OR attributes.type = \"FileDropped\""
  ack_deadline_seconds = 600

  push_config {
    push_endpoint = local.address["on_upload"]
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.address["on_upload"]
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = local.attempts
  }

  retry_policy {
    minimum_backoff = local.pauses.least
    maximum_backoff = local.pauses.most
  }

  expiration_policy {
    ttl = ""
  }
}

# No filter: its schema lets nothing else in.
resource "google_pubsub_subscription" "datasets" {
  project              = local.project
  name                 = "jinko-datasets"
  topic                = google_pubsub_topic.datasets.id
  ack_deadline_seconds = 600

  push_config {
    push_endpoint = local.address["on_dataset_ready"]
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.address["on_dataset_ready"]
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = local.attempts
  }

  retry_policy {
    minimum_backoff = local.pauses.least
    maximum_backoff = local.pauses.most
  }

  expiration_policy {
    ttl = ""
  }
}

# No filter: people publish here, with or without attributes.
resource "google_pubsub_subscription" "requests" {
  project              = local.project
  name                 = "jinko-requests"
  topic                = google_pubsub_topic.requests.id
  ack_deadline_seconds = 600

  push_config {
    push_endpoint = local.address["on_dataset_ready"]
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.address["on_dataset_ready"]
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = local.attempts
  }

  retry_policy {
    minimum_backoff = local.pauses.least
    maximum_backoff = local.pauses.most
  }

  expiration_policy {
    ttl = ""
  }
}

# Batch's own notices, and what the sweep tells again.
resource "google_pubsub_subscription" "jobs" {
  project              = local.project
  name                 = "jinko-jobs"
  topic                = google_pubsub_topic.jobs.id
  filter               = "attributes.Type = \"JOB_STATE_CHANGED\" OR attributes.type = \"JobChanged\""
  ack_deadline_seconds = 600

  push_config {
    push_endpoint = local.address["on_job_done"]
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.address["on_job_done"]
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = local.attempts
  }

  retry_policy {
    minimum_backoff = local.pauses.least
    maximum_backoff = local.pauses.most
  }

  expiration_policy {
    ttl = ""
  }
}

# The scheduler's tick on its own: a long sweep holds up no notice, and a tick of an hour ago is worth nothing.
resource "google_pubsub_subscription" "sweep" {
  project                    = local.project
  name                       = "jinko-sweep"
  topic                      = google_pubsub_topic.jobs.id
  filter                     = "attributes.type = \"Swept\""
  ack_deadline_seconds       = 600
  message_retention_duration = "3600s"

  push_config {
    push_endpoint = local.address["on_job_done"]
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.address["on_job_done"]
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = local.attempts
  }

  retry_policy {
    minimum_backoff = local.pauses.least
    maximum_backoff = local.pauses.most
  }

  expiration_policy {
    ttl = ""
  }
}

# Pulled by a person who looks what went wrong.
resource "google_pubsub_subscription" "dead_letters" {
  project                    = local.project
  name                       = "jinko-dead-letters"
  topic                      = google_pubsub_topic.dead_letters.id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_cloud_scheduler_job" "sweep" {
  project     = local.project
  region      = var.region
  name        = "jinko-sweep"
  description = "Wakes on_job_done, which looks after everything that has not ended."
  schedule    = "*/5 * * * *"
  time_zone   = "Etc/UTC"

  # The tick's time is that of its message, so a scheduler can tell it without a body.
  pubsub_target {
    topic_name = google_pubsub_topic.jobs.id
    attributes = { type = "Swept" }
  }
}
