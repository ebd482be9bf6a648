"""The local queue beyond the Bus: delivered until acknowledged, later each time, set aside after five."""

import pytest

from infra.local import queue as queues
from infra.local.ground import LocalGround
from schemas import events
from schemas.events import DatasetReady, JobChanged, RunChanged

READY = DatasetReady(drop_id="d", dataset_id="s")
RUN = RunChanged(run_id="r", dataset_id="s", drop_id="d", state="running", stage="train", attempt=1)


@pytest.fixture
def clock(monkeypatch):
    """The queue's clock, which goes on when a test says so."""

    class Clock:
        now = 1_000_000.0

    monkeypatch.setattr(queues.time, "time", lambda: Clock.now)
    return Clock


def test_a_message_is_delivered_again_until_it_is_acknowledged(ground):
    ground.queue.publish(READY)
    first = ground.queue.due(("datasets",))
    assert ground.queue.due(("datasets",)) == first
    ground.queue.done(first)

    assert ground.queue.due(("datasets",)) is None
    assert ground.queue.waiting(("datasets",)) == 0


def test_a_message_outlives_the_process_that_published_it(ground):
    ground.queue.publish(READY)
    again = LocalGround(ground.home, ground.home, {})

    assert events.parse(again.queue.due(("datasets",)).data) == READY


def test_messages_come_in_their_order_and_only_of_the_topics_asked_for(ground):
    for job in ("a", "b"):
        ground.queue.publish(JobChanged(job_id=job, state="RUNNING"))
    ground.queue.publish(READY)

    assert b'"a"' in ground.queue.due(("jobs", "datasets")).data
    assert ground.queue.due(("datasets",)).topic == "datasets"
    assert ground.queue.due(("drops",)) is None
    assert ground.queue.waiting(("jobs", "datasets")) == 3


def test_the_pause_before_the_next_delivery_grows(ground, clock):
    ground.queue.publish(READY)
    pauses = []
    for attempt in range(1, 5):
        message = ground.queue.due(("datasets",))
        assert message.attempts == attempt - 1
        ground.queue.failed(message, f"no {attempt}")
        pause = 0.0
        while ground.queue.due(("datasets",)) is None:
            pause += 0.5
            clock.now += 0.5
        pauses.append(pause)

    assert pauses == [1.0, 2.0, 4.0, 8.0]
    assert ground.queue.due(("datasets",)).error == "no 4"


def test_a_message_that_waits_does_not_hold_up_the_others(ground, clock):
    ground.queue.publish(READY)
    ground.queue.failed(ground.queue.due(("datasets",)), "no")
    ground.queue.publish(READY)

    assert ground.queue.due(("datasets",)).attempts == 0
    assert ground.queue.waiting(("datasets",)) == 2


def test_after_five_failures_a_message_is_a_dead_letter_that_keeps_its_last_words(ground, clock):
    ground.queue.publish(READY)
    for attempt in range(1, 6):
        assert ground.queue.dead() == []
        ground.queue.failed(ground.queue.due(("datasets",)), f"no {attempt}")
        clock.now += 60
    (dead,) = ground.queue.dead()

    assert (events.parse(dead.data), dead.attempts, dead.error) == (READY, 5, "no 5")
    assert ground.queue.due(("datasets",)) is None
    assert ground.queue.waiting(("datasets",)) == 0
    assert ground.queue.told("datasets") == []


def test_what_is_told_of_runs_stays_for_whoever_reads_it(ground):
    for state in ("submitted", "running"):
        ground.queue.publish(RUN.model_copy(update={"state": state}))
    told = [events.parse(message.data).state for message in ground.queue.told("runs")]

    assert told == ["submitted", "running"]
    assert len(ground.queue.told("runs")) == 2


def test_an_event_says_in_its_attributes_what_it_is_and_the_same_event_says_the_same(ground):
    for _ in range(2):
        ground.queue.publish(RUN)
    one, two = (dict(message.attributes) for message in ground.queue.told("runs"))

    assert one == two
    assert one == {
        "type": "RunChanged",
        "event_id": events.event_id(RUN),
        **{name: getattr(RUN, name) for name in ("state", "stage", "run_id", "drop_id", "dataset_id")},
    }


def test_old_letters_are_forgotten_and_what_waits_is_not(ground):
    ground.queue.publish(DatasetReady(drop_id="d", dataset_id="s"))
    run = RunChanged(run_id="r", dataset_id="s", drop_id="d", state="running", stage="train", attempt=1)
    ground.queue.publish(run)
    ground.queue.forget(3600)
    assert len(ground.queue.told("runs")) == 1
    ground.queue.forget(-1)

    assert ground.queue.told("runs") == []
    assert ground.queue.waiting(("datasets",)) == 1
