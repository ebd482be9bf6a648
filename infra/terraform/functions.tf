# The three functions, from the archives that `make stage` makes (the tests serve the same ones). An archive's
# name has its SHA-256 in it, so a function is deployed anew when its code has changed, and only then.
#
# They have no trigger of their own: subscriptions.tf pushes to them. Only Google's own services in this project
# reach them (Pub/Sub is one), and of those only who has a token of the account `push` is let in.

locals {
  functions = {
    # One file at a time, since a file may be as large as max_function_bytes and its shards lie in memory until
    # they are written. As many instances as a new project may have: 20 processors and 40 GiB in a region, and
    # Cloud Run refuses to make what could need more. 200 files dropped at once are 200 pushes; those that find no
    # instance come again after a pause, and the sweep tells again what was set aside.
    on_upload = {
      name   = "jinko-on-upload", account = google_service_account.on_upload.email, reads_hub = true
      memory = "4Gi", cpu = "2", at_once = 1, instances = 10
    }
    # Waits for Google and for the Hub most of the time, so some of its requests share a processor.
    on_dataset_ready = {
      name   = "jinko-on-dataset-ready", account = google_service_account.on_dataset_ready.email, reads_hub = true
      memory = "2Gi", cpu = "1", at_once = 4, instances = 10
    }
    # Small papers and records; four notices for each job, and a sweep every five minutes.
    on_job_done = {
      name   = "jinko-on-job-done", account = google_service_account.on_job_done.email, reads_hub = false
      memory = "1Gi", cpu = "1", at_once = 8, instances = 5
    }
  }

  # Where each answers. Its address at run.app is the one to which internal traffic may go.
  address = { for name, it in google_cloudfunctions2_function.functions : name => it.service_config[0].uri }

  # All that the functions are told; they tell their jobs the same. infra/settings.py says what each means.
  environment = {
    JINKO_GROUND             = "gcp"
    JINKO_PROJECT            = var.project
    JINKO_REGION             = var.region
    JINKO_INBOX              = google_storage_bucket.inbox.name
    JINKO_OUTBOX             = google_storage_bucket.outbox.name
    JINKO_DATABASE           = google_firestore_database.jinko.name
    JINKO_GPU_IMAGE          = var.gpu_image
    JINKO_CPU_IMAGE          = var.cpu_image
    JINKO_JOB_ACCOUNT        = google_service_account.trainer.email
    JINKO_WORKER_ACCOUNT     = google_service_account.worker.email
    JINKO_PUBLISHER_ACCOUNT  = google_service_account.publisher.email
    JINKO_NETWORK            = google_compute_network.jinko.name
    JINKO_SUBNETWORK         = google_compute_subnetwork.jinko.name
    JINKO_HF_SECRET          = local.secret_version.hf_read
    JINKO_HF_WRITE_SECRET    = local.secret_version.hf_write
    JINKO_WANDB_SECRET       = local.secret_version.wandb
    JINKO_GRADER_SECRET      = local.secret_version.grader
    JINKO_GRADER_HOSTS       = join(",", var.grader_hosts)
    JINKO_PUBLISH_NAMESPACES = join(",", var.publish_namespaces)
    JINKO_MAX_ACTIVE_RUNS    = tostring(var.max_active_runs)
    JINKO_MAX_FUNCTION_BYTES = tostring(var.max_function_bytes)
    HF_HUB_DISABLE_TELEMETRY = "1"
    DO_NOT_TRACK             = "1"
  }
}

resource "google_storage_bucket_object" "archives" {
  for_each = toset(["on_upload", "on_dataset_ready", "on_job_done"])

  bucket = google_storage_bucket.source.name
  name   = "functions/${each.key}-${filesha256("${var.staged}/${each.key}.zip")}.zip"
  source = "${var.staged}/${each.key}.zip"
}

resource "google_cloudfunctions2_function" "functions" {
  for_each = local.functions

  project  = local.project
  location = var.region
  name     = each.value.name

  build_config {
    runtime           = "python311" # what the archives are tested with
    entry_point       = each.key
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.jinko.id
    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.archives[each.key].name
      }
    }
  }

  service_config {
    service_account_email            = each.value.account
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    max_instance_request_concurrency = each.value.at_once
    max_instance_count               = each.value.instances
    min_instance_count               = 0   # nothing runs, and nothing is paid for, between two drops
    timeout_seconds                  = 540 # the push waits 600
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true
    environment_variables            = local.environment

    # To look at a gated base, or at a private data set, before a machine is paid for.
    dynamic "secret_environment_variables" {
      for_each = each.value.reads_hub && var.hf_read_version != "" ? [var.hf_read_version] : []
      content {
        key        = "HF_TOKEN"
        project_id = var.project
        secret     = google_secret_manager_secret.hf_read.secret_id
        version    = secret_environment_variables.value
      }
    }
  }

  # Cloud Build has to be able to read the archive and write the image, and Cloud Run to read the token.
  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes_images,
    google_project_iam_member.build_reads_archives,
    google_project_iam_member.build_writes_logs,
    google_secret_manager_secret_iam_member.on_upload_reads_hf_read,
    google_secret_manager_secret_iam_member.on_dataset_ready_reads_hf_read,
    google_storage_bucket_iam_member.build_reads_source,
  ]
}
