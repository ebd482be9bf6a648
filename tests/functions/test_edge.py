"""The edge: every envelope that may come in, one step, published before acknowledged."""

import base64
import json
from pathlib import Path
from typing import get_args

import pytest
from cloudevents.http import CloudEvent

from functions import edge
from infra import ports
from schemas import events
from schemas.errors import BadInput, Unavailable
from schemas.events import DatasetReady, JobChanged, RunChanged

EXAMPLES = Path(events.__file__).parent / "json" / "events"
READY = DatasetReady(drop_id="d", dataset_id="s")
RUN = RunChanged(run_id="r", dataset_id="s", drop_id="d", state="running", stage="train", attempt=1)


def pushed(body):
    """The CloudEvent that functions-framework makes of a Pub/Sub push."""
    return CloudEvent({"type": edge.PUBSUB, "source": "//pubsub/topics/t", "id": "7"}, body)


def message(data=b"", attributes=None):
    encoded = base64.b64encode(data).decode()
    return pushed({"message": {"data": encoded, "attributes": attributes or {}, "messageId": "7"}})


def opened(path):
    """An example file as it arrives at a door."""
    body = json.loads(path.read_text())
    if path.name.endswith(".push.json"):
        return pushed(body)
    if path.name.endswith(".cloudevent.json"):
        return CloudEvent({k: v for k, v in body.items() if k != "data"}, body["data"])
    return message(path.read_bytes())


# ---------------------------------------------------------------- what comes in


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_example_is_read_as_the_event_that_its_name_says(path):
    plain = events.parse((EXAMPLES / (path.name.split(".")[0] + ".json")).read_bytes())

    assert edge.decode(opened(path)) == plain


def test_the_examples_are_of_every_kind_of_event():
    told = {type(edge.decode(opened(path))) for path in EXAMPLES.glob("*.json")}
    assert told == set(get_args(events.Event))


def test_a_schedulers_tick_has_no_body_and_its_time_is_the_messages():
    body = {"attributes": {"type": "Swept"}, "messageId": "7", "publishTime": "2026-11-25T10:15:00.25Z"}
    tick = edge.decode(pushed({"message": body}))
    assert tick == events.Swept(at="2026-11-25T10:15:00.25Z")
    assert edge.decode(pushed({"message": body})) == tick, "a redelivery is the same tick"


def test_a_tick_that_nobody_sent_is_refused():
    with pytest.raises(BadInput):
        edge.decode(message(attributes={"type": "Swept"}))


@pytest.mark.parametrize("kind", ["OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE"])
def test_other_notices_of_a_bucket_ask_for_nothing(kind):
    assert edge.decode(message(b"{}", {"eventType": kind})) is None


@pytest.mark.parametrize("kind", ["TASK_STATE_CHANGED", "", "SOMETHING_NEW"])
def test_other_notices_of_batch_ask_for_nothing(kind):
    assert edge.decode(message(b"words", {"Type": kind, "JobName": "projects/p/jobs/j"})) is None


def test_a_state_of_batch_that_we_do_not_know_is_kept_as_unknown():
    notice = {
        "Type": "JOB_STATE_CHANGED",
        "JobName": "projects/p/jobs/j",
        "NewJobState": "DELETION_IN_PROGRESS",
    }
    assert edge.decode(message(b"", notice)) == JobChanged(job_id="j", state="UNKNOWN")


def test_attributes_that_we_do_not_know_do_not_matter():
    attributes = {"type": "x", "googclient_schemaid": "1", "event_id": "2"}
    assert edge.decode(message(events.dumps(READY), attributes)) == READY


