"""What every Bus promises: an event that was published arrives on its topic, as it was, at least once."""

import pytest

from schemas import events
from schemas.events import DatasetReady, FileDropped, JobChanged, RunChanged
from tests.conftest import at_once

EVENTS = [
    FileDropped(bucket="in", name="Grüße 🦉.csv", generation=7, size=3, md5="x==", metadata={"a": "ü"}),
    DatasetReady(drop_id="d", dataset_id="s"),
    JobChanged(job_id="r-0123456789abcdef-train-1", state="FAILED"),
    RunChanged(run_id="r", dataset_id="s", drop_id="d", state="failed", stage="export", attempt=2),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_arrives_on_its_own_topic_as_it_was_published(world, event):
    world.bus.publish(event)

    for topic in ("drops", "datasets", "jobs", "runs"):
        heard = [events.parse(told.data) for told in world.received(topic)]
        assert heard == ([event] if topic == events.TOPIC_OF[event.type] else [])


def test_the_same_event_may_be_published_again(world):
    for _ in range(2):
        world.bus.publish(EVENTS[1])

    assert {events.parse(told.data) for told in world.received("datasets")} == {EVENTS[1]}


def test_twenty_that_publish_at_once_are_all_heard(world):
    at_once(20, lambda number: world.bus.publish(DatasetReady(drop_id=str(number), dataset_id="s")))
    told = {events.parse(told.data).drop_id for told in world.received("datasets")}

    assert told == {str(number) for number in range(20)}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_what_an_event_is_about_travels_beside_it_for_filters(world, event):
    world.bus.publish(event)
    (told,) = world.received(events.TOPIC_OF[event.type])

    assert told.attributes["type"] == event.type
    assert told.attributes["event_id"] == events.event_id(event)
    if isinstance(event, RunChanged):
        about = {"state": "failed", "stage": "export", "run_id": "r", "drop_id": "d", "dataset_id": "s"}
        assert about.items() <= told.attributes.items()


def test_an_event_of_some_hundred_thousand_bytes_arrives_whole(world):
    event = FileDropped(bucket="in", name="a", generation=1, size=1, metadata={"note": "ü" * 150_000})
    world.bus.publish(event)

    assert [events.parse(told.data) for told in world.received("drops")] == [event]
