"""Terraform grants what is needed, nothing that is not, and nothing wider: shown by breaking copies of it."""

import re
import shutil
from pathlib import Path

import pytest

from infra.gcp.permissions import GRANTS
from infra.gcp.roles import ROLES
from tests.house.tree import ROOT
from tests.permissions.compare import needs, of_grants, of_terraform
from tests.permissions.granted import granted

MODULE = ROOT / "infra" / "terraform"
BLOCK = re.compile(r'^resource "(google_\w+_iam_member)" "(\w+)" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
# Only agents report, and nothing of Google's but basic roles lets one act as an account and more.
NOTHING_WIDER = {"roles/batch.agentReporter", "roles/iam.serviceAccountUser"}
ROLE = re.compile(r'"(roles/[\w.]+)"')


def bindings() -> list[tuple[str, str]]:
    """(file, block) of everything that grants a role."""
    files = sorted(MODULE.glob("*.tf"))
    return [(file.name, found[0]) for file in files for found in BLOCK.finditer(file.read_text())]


def label(number: int) -> str:
    """What a grant is called in the module."""
    return BLOCK.match(bindings()[number][1])[2]


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A copy of the module, to be broken."""
    return Path(shutil.copytree(MODULE, tmp_path / "module", ignore=shutil.ignore_patterns(".terraform*")))


def replaced(module: Path, file: str, old: str, new: str) -> None:
    path = module / file
    path.write_text(path.read_text().replace(old, new))


def test_terraform_grants_what_is_needed_and_nothing_wider():
    assert of_terraform(MODULE) == []


def test_every_grant_of_the_module_is_seen():
    text = "".join(file.read_text() for file in sorted(MODULE.glob("*.tf")))
    assert len(bindings()) == len(re.findall(r'^resource "\w+_iam_member"', text, re.MULTILINE)) > 20
    assert not re.findall(r'^resource "\w+_iam_(?:binding|policy)"', text, re.MULTILINE)


@pytest.mark.parametrize("number", range(len(bindings())), ids=label)
def test_a_role_that_is_removed_is_missed(module, number):
    file, block = bindings()[number]
    replaced(module, file, block, "")
    assert [one for one in of_terraform(module) if "is needed and not granted" in one]


@pytest.mark.parametrize("number", range(len(bindings())), ids=label)
def test_a_role_that_is_wider_than_what_is_called_is_told(module, number):
    """Every grant becomes the next larger role that would do as well."""
    file, block = bindings()[number]
    role = ROLE.search(block)[1]
    wanted = {(one.identity, one.on) for one in granted(MODULE) if one.role == role}
    needed = set.union(*(needs()[where] & ROLES[role] for where in wanted))
    wider = sorted((len(held), name) for name, held in ROLES.items() if held >= needed)
    for _, name in [one for one in wider if one[0] > len(ROLES[role])][:1]:
        replaced(module, file, block, block.replace(role, name))
        assert [one for one in of_terraform(module) if "is wider than what is called" in one]
        return
    assert role in NOTHING_WIDER


def test_a_role_that_is_granted_for_the_whole_project_instead_is_of_terraform(module):
    inbox = '_member" "on_upload_reads_inbox" {\n  bucket = google_storage_bucket.inbox.name\n'
    project = '_member" "on_upload_reads_inbox" {\n  project = local.project\n'
    old, new = f'"google_storage_bucket_iam{inbox}', f'"google_project_iam{project}'
    replaced(module, next(file for file, block in bindings() if old in block), old, new)
    assert "on_upload on bucket inbox: storage.objects.get is needed and not granted" in of_terraform(module)


def test_a_call_that_is_added_without_a_role_is_told():
    """The publisher writes over what lies there; a job cancels another; the sweep reads people's files."""
    needed = needs()
    needed["publisher", "bucket outbox"].add("storage.objects.delete")
    needed["trainer", "project"].add("batch.jobs.delete")
    needed["on_job_done", "bucket inbox"].add("storage.objects.get")

    assert [one for one in of_grants(granted(MODULE), needed) if "not granted" in one] == [
        "on_job_done on bucket inbox: storage.objects.get is needed and not granted",
        "publisher on bucket outbox: storage.objects.delete is needed and not granted",
        "trainer on project: batch.jobs.delete is needed and not granted",
    ]


def test_a_role_that_nobody_needs_is_told():
    extra = next(one for one in GRANTS if one.identity == "push")._replace(identity="worker")
    assert of_grants([*GRANTS, extra], needs()) == [
        f"worker on {extra.on}: roles/run.invoker is granted and nothing that is called needs it"
    ]


def test_a_role_that_is_granted_for_the_project_has_its_reason_in_the_table():
    wide = {(one.identity, one.role) for one in granted(MODULE) if one.on in ("project", "database")}
    assert wide == {(one.identity, one.role) for one in GRANTS if one.reason and "gcf_" not in one.on}