NOTICE = {"eventType": "OBJECT_FINALIZE"}
GARBAGE = {
    "no body": pushed(None),
    "a list": pushed([1]),
    "words": pushed("words"),
    "no message": pushed({}),
    "a message that is words": pushed({"message": "words"}),
    "a message that is nothing": pushed({"message": None}),
    "no base64": pushed({"message": {"data": "%%%"}}),
    "data that is a number": pushed({"message": {"data": 7}}),
    "nothing at all": message(b""),
    "no JSON": message(b"words"),
    "no event": message(b'{"type": "Nothing"}'),
    "a later version": message(b'{"type": "DatasetReady", "version": 2, "drop_id": "d", "dataset_id": "s"}'),
    "half an event": message(b'{"type": "DatasetReady"}'),
    "too much of an event": message(events.dumps(READY)[:-1] + b',"more":1}'),
    "bytes": message(b"\xff\xfe\x00"),
    "a notice without an object": message(b"", NOTICE),
    "a notice of a list": message(b"[]", NOTICE),
    "a notice of words": message(b'"words"', NOTICE),
    "a notice of half an object": message(b'{"bucket": "b"}', NOTICE),
    "a generation of words": message(b'{"bucket": "b", "name": "n", "generation": "x"}', NOTICE),
    "a generation without end": message(b'{"bucket": "b", "name": "n", "generation": Infinity}', NOTICE),
    "a generation of nothing": message(b'{"bucket": "b", "name": "n", "generation": "0"}', NOTICE),
    "metadata of words": message(b'{"bucket":"b","name":"n","generation":"1","metadata":"x"}', NOTICE),
    "attributes of words": pushed({"message": {"data": "", "attributes": "Type"}}),
    "a job without a name": message(b"", {"Type": "JOB_STATE_CHANGED", "JobName": None}),
    "another kind": CloudEvent({"type": "com.example.else", "source": "s"}, {"message": {}}),
    "an object of nothing": CloudEvent({"type": edge.FINALIZED, "source": "s"}, None),
    "an object of half": CloudEvent({"type": edge.FINALIZED, "source": "s"}, {"bucket": "b"}),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_what_is_no_event_is_refused_in_words(what):
    with pytest.raises(BadInput) as refused:
        edge.decode(GARBAGE[what])
    (fault,) = refused.value.faults

    assert fault.place.startswith("message")
    assert "schemas/json" in fault.next_step


# ---------------------------------------------------------------- what is done about it


def served(envelope, step, on, asked=None):
    def ground():
        if asked is not None:
            asked.append("ground")
        return on

    edge.serve(envelope, {DatasetReady: step}, ground)


def told(ground):
    return [events.parse(message.data) for message in ground.queue.told("runs")]


def test_what_a_step_returns_is_published_in_its_order(ground):
    second = RUN.model_copy(update={"state": "failed"})
    seen = []
    served(
        message(events.dumps(READY)),
        lambda event, on: seen.append((event, on)) or [RUN, second],
        ground.cloud,
    )

    assert seen == [(READY, ground.cloud)]
    assert told(ground) == [RUN, second]


def test_a_step_that_returns_nothing_is_acknowledged(ground):
    served(message(events.dumps(READY)), lambda event, on: [], ground.cloud)
    assert told(ground) == []


def test_what_is_not_this_function_s_business_is_acknowledged_without_a_ground(ground):
    asked = []
    for envelope in (message(events.dumps(RUN)), message(b"", {"eventType": "OBJECT_DELETE"})):
        served(envelope, lambda event, on: [RUN], ground.cloud, asked)

    assert asked == []
    assert told(ground) == []


@pytest.mark.parametrize("error", [Unavailable("away"), ValueError("a mistake"), KeyError("x")])
def test_a_step_that_raises_publishes_nothing_and_is_not_acknowledged(ground, error):
    def step(event, on):
        raise error

    with pytest.raises(type(error)):
        served(message(events.dumps(READY)), step, ground.cloud)
    assert told(ground) == []


def test_a_bus_that_does_not_answer_is_not_acknowledged(ground):
    class Down(ports.Bus):
        def publish(self, event):
            raise Unavailable("The bus is away.")

    import dataclasses

    with pytest.raises(Unavailable):
        served(
            message(events.dumps(READY)),
            lambda event, on: [RUN],
            dataclasses.replace(ground.cloud, bus=Down()),
        )
