# A budget tells, it stops nothing: what a run may cost is held by Jinko itself (max_cost_usd, confirm: true).

resource "google_billing_budget" "month" {
  provider = google.billing
  for_each = toset(var.billing_account == "" ? [] : [var.billing_account])

  billing_account = each.key
  display_name    = "Jinko in ${local.project}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  # Besides those whom Google tells anyway, the administrators of the billing account.
  dynamic "all_updates_rule" {
    for_each = local.told
    content {
      monitoring_notification_channels = local.channels
      disable_default_iam_recipients   = false
    }
  }
}
