# Alerts, the dashboard, the budget.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}
mock_provider "google" {
  alias = "billing"
}

variables {
  project = "my-project"
  staged  = "tests/archives"
}

run "what_goes_wrong_is_told" {
  variables {
    alert_email = "me@example.com"
  }
  assert {
    condition = alltrue([
      for it in [
        google_monitoring_alert_policy.dead_letters["me@example.com"], google_monitoring_alert_policy.failing_functions["me@example.com"],
        google_monitoring_alert_policy.failing_runs["me@example.com"], google_monitoring_alert_policy.waiting["me@example.com"],
      ] : it.notification_channels == tolist([google_monitoring_notification_channel.email["me@example.com"].id])
    ])
    error_message = "Each of the four alerts is sent."
  }
  assert {
    condition     = google_monitoring_notification_channel.email["me@example.com"].labels.email_address == "me@example.com"
    error_message = "To the address that was given."
  }
}

run "without_an_address_there_are_no_alerts_to_pay_for" {
  assert {
    condition     = length(google_monitoring_notification_channel.email) + length(google_monitoring_alert_policy.waiting) == 0
    error_message = "Nobody is written to unasked, and an alert costs money."
  }
}

run "alerts_look_at_what_is_there" {
  variables {
    alert_email = "me@example.com"
  }
  assert {
    condition     = strcontains(one(one(google_monitoring_alert_policy.dead_letters["me@example.com"].conditions).condition_threshold).filter, google_pubsub_subscription.dead_letters.name)
    error_message = "A dead letter is an alert."
  }
  assert {
    condition     = strcontains(one(one(google_monitoring_alert_policy.waiting["me@example.com"].conditions).condition_threshold).filter, google_logging_metric.waiting.name)
    error_message = "A job that waits is an alert."
  }
  assert {
    condition = (
      google_monitoring_alert_policy.failing_runs["me@example.com"].combiner == "AND"
      && alltrue([for it in google_monitoring_alert_policy.failing_runs["me@example.com"].conditions : strcontains(one(it.condition_threshold).filter, google_logging_metric.runs.name)])
    )
    error_message = "Runs that fail while none succeeds are an alert."
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions : startswith(it.name, "jinko-on-")
    ]) && strcontains(google_logging_metric.runs.filter, "^jinko-on-") && strcontains(google_logging_metric.waiting.filter, "^jinko-on-")
    error_message = "Filters name the functions by how their names begin."
  }
}

run "the_dashboard_is_json_and_answers_three_questions" {
  assert {
    condition = alltrue([
      for question in ["What ran", "What failed", "What it cost"] :
      anytrue([for tile in jsondecode(google_monitoring_dashboard.jinko.dashboard_json).mosaicLayout.tiles : startswith(tile.widget.title, question)])
    ])
    error_message = "What ran, what failed, what it cost."
  }
}

run "no_billing_account_no_budget" {
  assert {
    condition     = length(google_billing_budget.month) == 0
    error_message = "A budget belongs to a billing account."
  }
}

run "a_budget_without_an_address_is_told_to_those_who_pay" {
  variables {
    billing_account = "012345-6789AB-CDEF01"
  }
  assert {
    condition     = length(google_billing_budget.month["012345-6789AB-CDEF01"].all_updates_rule) == 0
    error_message = "A rule that names nobody is refused; without one Google writes to the account's administrators."
  }
}

run "a_budget_is_told_of_before_it_is_spent" {
  variables {
    billing_account = "012345-6789AB-CDEF01"
    budget          = 20
    alert_email     = "me@example.com"
  }
  assert {
    condition = (
      one(one(google_billing_budget.month["012345-6789AB-CDEF01"].amount).specified_amount).units == "20"
      && min([for it in google_billing_budget.month["012345-6789AB-CDEF01"].threshold_rules : it.threshold_percent]...) < 1
      && one(google_billing_budget.month["012345-6789AB-CDEF01"].budget_filter).projects == toset(["projects/123456789012"])
    )
    error_message = "Of this project alone, and told before all of it is gone."
  }
  assert {
    condition     = contains(one(google_billing_budget.month["012345-6789AB-CDEF01"].all_updates_rule).monitoring_notification_channels, google_monitoring_notification_channel.email["me@example.com"].id)
    error_message = "To the address that was given."
  }
}
