"""What the code asks of Google is what the table of permissions says, in both directions."""

import shutil
from pathlib import Path

import pytest

from infra.gcp.permissions import GRANTS
from infra.gcp.roles import ROLES
from tests.house.tree import ROOMS, ROOT
from tests.permissions.compare import needs, of_grants, of_requests, of_uses


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the rooms, to be broken."""
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "templates")
        )
    return tmp_path


def added(house: Path, file: str, after: str, line: str) -> None:
    """Put a line of code behind another one."""
    path = house / file
    text = path.read_text(encoding="utf-8")
    assert text.count(after) == 1, f"{file} changed: choose another place"
    path.write_text(text.replace(after, after + line), encoding="utf-8")


def test_every_request_that_an_adapter_sends_is_in_the_table_and_nothing_else_sends_any():
    assert of_requests(ROOT) == []


def test_every_identity_uses_what_the_table_says_and_no_more():
    assert of_uses(ROOT) == []


def test_what_is_granted_covers_every_call_with_the_smallest_roles():
    assert of_grants(GRANTS, needs()) == []


def test_what_is_granted_for_the_whole_project_says_why():
    assert [grant for grant in GRANTS if grant.on in ("project", "database") and len(grant.reason) < 40] == []


def test_a_request_that_is_added_to_an_adapter_is_missed_in_the_table(house):
    added(house, "infra/gcp/state.py", "def get(self, kind: str, id: str) -> Doc | None:\n", GONE)
    assert of_requests(house) == [
        "state.get sends ['delete_document', 'get_document'], the table says ['get_document']"
    ]


GONE = "        self._client.delete_document({})\n"


def test_a_request_from_elsewhere_is_told(house):
    (house / "infra/gcp/more.py").write_text(
        '"""More."""\nfrom google.cloud import storage\n\ndef more() -> None:\n'
        '    client = storage.Client()\n    client.bucket("b").create()\n'
    )
    assert of_requests(house) == ["more.more sends {'create'}"]


def test_a_call_that_is_added_to_a_job_is_missed_in_the_table(house):
    added(house, "gpu_batch/folders.py", "found = list(on.store.list(on.outbox, prefix))\n", DELETES)
    assert "trainer: store.delete (bucket outbox) is called and not in the table" in of_uses(house)


DELETES = "    on.store.delete(on.outbox, prefix)\n"


def test_a_function_that_reads_peoples_files_although_it_only_lists_them_is_told(house):
    added(house, "functions/on_job_done/sweep.py", "for found in on.store.list(on.inbox):\n", READS)
    assert "on_job_done: store.read (bucket inbox) is called and not in the table" in of_uses(house)


READS = "        on.store.read(on.inbox, found.name)\n"


def test_an_event_on_another_topic_and_a_job_as_somebody_else_are_told(house):
    path = house / "functions/on_upload/step.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[DatasetReady(drop_id", "[Swept(), DatasetReady(drop_id"), encoding="utf-8")
    path = house / "functions/launch.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('role="worker"', 'role="publisher"'), encoding="utf-8")
    told = of_uses(house)

    assert "on_upload: jobs (topics) is called and not in the table" in told
    assert "on_upload: publisher (accounts of jobs) is called and not in the table" in told
    assert "on_upload: worker (accounts of jobs) is in the table and never called" in told


def test_the_table_of_roles_has_the_wider_neighbours():
    services = {role.partition(".")[0] for role in ROLES}
    used = {grant.role for grant in GRANTS}

    assert {grant.role for grant in GRANTS} <= set(ROLES)
    for service in services - {"roles/logging", "roles/cloudbuild"}:  # each of these is one role here
        assert {role for role in ROLES if role.startswith(service)} - used, f"{service} has no neighbour"
