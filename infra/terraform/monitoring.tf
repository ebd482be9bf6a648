# What is wrong, told before somebody asks, where it was said whom to tell: an alert costs money whether or not
# anybody hears of it, so without alert_email there is none, only the dashboard. The functions write a line for
# each event that they publish (its type, its ids and its state, never content), and one when a machine is waited
# for; metrics are counted from those.

resource "google_monitoring_notification_channel" "email" {
  for_each = local.told

  project      = local.project
  display_name = "Jinko"
  type         = "email"
  labels       = { email_address = each.key }
}

locals {
  told     = toset(var.alert_email == "" ? [] : [var.alert_email])
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  # The functions' lines, of Cloud Run's services.
  our_services = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=starts_with(\"jinko-on-\")"
  our_lines    = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^jinko-on-\""
  runs_metric  = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.runs.name}\""
}

resource "google_logging_metric" "runs" {
  project     = local.project
  name        = "jinko/runs"
  description = "Moves of runs, by the state that they came to. A move that is told again counts again."
  filter      = "${local.our_lines} AND jsonPayload.type=\"RunChanged\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "state"
      value_type = "STRING"
    }
  }

  label_extractors = { state = "EXTRACT(jsonPayload.state)" }
}

resource "google_logging_metric" "waiting" {
  project     = local.project
  name        = "jinko/waiting"
  description = "Jobs that have waited for a machine for more than an hour, each time that the sweep sees one."
  filter      = "${local.our_lines} AND jsonPayload.type=\"MachineAwaited\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  for_each = local.told

  project               = local.project
  display_name          = "Jinko: a message could not be delivered"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "Something lies on jinko-dead-letters"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Five tries at delivering a message have failed. Read it: `gcloud pubsub subscriptions pull ${google_pubsub_subscription.dead_letters.name} --project=${var.project} --limit=10`. Its attribute CloudPubSubDeadLetterSourceSubscription says whose it was; the log of that function says why."
  }
}

resource "google_monitoring_alert_policy" "failing_functions" {
  for_each = local.told

  project               = local.project
  display_name          = "Jinko: a function fails"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "More than five failures in ten minutes"
    condition_threshold {
      filter          = "${local.our_services} AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      comparison      = "COMPARISON_GT"
      threshold_value = 5
      duration        = "0s"
      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.service_name"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Its messages come again, with growing pauses, so nothing is lost yet. What it says: `gcloud logging read 'resource.type=\"cloud_run_revision\" AND severity>=ERROR' --project=${var.project} --freshness=1h --limit=20`."
  }
}

resource "google_monitoring_alert_policy" "waiting" {
  for_each = local.told

  project               = local.project
  display_name          = "Jinko: a job waits for a machine"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "Somebody has waited for more than an hour"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.waiting.name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Either this project has no quota for the GPU (`gcloud compute regions describe ${var.region} --project=${var.project}`), or the machines are sold out in ${var.region}: name another `machine` in the recipe. Waiting costs nothing."
  }
}

# Three in a row: three that failed within six hours, and none that succeeded.
resource "google_monitoring_alert_policy" "failing_runs" {
  for_each = local.told

  project               = local.project
  display_name          = "Jinko: one run after another fails"
  combiner              = "AND"
  notification_channels = local.channels

  conditions {
    display_name = "At least three failed within six hours"
    condition_threshold {
      filter          = "${local.runs_metric} AND metric.labels.state=\"failed\""
      comparison      = "COMPARISON_GT"
      threshold_value = 2
      duration        = "0s"
      aggregations {
        alignment_period     = "21600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  conditions {
    display_name = "None succeeded"
    condition_threshold {
      filter             = "${local.runs_metric} AND metric.labels.state=\"failed\""
      denominator_filter = "${local.runs_metric} AND metric.labels.state=one_of(\"failed\", \"succeeded\")"
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.99
      duration           = "0s"
      aggregations {
        alignment_period     = "21600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
      denominator_aggregations {
        alignment_period     = "21600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Each run's page in the outbox says why it failed: `gcloud storage ls 'gs://${google_storage_bucket.outbox.name}/status/**'`. The same reason every time is one mistake of ours or of the project's; different ones are the files'."
  }
}

resource "google_monitoring_dashboard" "jinko" {
  project = local.project
  dashboard_json = templatefile("${path.module}/dashboard.json.tftpl", {
    project      = var.project
    inbox        = google_storage_bucket.inbox.name
    outbox       = google_storage_bucket.outbox.name
    runs         = google_logging_metric.runs.name
    waiting      = google_logging_metric.waiting.name
    dead_letters = google_pubsub_subscription.dead_letters.name
    pushes       = join("|", [for it in [google_pubsub_subscription.drops, google_pubsub_subscription.datasets, google_pubsub_subscription.requests, google_pubsub_subscription.jobs] : it.name])
  })
}
