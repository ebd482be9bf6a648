# The three functions: as whom they work, who reaches them, what they are told.

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

run "every_function_has_an_identity_of_its_own" {
  assert {
    condition = length(toset([
      for it in google_cloudfunctions2_function.functions : it.service_config[0].service_account_email
    ])) == 3
    error_message = "No two functions share an account."
  }
  assert {
    condition = {
      for name, it in google_cloudfunctions2_function.functions : name => it.service_config[0].service_account_email
      } == {
      on_upload        = google_service_account.on_upload.email
      on_dataset_ready = google_service_account.on_dataset_ready.email
      on_job_done      = google_service_account.on_job_done.email
    }
    error_message = "Each works as the account that is named after it."
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions :
      it.build_config[0].service_account == google_service_account.build.id
      && it.build_config[0].docker_repository == google_artifact_registry_repository.jinko.id
    ])
    error_message = "They are built by the account for builds, into our own repository."
  }
}

run "only_pushes_reach_a_function" {
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions : it.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    ])
    error_message = "Nobody outside the project reaches a function."
  }
  assert {
    condition = alltrue([
      for name, it in google_cloud_run_v2_service_iam_member.push_calls :
      it.name == google_cloudfunctions2_function.functions[name].name && it.role == "roles/run.invoker"
      && it.member == google_service_account.push.member
    ])
    error_message = "Pub/Sub's account alone may call a function."
  }
  assert {
    condition     = toset(keys(google_cloud_run_v2_service_iam_member.push_calls)) == toset(keys(google_cloudfunctions2_function.functions))
    error_message = "A function that may not be called does nothing."
  }
}

run "nothing_runs_between_two_drops" {
  assert {
    condition     = alltrue([for it in google_cloudfunctions2_function.functions : it.service_config[0].min_instance_count == 0])
    error_message = "An instance that waits is paid for."
  }
  assert {
    condition     = alltrue([for it in google_cloudfunctions2_function.functions : it.service_config[0].timeout_seconds < 600])
    error_message = "A function ends before the push gives up on it."
  }
}

run "a_new_project_may_have_each_function" {
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions :
      it.service_config[0].max_instance_count * tonumber(it.service_config[0].available_cpu) <= 20
      && it.service_config[0].max_instance_count * tonumber(trimsuffix(it.service_config[0].available_memory, "Gi")) <= 40
    ])
    error_message = "A new project has 20 processors and 40 GiB in a region; Cloud Run refuses what could need more."
  }
}

run "without_tokens_none_is_named" {
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions : length(it.service_config[0].secret_environment_variables) == 0
      && it.service_config[0].environment_variables.JINKO_HF_SECRET == ""
      && it.service_config[0].environment_variables.JINKO_HF_WRITE_SECRET == ""
    ])
    error_message = "A version that is not there would keep a function from starting."
  }
}

run "with_tokens_they_are_named_and_never_given" {
  variables {
    hf_read_version  = "3"
    hf_write_version = "latest"
    wandb_version    = "1"
    grader_version   = "2"
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions :
      it.service_config[0].environment_variables.JINKO_HF_SECRET == "projects/my-project/secrets/jinko-hf-read/versions/3"
      && it.service_config[0].environment_variables.JINKO_HF_WRITE_SECRET == "projects/my-project/secrets/jinko-hf-write/versions/latest"
      && it.service_config[0].environment_variables.JINKO_WANDB_SECRET == "projects/my-project/secrets/jinko-wandb/versions/1"
      && it.service_config[0].environment_variables.JINKO_GRADER_SECRET == "projects/my-project/secrets/jinko-grader/versions/2"
    ])
    error_message = "Jobs are told which version of which secret to read."
  }
  assert {
    condition = jsonencode({
      for name, it in google_cloudfunctions2_function.functions :
      name => [for secret in it.service_config[0].secret_environment_variables : "${secret.key}=${secret.secret}@${secret.version}"]
      }) == jsonencode({
      on_upload        = ["HF_TOKEN=jinko-hf-read@3"]
      on_dataset_ready = ["HF_TOKEN=jinko-hf-read@3"]
      on_job_done      = []
    })
    error_message = "Two functions look at the Hub, with the token that reads; none has the one that writes."
  }
}

run "each_token_has_a_secret" {
  assert {
    condition = [
      google_secret_manager_secret.hf_read.secret_id, google_secret_manager_secret.hf_write.secret_id,
      google_secret_manager_secret.wandb.secret_id, google_secret_manager_secret.grader.secret_id,
    ] == ["jinko-hf-read", "jinko-hf-write", "jinko-wandb", "jinko-grader"]
    error_message = "Four secrets, all of them optional."
  }
}
