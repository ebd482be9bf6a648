# Three buckets: people write into the inbox, only Jinko writes into the outbox, and the functions' archives
# lie in the third. Nobody outside can be let in: access is by roles alone, and public access is prevented.
#
# What no rule can tell by its age and name, Jinko's sweep removes: shards of a preparation that another one
# beat to it lie beside those that won.

resource "google_storage_bucket" "inbox" {
  project                     = local.project
  name                        = "${var.project}-jinko-inbox"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.delete_files

  # People's own files: whoever overwrites or removes one by mistake finds it again for a month.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 30
    }
  }

  # Pieces of parallel uploads that were broken off; gcloud and gsutil put them here.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 7
      matches_prefix = ["gcloud/tmp/parallel_composite_uploads/", "/gsutil/tmp/parallel_composite_uploads/"]
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 604800 # 7 days, also for a version that was removed for good
  }
}

resource "google_storage_bucket" "outbox" {
  project                     = local.project
  name                        = "${var.project}-jinko-outbox"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.delete_files

  # No versions: pages are written anew all the time, and models are written once. What is removed, by mistake
  # too, can be restored for 7 days.
  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  # What only a training that goes on would need of its checkpoints, and the largest part of them. No stage
  # writes any today; answers, models, datasets and pages stay until somebody deletes them.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 14
      matches_suffix = ["/optimizer.pt", "/optimizer.bin"]
    }
  }

  # What jobs that prepare big files say when they end; it is read within minutes.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 90
      matches_prefix = ["drops/"]
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }
}

resource "google_storage_bucket" "source" {
  project                     = local.project
  name                        = "${var.project}-jinko-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # made from the code, and made again from it

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # Terraform removes an archive that no function needs any more; builds of the container leave theirs.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 7
      matches_prefix = ["image/"]
    }
  }
}

resource "google_storage_notification" "dropped" {
  bucket         = google_storage_bucket.inbox.name
  topic          = google_pubsub_topic.drops.id
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  depends_on = [google_pubsub_topic_iam_member.storage_agent_rings_drops]
}
