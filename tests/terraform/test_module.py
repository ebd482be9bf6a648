"""The module is well formed, valid, and passes its own tests; and this check sees what it looks for."""

import re

import pytest

from tests.terraform import google
from tests.terraform import module as modules
from tests.terraform.standin import provider_schema

pytestmark = pytest.mark.terraform


def test_every_file_is_formatted(module):
    said = module.terraform("fmt", "-check", "-diff", "-recursive")
    assert said.code == 0, f"terraform -chdir=infra/terraform fmt -recursive\n{said.text}"


def test_the_module_is_valid(module):
    said = module.terraform("validate", "-no-color")
    assert said.code == 0, said.text


def test_the_modules_own_tests_pass(module):
    said = module.terraform("test", "-no-color")
    assert said.code == 0, said.text
    assert int(re.search(r"Success! (\d+) passed, 0 failed", said.text)[1]) >= 40


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (
            "batch.tf",
            "private_ip_google_access = true",
            "private_ip_google_acces = true",
            "not expected here",
        ),
        ("batch.tf", '  format        = "DOCKER"\n', "", 'argument "format" is required'),
        (
            "functions.tf",
            "all_traffic_on_latest_revision   = true",
            "max_instance_count = {}",
            "Attribute redefined",
        ),
        (
            "firestore.tf",
            "  index_config {}",
            "  index_config {\n    nothing {}\n  }",
            "not expected here",
        ),
        (
            "topics.tf",
            "google_pubsub_schema.run_changed.id",
            "google_pubsub_schema.runs.id",
            "undeclared resource",
        ),
        (
            "buckets.tf",
            "retention_duration_seconds = 0",
            "retention_duration_seconds = []",
            r"number\s+required",
        ),
        (
            "batch.tf",
            "google_compute_router.jinko.name",
            "google_compute_router.jinko.names",
            "Unsupported attribute",
        ),
    ],
)
def test_what_the_provider_would_refuse_is_refused(module, tmp_path_factory, file, old, new, found):
    broken = module.altered(tmp_path_factory.mktemp("broken").name, file, old, new)
    said = broken.terraform("validate", "-no-color")
    assert said.code == 1
    assert re.search(found, said.text), said.text


def test_what_terraform_is_told_of_a_type_is_what_the_provider_says():
    known = google.schema({"google_pubsub_subscription", "google_storage_bucket"}, {"google_project"})
    subscription = known["resources"]["google_pubsub_subscription"]
    assert subscription["attributes"]["ack_deadline_seconds"] == {
        "type": "number",
        "computed": True,
        "optional": True,
        "required": False,
    }
    assert subscription["attributes"]["topic"]["required"]
    push = subscription["blocks"]["push_config"]
    assert (push["nesting"], push["min"], push["max"]) == ("list", 0, 1)
    assert push["block"]["blocks"]["oidc_token"]["block"]["attributes"]["service_account_email"]["required"]
    rule = known["resources"]["google_storage_bucket"]["blocks"]["lifecycle_rule"]
    assert (rule["max"], rule["block"]["blocks"]["action"]["min"]) == (0, 1)
    assert known["provider"]["attributes"]["default_labels"]["type"] == ["map", "string"]
    assert known["data"]["google_project"]["attributes"]["number"]["computed"]
    assert b"ack_deadline_seconds" in provider_schema(known)


def test_every_type_that_the_module_names_is_one_of_the_providers():
    """Every type that the module names is known to the provider: `schema` leaves out what is not."""
    found = modules.blocks()
    known = google.schema(
        {it.type for it in found if it.kind == "resource"}, {it.type for it in found if it.kind == "data"}
    )
    assert {it.type for it in found if it.kind == "resource"} == set(known["resources"])
    assert {it.type for it in found if it.kind == "data"} == set(known["data"])
