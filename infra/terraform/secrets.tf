# Tokens, each of them optional. Terraform makes the empty secrets; what is in them never comes near its state.
# The output `secrets` prints the line that adds a version; then set the variable that names it, and apply again.

resource "google_secret_manager_secret" "hf_read" {
  project   = local.project
  secret_id = "jinko-hf-read"

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret" "hf_write" {
  project   = local.project
  secret_id = "jinko-hf-write"

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret" "wandb" {
  project   = local.project
  secret_id = "jinko-wandb"

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret" "grader" {
  project   = local.project
  secret_id = "jinko-grader"

  replication {
    auto {}
  }
}

locals {
  # Which version jobs are given, as Batch wants it named; empty where there is none.
  secret_version = {
    for name, version in {
      hf_read  = var.hf_read_version
      hf_write = var.hf_write_version
      wandb    = var.wandb_version
      grader   = var.grader_version
    } : name => version == "" ? "" : "projects/${var.project}/secrets/${local.secret_id[name]}/versions/${version}"
  }
  secret_id = {
    hf_read  = google_secret_manager_secret.hf_read.secret_id
    hf_write = google_secret_manager_secret.hf_write.secret_id
    wandb    = google_secret_manager_secret.wandb.secret_id
    grader   = google_secret_manager_secret.grader.secret_id
  }
}
