# The network of the jobs' machines, and the APIs that are switched on.

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

run "machines_have_no_address_outside" {
  assert {
    condition     = google_compute_subnetwork.jinko.private_ip_google_access
    error_message = "Without an address a machine reaches Google's services from within only."
  }
  assert {
    condition = (
      google_compute_subnetwork.jinko.network == google_compute_network.jinko.id
      && !google_compute_network.jinko.auto_create_subnetworks
      && google_compute_router.jinko.network == google_compute_network.jinko.id
    )
    error_message = "One network with one part, and a router."
  }
  assert {
    condition = (
      google_compute_router_nat.jinko.router == google_compute_router.jinko.name
      && one(google_compute_router_nat.jinko.subnetwork).name == google_compute_subnetwork.jinko.id
      && google_compute_router_nat.jinko.nat_ip_allocate_option == "AUTO_ONLY"
    )
    error_message = "The Hub is reached through NAT, whose addresses come and go with the machines."
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.functions :
      it.service_config[0].environment_variables.JINKO_NETWORK == google_compute_network.jinko.name
      && it.service_config[0].environment_variables.JINKO_SUBNETWORK == google_compute_subnetwork.jinko.name
    ])
    error_message = "Jobs are told of their network."
  }
}

run "every_api_that_is_used_is_on_and_stays_on" {
  assert {
    condition = toset(keys(google_project_service.used)) == toset([
      for name in [
        "artifactregistry", "batch", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudresourcemanager",
        "cloudscheduler", "compute", "firestore", "iam", "logging", "monitoring", "pubsub", "run", "secretmanager",
        "storage",
      ] : "${name}.googleapis.com"
    ])
    error_message = "These and no others."
  }
  assert {
    condition     = alltrue([for it in google_project_service.used : !it.disable_on_destroy])
    error_message = "Somebody else in the project may need an API that we switched on."
  }
}

run "the_project_and_its_agents_are_looked_up" {
  assert {
    condition     = data.google_project.this.project_id == "my-project"
    error_message = "Its number names Pub/Sub's own agent."
  }
  assert {
    condition     = local.pubsub_agent == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    error_message = "Pub/Sub's agent is named by the project's number."
  }
  assert {
    condition     = local.storage_agent == "serviceAccount:${data.google_storage_project_service_account.agent.email_address}"
    error_message = "Cloud Storage's agent is asked for."
  }
}
