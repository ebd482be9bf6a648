"""The grants that Terraform makes, read from the module's text: `granted(folder)`, as the table has them.
are.

A resource of the kind `google_*_iam_member` is one grant, or with a `for_each` over words that stand there,
one for each. Who gets it is told by a reference to a service account of the module, or by one of Google's
own agents in it; on what, by the reference to that. A condition narrows a role of the project to what it
names.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

from infra.gcp.permissions import Grant

KINDS = {
    "google_storage_bucket": "bucket",
    "google_pubsub_topic": "topic",
    "google_pubsub_subscription": "subscription",
    "google_service_account": "account",
    "google_secret_manager_secret": "secret",
    "google_artifact_registry_repository": "repository",
    "google_cloudfunctions2_function": "service",
}
ON = {  # where each kind of grant says what it is on
    "google_storage_bucket_iam_member": "bucket",
    "google_pubsub_topic_iam_member": "topic",
    "google_pubsub_subscription_iam_member": "subscription",
    "google_service_account_iam_member": "service_account_id",
    "google_secret_manager_secret_iam_member": "secret_id",
    "google_artifact_registry_repository_iam_member": "repository",
    "google_cloud_run_v2_service_iam_member": "name",
    "google_cloud_run_service_iam_member": "service",
}
AGENTS = {"gcp-sa-pubsub": "pubsub_agent", "pubsub": "pubsub_agent", "storage": "storage_agent"}
BLOCK = re.compile(r'^resource "google_\w+_iam_\w+" "\w+" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
LOCALS = re.compile(r"^locals \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
LOCAL = re.compile(r"^  (\w+) *= (.+)$", re.MULTILINE)
REFERENCE = re.compile(r"(google_\w+)\.(\w+)(?:\[\"?([\w.]+)\"?\])?")
NARROWED = {"/databases/": "database", "gcf-v2-sources": "bucket gcf_sources"}


def granted(folder: Path) -> list[Grant]:
    """Every grant of the module. Raises ValueError for one that cannot be read this way."""
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.tf")))
    values = {f"local.{name}": value for name, value in LOCAL.findall("".join(LOCALS.findall(text)))}
    return [grant for block in BLOCK.finditer(text) for grant in _of_block(_with_locals(block[0], values))]


def _with_locals(text: str, values: Mapping[str, str]) -> str:
    """The text of a grant, with the conditions that the module has named written out."""
    return re.sub(r"(?<=expression = )local\.\w+", lambda found: values.get(found[0], found[0]), text)


@cache
def _of_block(text: str) -> tuple[Grant, ...]:
    """The grants of one resource. The same text is read once: reading takes tens of milliseconds."""
    (block,) = hcl2.loads(text)["resource"]
    return tuple(
        grant
        for kind, labelled in block.items()
        for label, body in labelled.items()
        for grant in _grants(kind.strip('"'), label.strip('"'), body)
    )


def _grants(kind: str, label: str, body: Mapping[str, Any]) -> Iterator[Grant]:
    if not kind.endswith("_iam_member"):
        raise ValueError(f"{kind}.{label}: only *_iam_member adds to what is granted; the others replace it")
    for key, value in _each(body.get("for_each")):
        told = {name: _filled(text, key, value) for name, text in body.items() if isinstance(text, str)}
        on = "project" if kind == "google_project_iam_member" else _on(told.get(ON.get(kind, ""), ""))
        role, identity = told["role"].strip('"'), _identity(told["member"])
        for condition in body.get("condition", []):
            expression = condition["expression"]
            on = next((what for sign, what in NARROWED.items() if sign in expression), on)
        if not on or not identity or not role.startswith("roles/"):
            raise ValueError(f"{kind}.{label}: {told} does not say who gets which role on what")
        yield Grant(identity, role, on)


def _each(given: object) -> list[tuple[str, str]]:
    """What a `for_each` runs over; one empty pair where there is none."""
    if given is None:
        return [("", "")]
    if isinstance(given, Mapping):
        return [(str(key).strip('"'), str(value)) for key, value in given.items() if key != "__is_block__"]
    words = re.findall(r'"(\w+)"', str(given))
    if not words:
        raise ValueError(f"for_each = {given}: write the words themselves")
    return [(word, word) for word in words]


def _filled(text: str, key: str, value: str) -> str:
    bare = re.sub(r"^\$\{(.*)\}$", r"\1", value)
    return text.replace("each.key", f'"{key}"' if key else "each.key").replace("each.value", bare)


def _on(text: str) -> str:
    found = REFERENCE.search(text)
    if found is None or found[1] not in KINDS:
        return ""
    kind, label = KINDS[found[1]], found[3] or found[2]
    return kind if kind == "repository" else f"{kind} {label}"


def _identity(text: str) -> str:
    found = REFERENCE.search(text)
    if found is not None and found[1] == "google_service_account":
        return found[3] or found[2]
    return next((name for sign, name in AGENTS.items() if sign in text), "")
