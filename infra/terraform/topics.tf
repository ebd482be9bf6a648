# Five topics, and one for what could not be delivered. Their names are those of schemas/names.py.
#
# Where a topic carries events of ours with fields that Avro can name, a schema refuses anything else at the
# door. Not so for the others: drops and jobs carry Google's own notices (Batch's are no JSON), and a request
# holds a recipe's settings under any name, which neither Avro nor Protocol Buffers can say in JSON.

resource "google_pubsub_topic" "drops" {
  project = local.project
  name    = "jinko-drops"
}

resource "google_pubsub_topic" "datasets" {
  project = local.project
  name    = "jinko-datasets"

  schema_settings {
    schema   = google_pubsub_schema.dataset_ready.id
    encoding = "JSON"
  }
}

resource "google_pubsub_topic" "requests" {
  project = local.project
  name    = "jinko-requests"
}

resource "google_pubsub_topic" "jobs" {
  project = local.project
  name    = "jinko-jobs"
}

resource "google_pubsub_topic" "runs" {
  project = local.project
  name    = "jinko-runs"

  schema_settings {
    schema   = google_pubsub_schema.run_changed.id
    encoding = "JSON"
  }
}

resource "google_pubsub_topic" "dead_letters" {
  project = local.project
  name    = "jinko-dead-letters"
}

resource "google_pubsub_schema" "dataset_ready" {
  project    = local.project
  name       = "jinko-dataset-ready"
  type       = "AVRO"
  definition = file("${path.module}/avro/dataset_ready.json")
}

resource "google_pubsub_schema" "run_changed" {
  project    = local.project
  name       = "jinko-run-changed"
  type       = "AVRO"
  definition = file("${path.module}/avro/run_changed.json")
}
