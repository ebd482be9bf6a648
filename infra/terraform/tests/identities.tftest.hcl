# Who may do what, roughly: nobody outside, nobody at large, no role that is made for people. Exactly who may do
# exactly what is compared with the calls that the code makes, by the Python tests.

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

run "no_role_is_wide_and_none_is_for_everybody" {
  assert {
    condition = alltrue([
      for it in [
        google_storage_bucket_iam_member.on_upload_reads_inbox,
        google_storage_bucket_iam_member.on_upload_writes_outbox,
        google_storage_bucket_iam_member.on_dataset_ready_writes_outbox,
        google_storage_bucket_iam_member.on_job_done_lists_inbox,
        google_storage_bucket_iam_member.on_job_done_writes_outbox,
        google_storage_bucket_iam_member.trainer_writes_outbox,
        google_storage_bucket_iam_member.worker_reads_inbox,
        google_storage_bucket_iam_member.worker_writes_outbox,
        google_storage_bucket_iam_member.publisher_reads_outbox,
        google_storage_bucket_iam_member.publisher_adds_to_outbox,
        google_storage_bucket_iam_member.build_reads_source,
      ] : contains(["roles/storage.objectViewer", "roles/storage.objectUser", "roles/storage.objectCreator", "roles/storage.legacyBucketReader"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a bucket, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in [
        google_pubsub_topic_iam_member.on_upload_tells_datasets,
        google_pubsub_topic_iam_member.on_upload_tells_requests,
        google_pubsub_topic_iam_member.on_dataset_ready_tells_datasets,
        google_pubsub_topic_iam_member.on_dataset_ready_tells_runs,
        google_pubsub_topic_iam_member.on_job_done_tells_drops,
        google_pubsub_topic_iam_member.on_job_done_tells_datasets,
        google_pubsub_topic_iam_member.on_job_done_tells_jobs,
        google_pubsub_topic_iam_member.on_job_done_tells_runs,
        google_pubsub_topic_iam_member.trainer_tells_jobs,
        google_pubsub_topic_iam_member.worker_tells_jobs,
        google_pubsub_topic_iam_member.publisher_tells_jobs,
        google_pubsub_topic_iam_member.storage_agent_rings_drops,
        google_pubsub_topic_iam_member.pubsub_agent_sets_aside,
      ] : contains(["roles/pubsub.publisher"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a topic, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in [
        google_project_iam_member.on_upload_remembers,
        google_project_iam_member.on_upload_submits_jobs,
        google_project_iam_member.on_dataset_ready_remembers,
        google_project_iam_member.on_dataset_ready_submits_jobs,
        google_project_iam_member.on_job_done_remembers,
        google_project_iam_member.on_job_done_submits_jobs,
        google_project_iam_member.trainer_remembers,
        google_project_iam_member.trainer_reports,
        google_project_iam_member.trainer_writes_logs,
        google_project_iam_member.worker_remembers,
        google_project_iam_member.worker_reports,
        google_project_iam_member.worker_writes_logs,
        google_project_iam_member.publisher_remembers,
        google_project_iam_member.publisher_reports,
        google_project_iam_member.publisher_writes_logs,
        google_project_iam_member.build_reads_archives,
        google_project_iam_member.build_writes_logs,
      ] : contains(["roles/batch.agentReporter", "roles/batch.jobsEditor", "roles/datastore.user", "roles/logging.logWriter", "roles/storage.objectViewer"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a project, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in [
        google_service_account_iam_member.on_upload_acts_as_worker,
        google_service_account_iam_member.on_dataset_ready_acts_as_trainer,
        google_service_account_iam_member.on_dataset_ready_acts_as_worker,
        google_service_account_iam_member.on_dataset_ready_acts_as_publisher,
        google_service_account_iam_member.on_job_done_acts_as_trainer,
        google_service_account_iam_member.on_job_done_acts_as_worker,
        google_service_account_iam_member.on_job_done_acts_as_publisher,
        google_service_account_iam_member.pubsub_agent_signs_as_push,
      ] : contains(["roles/iam.serviceAccountUser", "roles/iam.serviceAccountOpenIdTokenCreator"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a account, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in [
        google_secret_manager_secret_iam_member.on_upload_reads_hf_read,
        google_secret_manager_secret_iam_member.on_dataset_ready_reads_hf_read,
        google_secret_manager_secret_iam_member.trainer_reads_hf_read,
        google_secret_manager_secret_iam_member.trainer_reads_wandb,
        google_secret_manager_secret_iam_member.trainer_reads_grader,
        google_secret_manager_secret_iam_member.worker_reads_hf_read,
        google_secret_manager_secret_iam_member.publisher_reads_hf_write,
      ] : contains(["roles/secretmanager.secretAccessor"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a secret, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in [
        google_artifact_registry_repository_iam_member.trainer_pulls_images,
        google_artifact_registry_repository_iam_member.worker_pulls_images,
        google_artifact_registry_repository_iam_member.publisher_pulls_images,
        google_artifact_registry_repository_iam_member.build_writes_images,
      ] : contains(["roles/artifactregistry.reader", "roles/artifactregistry.writer"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a repository, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in values(google_cloud_run_v2_service_iam_member.push_calls) : contains(["roles/run.invoker"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a function, none that is made for people (owner, editor, viewer), and none to everybody."
  }
  assert {
    condition = alltrue([
      for it in [
        google_pubsub_subscription_iam_member.pubsub_agent_takes_from_drops,
        google_pubsub_subscription_iam_member.pubsub_agent_takes_from_datasets,
        google_pubsub_subscription_iam_member.pubsub_agent_takes_from_requests,
        google_pubsub_subscription_iam_member.pubsub_agent_takes_from_jobs,
        google_pubsub_subscription_iam_member.pubsub_agent_takes_from_sweep,
      ] : contains(["roles/pubsub.subscriber"], it.role)
      && !contains(["allUsers", "allAuthenticatedUsers"], it.member)
    ])
    error_message = "Only a role that is named here is given on a subscription, none that is made for people (owner, editor, viewer), and none to everybody."
  }
}

run "a_role_on_the_whole_database_or_on_every_bucket_is_held_to_one" {
  assert {
    condition = toset([
      for it in [
        google_project_iam_member.on_upload_remembers,
        google_project_iam_member.on_dataset_ready_remembers,
        google_project_iam_member.on_job_done_remembers,
        google_project_iam_member.trainer_remembers,
        google_project_iam_member.worker_remembers,
        google_project_iam_member.publisher_remembers,
      ] : one(it.condition).expression
    ]) == toset(["resource.name == \"projects/my-project/databases/jinko\""])
    error_message = "A role of Firestore is for our database alone."
  }
  assert {
    condition     = strcontains(one(google_project_iam_member.build_reads_archives.condition).expression, "gcf-v2-sources-123456789012-us-central1")
    error_message = "Builds read Cloud Functions' copies of our archives alone."
  }
}

run "everybody_has_an_account_of_their_own" {
  assert {
    condition = length(toset([
      for it in [
        google_service_account.on_upload, google_service_account.on_dataset_ready, google_service_account.on_job_done,
        google_service_account.push, google_service_account.build, google_service_account.trainer,
        google_service_account.worker, google_service_account.publisher,
      ] : it.account_id
    ])) == 8
    error_message = "Eight accounts, eight names."
  }
  assert {
    condition = {
      trainer   = google_service_account.trainer.email
      worker    = google_service_account.worker.email
      publisher = google_service_account.publisher.email
      } == {
      trainer   = local.environment.JINKO_JOB_ACCOUNT
      worker    = local.environment.JINKO_WORKER_ACCOUNT
      publisher = local.environment.JINKO_PUBLISHER_ACCOUNT
    }
    error_message = "Jobs work as the account of their kind."
  }
}
