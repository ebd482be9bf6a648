# What the jobs' machines stand on: a network that nobody reaches from outside, and the container's images.
#
# The machines have no address of their own on the internet. Google's services they reach from within (private
# Google access), the Hugging Face Hub and the GPU drivers through NAT. With no machine, neither costs anything.

resource "google_compute_network" "jinko" {
  project                 = local.project
  name                    = "jinko"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "jinko" {
  project                  = local.project
  region                   = var.region
  name                     = "jinko"
  network                  = google_compute_network.jinko.id
  ip_cidr_range            = "10.128.0.0/20"
  private_ip_google_access = true
}

resource "google_compute_router" "jinko" {
  project = local.project
  region  = var.region
  name    = "jinko"
  network = google_compute_network.jinko.id
}

resource "google_compute_router_nat" "jinko" {
  project                            = local.project
  region                             = var.region
  name                               = "jinko"
  router                             = google_compute_router.jinko.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.jinko.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
}

# Images are named by their digest, so a tag that moves changes nothing. `make image` builds both and writes
# their digests into images.auto.tfvars: the one step that Terraform cannot do.
resource "google_artifact_registry_repository" "jinko" {
  project       = local.project
  location      = var.region
  repository_id = "jinko"
  description   = "The container of Jinko's jobs, and what Cloud Run makes of the functions."
  format        = "DOCKER"

  # The newest and the one before it stay; what is older goes after a week, since a GPU's image is large.
  cleanup_policies {
    id     = "keep-the-last"
    action = "KEEP"
    most_recent_versions {
      keep_count = 2
    }
  }

  cleanup_policies {
    id     = "remove-old"
    action = "DELETE"
    condition {
      older_than = "604800s"
    }
  }
}
