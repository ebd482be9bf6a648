"""The Terraform module, checked by the real `terraform` without a cloud account and without its registry.

`google.py` finds out what Google's provider knows, `standin.py` serves that to terraform, `module.py` runs
the commands on a copy of infra/terraform. See `module.py` for what a machine needs.
"""
