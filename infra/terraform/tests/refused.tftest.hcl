# What is refused before anything is made.

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

run "a_project_with_capitals" {
  command = plan
  variables {
    project = "My-Project"
  }
  expect_failures = [var.project]
}

run "a_project_that_is_too_long" {
  command = plan
  variables {
    project = "ppppppppppppppppppppppppppppppp"
  }
  expect_failures = [var.project]
}

run "a_zone_for_a_region" {
  command = plan
  variables {
    region = "us-central1-a"
  }
  expect_failures = [var.region]
}

run "an_image_by_its_tag" {
  command = plan
  variables {
    gpu_image = "us-central1-docker.pkg.dev/p/jinko/gpu:latest"
  }
  expect_failures = [var.gpu_image]
}

run "an_image_by_its_name" {
  command = plan
  variables {
    cpu_image = "us-central1-docker.pkg.dev/p/jinko/cpu"
  }
  expect_failures = [var.cpu_image]
}

run "a_token_for_a_version" {
  command = plan
  variables {
    hf_read_version = "hf_abcdefgh"
  }
  expect_failures = [var.hf_read_version]
}

run "a_token_that_writes_for_a_version" {
  command = plan
  variables {
    hf_write_version = "hf_abcdefgh"
  }
  expect_failures = [var.hf_write_version]
}

run "a_key_for_a_version" {
  command = plan
  variables {
    wandb_version = "0123456789abcdef"
  }
  expect_failures = [var.wandb_version]
}

run "a_graders_key_for_a_version" {
  command = plan
  variables {
    grader_version = "sk-abc"
  }
  expect_failures = [var.grader_version]
}

run "no_run_at_all" {
  command = plan
  variables {
    max_active_runs = 0
  }
  expect_failures = [var.max_active_runs]
}

run "files_that_no_function_can_hold" {
  command = plan
  variables {
    max_function_bytes = 2000000000
  }
  expect_failures = [var.max_function_bytes]
}

run "a_billing_accounts_name" {
  command = plan
  variables {
    billing_account = "My Billing Account"
  }
  expect_failures = [var.billing_account]
}

run "a_budget_of_nothing" {
  command = plan
  variables {
    budget = 0
  }
  expect_failures = [var.budget]
}

run "an_address_without_a_host" {
  command = plan
  variables {
    alert_email = "me"
  }
  expect_failures = [var.alert_email]
}
