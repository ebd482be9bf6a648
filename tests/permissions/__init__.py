"""Who may do what: the table of `infra.gcp.permissions` beside the code, and beside Terraform's grants."""
