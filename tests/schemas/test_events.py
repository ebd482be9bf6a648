"""Events travel as JSON and come back the same; real messages of the clouds are read for what they say."""

import base64
import json
from pathlib import Path

import pytest

from schemas import events, names
from schemas.errors import BadInput
from schemas.events import DatasetReady, FileDropped, JobChanged, RunChanged

EXAMPLES = Path(events.__file__).parent / "json" / "events"


def example(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def data_of(push):
    return base64.b64decode(push["message"]["data"])


DROPPED = events.parse((EXAMPLES / "file-dropped.json").read_bytes())
ALL = [
    FileDropped(
        bucket="inbox", name="Gedichte für Anna.csv", generation=1, size=0, metadata={"again": "true"}
    ),
    DatasetReady(drop_id="a" * 16, dataset_id="b" * 16),
    JobChanged(job_id="r-1", state="UNKNOWN"),
    RunChanged(run_id="a", dataset_id="b", drop_id="c", state="failed", stage="train", attempt=2),
]


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.type)
def test_an_event_comes_back_as_it_was_sent(event):
    assert events.parse(events.dumps(event)) == event
    assert events.event_id(events.parse(events.dumps(event))) == events.event_id(event)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.type)
def test_every_event_has_a_topic_and_cannot_be_altered(event):
    assert events.TOPIC_OF[event.type]
    with pytest.raises(ValueError, match="frozen"):
        event.version = 2


def test_another_fact_has_another_id():
    other = ALL[1].model_copy(update={"drop_id": "c" * 16})
    assert events.event_id(other) != events.event_id(ALL[1])


@pytest.mark.parametrize(
    ("message", "finding"),
    [
        ('{"type": "CatFed"}', "CatFed"),
        ('{"drop_id": "a", "dataset_id": "b"}', "not an event of Jinko"),
        ('{"type": "DatasetReady", "version": 2, "drop_id": "a", "dataset_id": "b"}', "Input should be 1"),
        ('{"type": "DatasetReady", "drop_id": "a", "dataset_id": "b", "more": 1}', "Extra inputs"),
        ("Job state was updated", "Invalid JSON"),
        ("[]", "not an event of Jinko"),
    ],
)
def test_an_unknown_type_a_later_version_and_anything_else_are_refused(message, finding):
    with pytest.raises(BadInput, match=finding) as refused:
        events.parse(message)
    assert "schemas/json" in refused.value.faults[0].next_step


@pytest.mark.parametrize("name", ["file-dropped", "dataset-ready", "job-changed", "run-changed"])
def test_our_own_example_events_are_read(name):
    event = events.parse((EXAMPLES / f"{name}.json").read_bytes())
    assert events.parse(events.dumps(event)) == event


@pytest.mark.parametrize("name", ["dataset-ready", "run-changed"])
def test_a_push_message_carries_the_same_event(name):
    assert events.parse(data_of(example(f"{name}.push.json"))) == events.parse(
        (EXAMPLES / f"{name}.json").read_bytes()
    )


def test_a_bucket_notice_becomes_a_dropped_file():
    push = example("file-dropped.bucket-notice.push.json")
    attributes = push["message"]["attributes"]
    assert attributes["eventType"] == "OBJECT_FINALIZE"
    dropped = events.from_object(json.loads(data_of(push)))
    assert dropped == DROPPED
    assert (attributes["bucketId"], attributes["objectId"]) == (dropped.bucket, dropped.name)
    assert int(attributes["objectGeneration"]) == dropped.generation


def test_the_native_storage_event_becomes_the_same_dropped_file():
    envelope = example("file-dropped.cloudevent.json")
    assert envelope["type"] == "google.cloud.storage.object.v1.finalized"
    assert isinstance(envelope["data"]["size"], str)
    assert events.from_object(envelope["data"]) == DROPPED


def test_a_composite_object_has_no_md5_and_an_object_need_not_have_metadata():
    resource = example("file-dropped.cloudevent.json")["data"]
    bare = {key: value for key, value in resource.items() if key not in ("md5Hash", "metadata", "size")}
    dropped = events.from_object(bare)
    assert (dropped.md5, dropped.metadata, dropped.size) == (None, {}, 0)


def test_batchs_notice_becomes_a_changed_job_and_its_body_is_not_read():
    push = example("job-changed.batch-notice.push.json")
    assert not data_of(push).startswith(b"{")
    changed = events.from_batch(push["message"]["attributes"])
    assert changed == events.parse((EXAMPLES / "job-changed.json").read_bytes())
    assert names.parse_job_id(changed.job_id)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"Type": "TASK_STATE_CHANGED", "TaskUID": "x-group0-0", "NewTaskState": "SUCCEEDED"},
        {"Type": "JOB_STATE_CHANGED", "JobUID": "x"},
    ],
)
def test_batchs_other_notices_ask_for_nothing(attributes):
    assert events.from_batch(attributes) is None


@pytest.mark.parametrize("told", [{"NewJobState": "DELETION_IN_PROGRESS"}, {}])
def test_a_job_state_that_we_do_not_know_is_kept_as_unknown(told):
    changed = events.from_batch({"Type": "JOB_STATE_CHANGED", "JobName": "projects/p/jobs/r-1", **told})
    assert changed == JobChanged(job_id="r-1", state="UNKNOWN")


def test_the_example_events_tell_one_story():
    ready, changed = (
        events.parse((EXAMPLES / name).read_bytes()) for name in ("dataset-ready.json", "run-changed.json")
    )
    job = events.parse((EXAMPLES / "job-changed.json").read_bytes())
    drop = names.drop_id(DROPPED.bucket, DROPPED.name, DROPPED.generation)
    assert ready.drop_id == changed.drop_id == drop
    assert ready.dataset_id == changed.dataset_id
    assert names.parse_job_id(job.job_id) == (changed.run_id, "train", 1)
