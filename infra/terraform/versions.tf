# Jinko on Google Cloud, in a project of your own: `make deploy PROJECT=my-project`, or by hand from the root
#
#   make stage
#   terraform -chdir=infra/terraform init
#   terraform -chdir=infra/terraform apply -var project=my-project
#
# One file for each concern; bindings.tf says who may do what. What is passed to the functions is in
# functions.tf. Names that the code relies on (topics, the database) are its own: schemas/names.py.
#
# Where the state lies: in a file beside this one, until you say otherwise. It holds no secret, but whoever
# works on the same project from two machines wants it in a bucket: see backend.tf.example.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { app = "jinko" }
}

# The budgets' API wants to know which project asks.
provider "google" {
  alias                 = "billing"
  project               = var.project
  user_project_override = true
  billing_project       = var.project
}
