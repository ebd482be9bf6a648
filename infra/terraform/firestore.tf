# What Jinko remembers: one database, small records. The papers in the outbox are the truth, this is the index.

resource "google_firestore_database" "jinko" {
  project                 = local.project
  name                    = "jinko"
  location_id             = var.region
  type                    = "FIRESTORE_NATIVE"
  delete_protection_state = var.delete_files ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  deletion_policy         = var.delete_files ? "DELETE" : "ABANDON"
}

# A record is one long text, which nobody looks for: not indexed, and so not paid for twice. What is looked for
# lies beside it.
resource "google_firestore_field" "record" {
  for_each = toset(["datasets", "drops", "fingerprints", "progress", "publishers", "runs", "slots"])

  project    = local.project
  database   = google_firestore_database.jinko.name
  collection = each.key
  field      = "record"

  index_config {}
}
