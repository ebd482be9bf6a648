"""A dropped file becomes a model: real doors, queue, jobs and training, every event delivered twice.

One ground is walked once (a few steps on forty rows) and then looked at from all sides; how well a model
learns is `test_demo.py`'s question.
"""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cloudevents.http import CloudEvent

from infra import ground, ledger, settings
from infra.local.dispatcher import Dispatcher
from infra.local.ground import LocalGround
from infra.settings import Settings
from jinko.worker import doors
from schemas import events, names
from schemas.events import RunChanged
from schemas.orders import Dataset
from schemas.records import DatasetRecord, DropRecord
from schemas.results import ExportResult, TrainResult
from schemas.runs import RunRecord

pytestmark = pytest.mark.walk
EXAMPLE = settings.BUNDLED_MODELS / "tickets" / "tickets.csv"
QUICK = {
    "base_model": "tiny-gemma3",
    "training.max_steps": "4",
    "training.learning_rate": "0.01",
    "data.test_size": "0.2",
    "evaluation.rows": "3",
    "evaluation.max_new_tokens": "16",
}


class Walked(NamedTuple):
    """A ground after a drop was followed to its end, and every envelope that was delivered to a door."""

    here: LocalGround
    delivered: list[tuple[Callable[[CloudEvent], None], CloudEvent]]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """Forty rows dropped and followed to the end, each envelope delivered twice in a row."""
    home = tmp_path_factory.mktemp("ground")
    with pytest.MonkeyPatch.context() as patch:
        for key, value in Settings(home=home).environment().items():
            patch.setenv(key, value)
        here = ground.local()
        small = home / "forty.csv"
        lines = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
        small.write_text("".join(lines[:41]), encoding="utf-8")
        here.cloud.store.upload("inbox", "forty.csv", small, QUICK)
        walk = Walked(here, [])
        work_off(walk, times=2)
        yield walk


def work_off(walk: Walked, times: int = 1) -> None:
    """Deliver until nothing waits and no job lives."""

    def repeating(door: Callable[[CloudEvent], None]) -> Callable[[CloudEvent], None]:
        def deliver(envelope: CloudEvent) -> None:
            walk.delivered.append((door, envelope))
            for _ in range(times):
                door(envelope)

        return deliver

    wired = {topic: repeating(door) for topic, door in doors().items()}
    with Dispatcher.hold(walk.here) as dispatcher:
        assert dispatcher is not None
        dispatcher.run(wired, until=lambda: dispatcher.idle(wired))


def the_run(here: LocalGround) -> RunRecord:
    """The one run of the walked ground."""
    (run,) = ledger.every(here.cloud, RunRecord)
    return run


def remembered(here: LocalGround) -> tuple[list[tuple[object, ...]], ...]:
    """Everything the ground knows, but its queue: records with their versions, objects, jobs."""
    with here.db.reading() as c:
        return tuple(
            [tuple(row) for row in c.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()]
            for table in ("documents", "objects", "jobs")
        )


def test_a_dropped_file_is_followed_to_a_run_that_succeeded(walked: Walked) -> None:
    told = [events.parse(message.data) for message in walked.here.queue.told("runs")]

    assert all(isinstance(event, RunChanged) for event in told)
    assert told[-1].state == "succeeded"
    assert {event.state for event in told} >= {"submitted", "running", "succeeded"}
    assert the_run(walked.here).state == "succeeded"
    assert walked.here.queue.dead() == []


def test_there_is_one_dataset_one_run_and_one_job_a_stage_though_every_event_came_twice(
    walked: Walked,
) -> None:
    run = the_run(walked.here)
    with walked.here.db.reading() as c:
        jobs = {row["id"]: row["state"] for row in c.execute("SELECT id, state FROM jobs").fetchall()}

    assert len(ledger.every(walked.here.cloud, DatasetRecord)) == 1
    assert jobs == {
        names.job_id(run.id, "train", 1): "SUCCEEDED",
        names.job_id(run.id, "export", 1): "SUCCEEDED",
    }
    assert len(list(walked.here.cloud.store.list("outbox", names.dataset_prefix(run.dataset_id)))) == 5


