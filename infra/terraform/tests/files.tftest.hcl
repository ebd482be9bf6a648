# The buckets, the records, the images: who sees them, what is kept, what goes by itself.

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

run "no_bucket_is_public" {
  assert {
    condition = alltrue([
      for it in [google_storage_bucket.inbox, google_storage_bucket.outbox, google_storage_bucket.source] :
      it.public_access_prevention == "enforced" && it.uniform_bucket_level_access
    ])
    error_message = "Public access is prevented, and single objects have no rules of their own."
  }
}

run "peoples_files_are_kept_unless_it_is_said_otherwise" {
  assert {
    condition     = one(google_storage_bucket.inbox.versioning).enabled
    error_message = "A file that was overwritten by mistake is found again."
  }
  assert {
    condition = alltrue([
      for it in [google_storage_bucket.inbox, google_storage_bucket.outbox] :
      !it.force_destroy && one(it.soft_delete_policy).retention_duration_seconds == 604800
    ])
    error_message = "What is removed can be restored for seven days."
  }
  assert {
    condition = (
      google_firestore_database.jinko.deletion_policy == "ABANDON"
      && google_firestore_database.jinko.delete_protection_state == "DELETE_PROTECTION_ENABLED"
    )
    error_message = "The records stay."
  }
}

run "they_go_when_it_is_said" {
  variables {
    delete_files = true
  }
  assert {
    condition = (
      google_storage_bucket.inbox.force_destroy && google_storage_bucket.outbox.force_destroy
      && google_firestore_database.jinko.deletion_policy == "DELETE"
    )
    error_message = "With delete_files a destroy removes everything."
  }
}

run "scratch_goes_by_itself" {
  assert {
    condition = contains([
      for rule in google_storage_bucket.inbox.lifecycle_rule : one(rule.condition).days_since_noncurrent_time
    ], 30)
    error_message = "Old versions of people's files go after a month."
  }
  assert {
    condition = contains(flatten([
      for rule in google_storage_bucket.outbox.lifecycle_rule : one(rule.condition).matches_suffix
    ]), "/optimizer.pt")
    error_message = "What is large in old checkpoints goes."
  }
  assert {
    condition = alltrue([
      for rule in google_storage_bucket.outbox.lifecycle_rule : one(rule.action).type != "Delete"
      || length(coalesce(one(rule.condition).matches_prefix, [])) + length(coalesce(one(rule.condition).matches_suffix, [])) > 0
    ])
    error_message = "No rule may remove models, data sets or pages."
  }
  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.inbox, google_storage_bucket.outbox] :
      contains([for rule in bucket.lifecycle_rule : one(rule.action).type], "AbortIncompleteMultipartUpload")
    ])
    error_message = "Uploads that were broken off are paid for until they are aborted."
  }
}

run "the_functions_are_deployed_from_archives_that_are_named_by_their_content" {
  assert {
    condition = alltrue([
      for name, it in google_storage_bucket_object.archives :
      it.bucket == google_storage_bucket.source.name && strcontains(it.name, filesha256("tests/archives/${name}.zip"))
    ])
    error_message = "A function whose code has changed has an archive of another name."
  }
  assert {
    condition     = toset(keys(google_storage_bucket_object.archives)) == toset(keys(google_cloudfunctions2_function.functions))
    error_message = "Each function has its archive."
  }
}

run "long_texts_are_not_indexed" {
  assert {
    condition = alltrue([
      for it in google_firestore_field.record :
      it.field == "record" && it.database == google_firestore_database.jinko.name && length(it.index_config) == 1
    ])
    error_message = "The record's text is exempt from indexes."
  }
  assert {
    condition     = toset(keys(google_firestore_field.record)) == toset(["datasets", "drops", "fingerprints", "progress", "publishers", "runs", "slots"])
    error_message = "Of every kind of record."
  }
}

run "old_images_go_and_the_last_ones_stay" {
  assert {
    condition     = toset([for it in google_artifact_registry_repository.jinko.cleanup_policies : it.action]) == toset(["KEEP", "DELETE"])
    error_message = "A repository that is never cleaned is paid for."
  }
  assert {
    condition     = google_artifact_registry_repository.jinko.format == "DOCKER"
    error_message = "It holds containers."
  }
}
