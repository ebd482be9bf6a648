"""`jinko doctor` on the official emulators, where there is one for what it asks; the rest is answered for.

Real are here: the inbox and its listing, the page, subscriptions, the publisher's record, and its job.
"""

import json
import sys
from datetime import UTC, datetime

import pytest

from infra import ground as grounds
from infra import ledger, settings
from infra.settings import Settings
from jinko import doctor
from jinko.__main__ import main
from schemas import names
from schemas.records import Publisher
from tests.cloud.batch_world import led_to, standing_in
from tests.cloud.google_rest import GoogleRest, deployed
from tests.hub.server import hub, trust

pytestmark = pytest.mark.cloud


@pytest.fixture
def answered(project, monkeypatch, tmp_path):
    """The project, for the command: Cloud Storage, Pub/Sub and Firestore are the emulators."""
    name, there = project.settings.project, project.environment
    forward = {
        "storage.googleapis.com": there["STORAGE_EMULATOR_HOST"],
        "pubsub.googleapis.com": f"http://{there['PUBSUB_EMULATOR_HOST']}",
        "firestore.googleapis.com": f"http://{there['FIRESTORE_EMULATOR_HOST']}",
    }
    kept = {
        path: answer
        for path, answer in deployed(name).items()
        if not path.startswith(tuple(forward)) or path.endswith("/databases/jinko")  # not the emulator's
    }
    monkeypatch.chdir(tmp_path)
    with GoogleRest(kept, forward) as google:
        told = project.settings.model_copy(update={"rest_emulator_host": google.host})
        for variable, value in Settings(home=tmp_path, google=told).environment().items():
            monkeypatch.setenv(variable, value)
        yield google


@pytest.fixture
def typed(answered, monkeypatch, capsys):
    """Type a command; its exit code and what it printed."""

    def type_(*words):
        monkeypatch.setattr(sys, "argv", ["jinko", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out

    return type_


def on_project(project, tmp_path):
    return grounds.cloud(Settings(home=tmp_path, google=project.settings))


def test_a_drop_of_a_real_bucket_is_found_with_its_page_or_without(project, typed, tmp_path):
    on = on_project(project, tmp_path)
    _, none = typed("doctor", "--json")
    on.store.write(on.inbox, "shop/a file.csv", b"q,a\n")
    _, young = typed("doctor", "--json")
    on.store.write(on.outbox, names.status_page("shop/a file.csv"), b"# It is.\n")
    _, answered = typed("doctor", "--json")
    found = [
        {one["what"]: one for one in json.loads(out)}["the newest file"] for out in (none, young, answered)
    ]

    assert "Nothing was dropped yet" in found[0]["found"]
    assert "a moment ago" in found[1]["found"]
    assert found[2]["standing"] == "good"
    assert f"shop/a file.csv, of {datetime.now(UTC):%Y-%m-%d}" in found[2]["found"]


def test_a_real_subscription_that_pushes_nowhere_is_told(typed):
    _, out = typed("doctor", "--json")
    found = {one["what"]: one for one in json.loads(out)}

    assert (
        "it pushes nowhere and what cannot be delivered is lost" in found["subscription jinko-drops"]["found"]
    )
    assert found["subscription jinko-sweep"]["found"] == "It is not there."


def test_publishing_is_asked_by_a_job_in_the_publishers_name_and_its_answer_is_read(
    project, answered, typed, tmp_path, monkeypatch
):
    monkeypatch.setattr(doctor, "LOOK_SECONDS", 0.1)
    with hub() as served:
        trust(monkeypatch, served)
        job = settings.process_environment(settings.read()) | project.environment
        with standing_in(project.publisher, tmp_path / "batch", job) as batch:
            monkeypatch.setenv("JINKO_BATCH_EMULATOR_HOST", batch.host)
            given = led_to(batch, project.settings).environment()
            (function,) = [path for path in answered.answers if path.endswith("/jinko-on-dataset-ready")]
            answered.answers[function] = {"serviceConfig": {"environmentVariables": given}}
            code, out = typed("doctor", "--publishing")
    record = ledger.find(on_project(project, tmp_path), Publisher, "hub")
    _, after = typed("doctor", "--json")
    found = {one["what"]: one for one in json.loads(after)}

    assert (code, record.user) == (0, "me")
    assert "A small job asks the Hub as the publisher (check-hub-" in out
    assert "it may write to: me, acme." in out
    assert found["publishing"]["found"].startswith("as me, to me, acme")
