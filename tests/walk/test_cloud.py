"""The same walk on Google's own protocols: three deployed functions, the official emulators, a real command.

`gcloud storage cp` of a CSV with metadata becomes a notice, a push, a dataset, a Batch job, a training by the
real TRL, an export and a page. One project stands for all tests here.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import ledger
from schemas import names
from schemas.events import RunChanged, parse
from schemas.records import DropRecord
from schemas.results import ExportResult, TrainResult
from schemas.runs import RunRecord
from tests.cloud.loopback import Loopback, loopback
from tests.walk.test_walk import EXAMPLE, QUICK

pytestmark = [pytest.mark.walk, pytest.mark.cloud]
GIVEN = {key.replace(".", "__"): value for key, value in QUICK.items()}
ASKING = {"base_model": "tiny-gemma3", "confirm": "true"}


@pytest.fixture(scope="module")
def jinko(emulators: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    with loopback(tmp_path_factory.mktemp("project")) as standing:
        yield standing


def forty(folder: Path, name: str = "forty.csv", first: int = 0) -> Path:
    """Forty rows of the example."""
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([rows[0], *rows[1 + first : 41 + first]])
    return path


def drops(jinko: Loopback, name: str) -> list[DropRecord]:
    return ledger.every(jinko.on, DropRecord, name=name)


def state(jinko: Loopback, name: str) -> str:
    """Where the newest drop of this name stands."""
    found = drops(jinko, name)
    run = ledger.find(jinko.on, RunRecord, found[0].run_id) if found and found[0].run_id else None
    return run.state if run else found[0].state if found else "nothing"


def test_a_csv_copied_by_gcloud_becomes_a_model(jinko: Loopback, tmp_path: Path) -> None:
    jinko.cp(forty(tmp_path), **GIVEN)
    jinko.until(lambda: state(jinko, "forty.csv") in ("succeeded", "failed", "refused"))

    assert state(jinko, "forty.csv") == "succeeded", jinko.page("forty.csv")
    run = ledger.load(jinko.on, RunRecord, drops(jinko, "forty.csv")[0].run_id or "")
    store, outbox = jinko.on.store, jinko.google.outbox
    trained = TrainResult.model_validate_json(store.read(outbox, names.result(run.id, "train", 1)))
    exported = ExportResult.model_validate_json(store.read(outbox, names.result(run.id, "export", 1)))
    assert (trained.steps, trained.faults, exported.faults) == (4, (), ())
    assert exported.same == exported.compared > 0
    files = {found.name.rpartition("/")[2] for found in store.list(outbox, exported.merged or "?")}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= files
    jinko.until(lambda: "right" in (jinko.page("forty.csv") or ""))
    told: list[str] = []

    def heard() -> bool:
        moved = [parse(message.data) for message in jinko.heard(names.topic("runs"))]
        told.extend(one.state for one in moved if isinstance(one, RunChanged))
        return "succeeded" in told

    jinko.until(heard, 30)
    assert jinko.heard(names.DEAD_LETTERS) == []


def test_a_poisoned_message_is_a_dead_letter_and_never_looped(jinko: Loopback) -> None:
    poison = [b"no JSON", b'{"type": "Sung", "version": 1}', b'{"type": "DatasetReady", "version": 9}', b" "]
    sent = []
    for topic in ("datasets", "requests", "jobs", "drops"):
        for number, data in enumerate(poison):
            jinko.publish(names.topic(topic), data, poison=f"{topic} {number}")
            sent.append(f"{topic} {number}")
    found: list[str] = []

    def dead() -> bool:
        found.extend(message.attributes["poison"] for message in jinko.heard(names.DEAD_LETTERS))
        return len(found) >= len(sent)

    jinko.until(dead, 60)
    assert sorted(found) == sorted(sent)
    there = jinko.subscriber.pull(  # where a person looks, with the command of docs/pubsub.md
        request={
            "subscription": f"projects/{jinko.google.project}/subscriptions/{names.DEAD_LETTERS}",
            "max_messages": 10,
        }
    )
    assert {one.message.attributes["poison"] for one in there.received_messages} <= set(sent)
    assert there.received_messages


def test_the_components_of_a_parallel_upload_wake_nothing_and_the_composed_object_trains_once(
    jinko: Loopback, tmp_path: Path
) -> None:
    from google.cloud import storage

    text = forty(tmp_path, first=40).read_bytes()
    bucket = storage.Client(project=jinko.google.project).bucket(jinko.google.inbox)
    half = len(text) // 2
    parts = []
    for number, data in enumerate((text[:half], text[half:])):
        parts.append(bucket.blob(f"gcloud/{names.COMPONENTS}see_gcloud_storage_cp_help_for_details/{number}"))
        parts[-1].upload_from_string(data)
    composed = bucket.blob("composed.csv")
    composed.metadata = ASKING
    composed.compose(parts)
    found = jinko.on.store.stat(jinko.google.inbox, "composed.csv")
    assert found is not None
    if not drops(jinko, "composed.csv"):  # the storage server tells of uploads, and not of what it composed
        jinko.publish(names.topic("drops"), notice(jinko, found), eventType="OBJECT_FINALIZE")
    jinko.until(lambda: state(jinko, "composed.csv") == "asked", 60)

    assert [one.name for one in ledger.every(jinko.on, DropRecord) if "tmp/" in one.name] == []
    (drop,) = drops(jinko, "composed.csv")
    jinko.publish(names.topic("drops"), notice(jinko, found), eventType="OBJECT_FINALIZE")  # twice is once
    jinko.tick()
    jinko.until(lambda: state(jinko, "composed.csv") == "asked", 60)
    assert [one.run_id for one in drops(jinko, "composed.csv")] == [drop.run_id]


def notice(jinko: Loopback, found) -> bytes:
    """What a bucket says of a composed object: it has no md5."""
    about = {"bucket": found.bucket, "name": found.name, "generation": str(found.generation)}
    return json.dumps({**about, "size": str(found.size), "metadata": dict(found.metadata)}).encode()


def test_a_job_that_is_told_of_before_its_run_is_there_and_after_it_ended_changes_nothing(
    jinko: Loopback, tmp_path: Path
) -> None:
    name = f"projects/{jinko.google.project}/locations/{jinko.google.region}/jobs/"
    early = names.job_id("0" * 16, "train", 1)
    told = {"Type": "JOB_STATE_CHANGED", "JobUID": "u", "NewJobState": "SUCCEEDED"}
    jinko.publish(names.topic("jobs"), b"Job state was updated", JobName=name + early, **told)
    run = ledger.load(jinko.on, RunRecord, drops(jinko, "forty.csv")[0].run_id or "")
    late = told | {"JobName": name + names.job_id(run.id, "train", 1), "NewJobState": "FAILED"}
    jinko.publish(names.topic("jobs"), b"Job state was updated", **late)
    jinko.tick()
    jinko.cp(forty(tmp_path, "after.csv", first=80), **ASKING)
    jinko.until(lambda: state(jinko, "after.csv") == "asked", 60)

    assert ledger.load(jinko.on, RunRecord, run.id) == run
    assert jinko.heard(names.DEAD_LETTERS) == []


def typed(jinko: Loopback, *arguments: str) -> tuple[int, str]:
    """The person's own command, which needs to know the project (and here where its stand-ins are)."""
    command = [sys.executable, "-m", "jinko", *arguments]
    environment = {**os.environ, **jinko.environment, "COLUMNS": "120"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_the_command_works_on_the_project(jinko: Loopback, tmp_path: Path) -> None:
    outbox = names.address(jinko.google.outbox, "")
    code, said = typed(
        jinko, "drop", str(forty(tmp_path, "asks.csv", first=120)), *sets(**ASKING, **{"training.seed": "7"})
    )
    assert (code, "waits for your yes" in said) == (0, True), said
    run = drops(jinko, "asks.csv")[0].run_id or ""
    assert (run in said, outbox in said) == (True, True)

    assert typed(jinko, "cancel", run)[0] == 0
    assert ledger.load(jinko.on, RunRecord, run).state == "cancelled"
    told = {one["drop"]: one["state"] for one in json.loads(typed(jinko, "status", "--json")[1])}
    assert (told["asks.csv"], told["forty.csv"]) == ("cancelled", "succeeded")
    code, said = typed(jinko, "show", "forty.csv")
    assert (code, f"{outbox}runs/" in said, "g2-standard-4" in said) == (0, True, True), said
    code, said = typed(jinko, "status", "forty.csv")
    assert (code, "Machine" in said or "machine" in said) == (0, True), said
    assert typed(jinko, "delete", run, "--yes")[0] == 0
    assert ledger.load(jinko.on, RunRecord, run).state == "deleted"
    code, said = typed(jinko, "up")
    assert (code, "JINKO_PROJECT is set" in said) == (2, True), said


def sets(**settings: str) -> list[str]:
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
