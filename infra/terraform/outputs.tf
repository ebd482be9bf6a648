# What to type next. Each is one line, or one line for each thing; `terraform output -raw NAME` prints it alone.

output "image" {
  description = "The container of jobs is built once, and after each update; then apply again."
  value       = "make image PROJECT=${var.project} REGION=${var.region}"
}

output "drop" {
  description = "Start a fine-tuning."
  value       = "gcloud storage cp YOUR-FILE.csv gs://${google_storage_bucket.inbox.name}/"
}

output "read" {
  description = "Read what became of it."
  value       = "gcloud storage cat gs://${google_storage_bucket.outbox.name}/status/YOUR-FILE.csv.md"
}

output "logs" {
  description = "What the functions said in the last hour."
  value       = "gcloud logging read 'resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^jinko-on-\"' --project=${var.project} --freshness=1h --limit=50 --format='value(timestamp,resource.labels.service_name,textPayload,jsonPayload.message)'"
}

output "secrets" {
  description = "Put a token into a secret (type it where the line waits; it is not shown), then set the variable of the same name: hf_read_version=1."
  value       = { for name, id in local.secret_id : name => "read -rs TOKEN && printf %s \"$TOKEN\" | gcloud secrets versions add ${id} --project=${var.project} --data-file=-" }
}

output "dashboard" {
  description = "What ran, what failed, what it cost."
  value       = "https://console.cloud.google.com/monitoring/dashboards?project=${var.project}"
}