def test_steps_called_again_after_success_change_nothing_and_tell_the_same(walked: Walked) -> None:
    before = remembered(walked.here)
    state_then = the_run(walked.here).state

    for door, envelope in list(walked.delivered):
        door(envelope)
    with walked.here.db.writing() as c:
        c.execute(
            "DELETE FROM messages WHERE topic != 'runs'"
        )  # what they told again; not to be walked again

    assert remembered(walked.here) == before
    assert the_run(walked.here).state == state_then


def test_the_weights_are_there_and_the_merged_model_answers_as_the_adapter_does(walked: Walked) -> None:
    store, run = walked.here.cloud.store, the_run(walked.here)
    trained = TrainResult.model_validate_json(store.read("outbox", names.result(run.id, "train", 1)))
    exported = ExportResult.model_validate_json(store.read("outbox", names.result(run.id, "export", 1)))
    files = {
        Path(found.name).name for found in store.list("outbox", names.weights(run.id, "export", 1, "merged"))
    }

    assert trained.steps == 4
    assert trained.before is not None
    assert trained.after is not None
    assert trained.before.rows == trained.after.rows == 3
    assert store.stat("outbox", f"{trained.adapter}adapter_model.safetensors") is not None
    assert {"model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"} <= files
    assert exported.compared == exported.same == 3


def test_every_setting_is_in_the_order_with_the_place_it_came_from(walked: Walked) -> None:
    data = walked.here.cloud.store.read("outbox", names.order(the_run(walked.here).id, "train"))
    order = json.loads(data)

    assert order["settings"]["sources"] == dict.fromkeys(QUICK, "metadata")
    assert order["settings"]["recipe"]["training"]["max_steps"] == 4
    assert order["base"]["revision"]


def test_the_status_page_and_the_report_tell_it_in_words(walked: Walked) -> None:
    store, run = walked.here.cloud.store, the_run(walked.here)
    page = store.read("outbox", names.status_page("forty.csv")).decode()

    assert "## Done" in page
    assert names.weights(run.id, "export", 1, "merged") in page
    assert "training.learning_rate" in store.read("outbox", names.run_report(run.id, "html")).decode()


def test_a_recipe_that_names_the_dataset_trains_without_preparing_it_again(walked: Walked) -> None:
    here, first = walked.here, the_run(walked.here)
    manifest = here.cloud.store.stat("outbox", names.manifest(first.dataset_id))
    shards = list(here.cloud.store.list("outbox", names.dataset_prefix(first.dataset_id)))
    recipe = here.home / "second.yaml"
    recipe.write_text(
        f"base_model: tiny-gemma3\ndata:\n  from: {first.dataset_id}\nexport: [adapter]\n"
        "training: {max_steps: 2, lora_rank: 4}\nevaluation: {rows: 2, max_new_tokens: 8}\n",
        encoding="utf-8",
    )
    here.cloud.store.upload("inbox", "second.yaml", recipe)
    work_off(walked)
    drop = next(d for d in ledger.every(here.cloud, DropRecord) if d.name == "second.yaml")
    run = ledger.load(here.cloud, RunRecord, drop.run_id or "")

    assert run.state == "succeeded"
    assert run.id != first.id
    assert run.dataset_id == first.dataset_id
    assert here.cloud.store.stat("outbox", names.manifest(first.dataset_id)) == manifest
    assert list(here.cloud.store.list("outbox", names.dataset_prefix(first.dataset_id))) == shards
    assert len(ledger.every(here.cloud, DatasetRecord)) == 1


def test_held_out_rows_are_none_of_the_rows_that_were_trained_on(walked: Walked) -> None:
    import pyarrow.parquet as pq

    here = walked.here
    run = ledger.every(here.cloud, RunRecord)[-1]
    data = Dataset.model_validate_json(here.cloud.store.read("outbox", names.manifest(run.dataset_id)))
    lines: dict[str, set[int]] = {}
    for split, shards in (("train", data.train), ("test", data.test)):
        tables = [pq.read_table(here.store.path("outbox", shard.path)) for shard in shards]
        lines[split] = {line for table in tables for line in table["line"].to_pylist()}
    with EXAMPLE.open(newline="", encoding="utf-8") as file:
        rows = len(list(csv.DictReader(file)))

    assert rows >= 40
    assert not lines["train"] & lines["test"]
    assert len(lines["train"] | lines["test"]) == 40
