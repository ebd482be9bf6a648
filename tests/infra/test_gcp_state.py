"""Firestore and Pub/Sub where they differ from one file: limits, what lies in the console, being away.

What every State and every Bus promises is in `tests/contract`.
"""

import subprocess
import sys

import pytest

from infra.gcp.bus import PubSubBus
from infra.gcp.state import LARGEST, FirestoreState
from schemas.errors import BadInput, Unavailable
from schemas.events import DatasetReady
from tests.house.tree import ROOT

pytestmark = pytest.mark.cloud

READY = DatasetReady(drop_id="d", dataset_id="s")


@pytest.fixture
def state(project):
    return FirestoreState(project.settings.project, project.settings.database)


def test_a_record_that_fits_in_no_document_is_refused_in_words_and_the_largest_is_kept(state):
    frame = len('{"text": "", "state": "received"}')
    most = {"text": "x" * (LARGEST - frame), "state": "received"}
    assert state.create("drops", "most", most)
    assert [doc.data for doc in state.find("drops", state="received")] == [most]

    more = {**most, "text": most["text"] + "x"}
    with pytest.raises(BadInput, match=r"drops/more: This record would take 900,001 bytes"):
        state.create("drops", "more", more)
    with pytest.raises(BadInput, match=r"drops/most: This record would take"):
        state.replace("drops", "most", more, state.get("drops", "most").version)
    assert state.get("drops", "most").data == most


def test_in_the_console_a_record_reads_as_it_would_in_a_file(state, project):
    from google.cloud.firestore import Client

    state.create("runs", "r", {"state": "waiting", "attempt": 1, "faults": []})
    client = Client(project=project.settings.project, database=project.settings.database)
    (seen,) = client.collection("runs").stream()

    assert seen.id == "r"
    assert seen.to_dict() == {
        "record": '{"state": "waiting", "attempt": 1, "faults": []}',
        "is": {"state": "waiting"},
    }


def test_two_databases_of_one_project_know_nothing_of_each_other(state, project):
    other = FirestoreState(project.settings.project, "staging")
    state.create("runs", "r", {"state": "waiting"})

    assert other.get("runs", "r") is None
    assert other.create("runs", "r", {"state": "failed"})
    assert state.get("runs", "r").data == {"state": "waiting"}


def test_a_database_that_is_away_may_be_there_the_next_time(monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    state = FirestoreState("acme", "jinko", patience=0.2)

    for do in (
        lambda: state.get("runs", "r"),
        lambda: state.find("runs", state="waiting"),
        lambda: state.create("runs", "r", {}),
        lambda: state.replace("runs", "r", {}, "2026-11-25T04:18:55.306652Z"),
    ):
        with pytest.raises(Unavailable, match="Firestore database jinko did not answer"):
            do()


def test_a_topic_that_is_missing_is_named_with_the_command_that_makes_it(project):
    with pytest.raises(BadInput) as refused:
        PubSubBus("nobody").publish(READY)

    assert str(refused.value).startswith("Pub/Sub topic jinko-datasets: There is no such topic.")
    assert "gcloud pubsub topics create jinko-datasets --project=nobody" in str(refused.value)


def test_a_topic_that_is_away_may_be_there_the_next_time(monkeypatch):
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", "127.0.0.1:1")

    with pytest.raises(Unavailable, match="Pub/Sub topic jinko-datasets did not answer"):
        PubSubBus("acme", patience=0.2).publish(READY)


USES = """
import sys
from infra import ground
from schemas.events import DatasetReady
on = ground.cloud()
on.store.write(on.outbox, "a", b"x")
assert on.state.create("runs", "r", {"state": "waiting"})
on.bus.publish(DatasetReady(drop_id="d", dataset_id="s"))
print(*(name for name in sys.modules if name.startswith("google.cloud.batch") or name == "infra.local"))
"""


def test_a_process_that_submits_no_job_never_imports_the_client_of_batch_and_hears_no_warning(project):
    given = project.settings.environment()
    environment = {"PYTHONPATH": str(ROOT), **project.environment, **given}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USES], env=environment, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
