# Who is woken by what, and where a message goes that nobody could take.

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

run "every_topic_that_wakes_somebody_has_a_dead_letter" {
  assert {
    condition = toset([
      for it in [
        google_pubsub_subscription.drops, google_pubsub_subscription.datasets, google_pubsub_subscription.requests,
        google_pubsub_subscription.jobs, google_pubsub_subscription.sweep,
      ] : one(it.dead_letter_policy).dead_letter_topic if one(it.dead_letter_policy).max_delivery_attempts == 5
    ]) == toset([google_pubsub_topic.dead_letters.id])
    error_message = "After five tries a message belongs on jinko-dead-letters."
  }
  assert {
    condition = toset([
      google_pubsub_subscription.drops.topic, google_pubsub_subscription.datasets.topic,
      google_pubsub_subscription.requests.topic, google_pubsub_subscription.jobs.topic,
      ]) == toset([
      google_pubsub_topic.drops.id, google_pubsub_topic.datasets.id,
      google_pubsub_topic.requests.id, google_pubsub_topic.jobs.id,
    ])
    error_message = "Each of the four topics has a subscription of its own."
  }
  assert {
    condition     = google_pubsub_subscription.sweep.topic == google_pubsub_topic.jobs.id
    error_message = "The scheduler's tick comes by the topic of jobs."
  }
}

run "a_dead_letter_is_kept_for_seven_days" {
  assert {
    condition     = google_pubsub_subscription.dead_letters.topic == google_pubsub_topic.dead_letters.id
    error_message = "Without a subscription to it, what is set aside is lost."
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters.message_retention_duration == "604800s"
    error_message = "A person has seven days to look."
  }
  assert {
    condition     = length(google_pubsub_subscription.dead_letters.push_config) == 0
    error_message = "A person pulls them."
  }
}

run "no_subscription_ever_expires" {
  assert {
    condition = alltrue([
      for it in [
        google_pubsub_subscription.drops, google_pubsub_subscription.datasets, google_pubsub_subscription.requests,
        google_pubsub_subscription.jobs, google_pubsub_subscription.sweep, google_pubsub_subscription.dead_letters,
      ] : one(it.expiration_policy).ttl == ""
    ])
    error_message = "By default a subscription is gone after 31 quiet days."
  }
}

run "a_push_is_signed_waited_for_and_repeated_with_pauses" {
  assert {
    condition = alltrue([
      for it in [
        google_pubsub_subscription.drops, google_pubsub_subscription.datasets, google_pubsub_subscription.requests,
        google_pubsub_subscription.jobs, google_pubsub_subscription.sweep,
        ] : (
        one(one(it.push_config).oidc_token).service_account_email == google_service_account.push.email
        && one(one(it.push_config).oidc_token).audience == one(it.push_config).push_endpoint
        && it.ack_deadline_seconds == 600
        && one(it.retry_policy).minimum_backoff == "30s" && one(it.retry_policy).maximum_backoff == "600s"
      )
    ])
    error_message = "Every push has a token for its address, 600 seconds and pauses."
  }
  assert {
    condition     = one(google_pubsub_subscription.drops.push_config).push_endpoint == google_cloudfunctions2_function.functions["on_upload"].service_config[0].uri
    error_message = "A drop wakes on_upload."
  }
  assert {
    condition = toset([for it in [google_pubsub_subscription.datasets, google_pubsub_subscription.requests] :
      one(it.push_config).push_endpoint
    ]) == toset([google_cloudfunctions2_function.functions["on_dataset_ready"].service_config[0].uri])
    error_message = "Data sets and requests wake on_dataset_ready."
  }
  assert {
    condition = toset([for it in [google_pubsub_subscription.jobs, google_pubsub_subscription.sweep] :
      one(it.push_config).push_endpoint
    ]) == toset([google_cloudfunctions2_function.functions["on_job_done"].service_config[0].uri])
    error_message = "Notices of jobs and the tick wake on_job_done."
  }
}

run "events_of_ours_have_schemas_where_their_topics_carry_nothing_else" {
  assert {
    condition     = one(google_pubsub_topic.datasets.schema_settings).schema == google_pubsub_schema.dataset_ready.id
    error_message = "A data set's topic takes DatasetReady alone."
  }
  assert {
    condition     = one(google_pubsub_topic.runs.schema_settings).schema == google_pubsub_schema.run_changed.id
    error_message = "A run's topic takes RunChanged alone."
  }
}

run "the_inbox_rings_when_a_file_is_complete" {
  assert {
    condition = (
      google_storage_notification.dropped.bucket == google_storage_bucket.inbox.name
      && google_storage_notification.dropped.topic == google_pubsub_topic.drops.id
      && google_storage_notification.dropped.event_types == toset(["OBJECT_FINALIZE"])
    )
    error_message = "The inbox tells its finished objects on the topic of drops."
  }
}

run "the_sweep_is_woken_every_five_minutes" {
  assert {
    condition = (
      google_cloud_scheduler_job.sweep.schedule == "*/5 * * * *"
      && one(google_cloud_scheduler_job.sweep.pubsub_target).topic_name == google_pubsub_topic.jobs.id
      && one(google_cloud_scheduler_job.sweep.pubsub_target).attributes == tomap({ type = "Swept" })
    )
    error_message = "The tick is a message with the type Swept."
  }
}
