"""What a bus may do: messages that nobody can read; notices that overtake, come late or in between."""

import json

import pytest

from functions.on_dataset_ready.main import on_dataset_ready
from functions.on_dataset_ready.step import order
from functions.on_job_done.main import on_job_done
from functions.on_job_done.step import advance
from functions.on_job_done.sweep import sweep
from functions.on_upload.main import on_upload
from functions.on_upload.step import prepare
from infra import ledger
from infra.local.dispatcher import envelope
from infra.local.queue import enqueue
from schemas import events, names
from schemas.events import JobChanged, Swept
from schemas.records import DatasetRecord, DropRecord
from schemas.records import now as this_moment
from schemas.runs import RunRecord
from tests.conftest import deliver, drop, remembered, say_of_job
from tests.crash.mortal import Died, Fate, watched
from tests.functions.runs import (
    CSV,
    TINY,
    jobs,
    now,
    ordered,
    prepared,
    said,
    trained,
    write_export,
    write_training,
)

DOORS = {"drops": on_upload, "datasets": on_dataset_ready, "requests": on_dataset_ready, "jobs": on_job_done}
POISON = {
    "no JSON": b"words",
    "no text": b"\xff\xfe\x00",
    "an unknown type": b'{"version": 1, "type": "DatasetEaten", "drop_id": "d"}',
    "a version from the future": b'{"version": 2, "type": "Swept", "at": "2030-01-01T00:00:00Z"}',
}


def delivered(ground, message):
    """Deliver as the dispatcher does; whether it was acknowledged."""
    try:
        DOORS[message.topic](envelope(message))
    except Exception as error:  # noqa: BLE001 - a dispatcher does not care what a door raises
        ground.queue.failed(message, f"{type(error).__name__}: {error}")
        with ground.db.writing() as c:
            c.execute("UPDATE messages SET due = 0")  # the pause is over
        return False
    ground.queue.done(message)
    return True


# ---------------------------------------------------------------- poison


@pytest.mark.parametrize("topic", DOORS)
@pytest.mark.parametrize("what", POISON)
def test_a_message_that_nobody_can_read_is_set_aside_and_never_looped(ground, topic, what):
    before = remembered(ground)
    with ground.db.writing() as c:
        enqueue(c, topic, POISON[what], {})
    deliveries = 0
    while message := ground.queue.due(tuple(DOORS)):
        assert not delivered(ground, message)
        deliveries += 1
    (dead,) = ground.queue.dead()

    assert deliveries == 5
    assert dead.data == POISON[what]
    assert "This" in dead.error
    assert "schemas/json" in dead.error
    assert remembered(ground) == before


def test_poison_holds_nobody_up(ground):
    with ground.db.writing() as c:
        enqueue(c, "drops", b"words", {})
    event = drop(ground, "a.csv", CSV, TINY)
    first, second = ground.queue.due(("drops",)), None
    assert not delivered(ground, first)
    while message := ground.queue.due(("drops",)):
        second = second or (message if delivered(ground, message) else None)

    assert second is not None
    assert ledger.load(ground.cloud, DropRecord, names.drop_id("inbox", "a.csv", event.generation)).dataset_id


# ---------------------------------------------------------------- out of order


def test_a_failure_told_late_does_not_undo_a_success(ground, on):
    run = trained(ground)
    write_export(ground, run)
    said(ground, run, "export", "SUCCEEDED")
    done, before = now(ground, run), remembered(ground)
    for stage in ("train", "export"):
        on.bus.publish(JobChanged(job_id=names.job_id(run.id, stage, 1), state="FAILED"))
    assert deliver(ground, {"jobs": on_job_done}) == 2

    assert now(ground, run) == done
    assert done.state == "succeeded"
    assert remembered(ground) == before


@pytest.mark.parametrize("state", ["RUNNING", "SUCCEEDED"])
def test_a_job_s_notice_that_overtakes_its_dataset_s_acknowledgement_is_believed(ground, on, state):
    ready = prepared(ground)

    def dies_after_the_submit(number, side):
        if side == "after" and fate.calls[-1].startswith("jobs.submit"):
            raise Died

    fate = Fate(dies_after_the_submit)
    with pytest.raises(Died):
        order(ready, watched(on, fate))
    (run,) = ledger.every(on, RunRecord)
    assert run.state == "ordered"
    if state == "SUCCEEDED":
        write_training(ground, run)
    (told,) = advance(JobChanged(job_id=say_of_job(ground, run.id, "train", state), state=state), on)
    (again,) = order(ready, on)

    stage = "export" if state == "SUCCEEDED" else "train"
    wanted = {"RUNNING": "running", "SUCCEEDED": "submitted"}[state]
    assert (told.run_id, told.stage, told.state) == (run.id, stage, wanted)
    assert again == told
    assert list(jobs(ground)) == sorted(names.job_id(run.id, one, 1) for one in {"train", stage})


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_tick_during_a_submit_submits_nothing_twice(ground, on, side):
    ready = prepared(ground)

    def ticks_at_the_submit(number, now_side):
        if now_side == side and fate.calls[-1].startswith("jobs.submit"):
            fate.published += sweep(Swept(at=this_moment()), on)

    fate = Fate(ticks_at_the_submit)
    (told,) = order(ready, watched(on, fate))

    assert told.state == "submitted"
    assert list(jobs(ground)) == [names.job_id(told.run_id, "train", 1)]
    assert order(ready, on) == [told]


# ---------------------------------------------------------------- parallel uploads


@pytest.mark.parametrize(
    "component",
    [
        "gcloud/tmp/parallel_composite_uploads/see_gcloud_storage_cp_help_for_details/a.csv_abc_0",
        "tmp/parallel_composite_uploads/a_1",
        "team/tmp/parallel_composite_uploads/b_2",
    ],
)
def test_the_parts_of_a_parallel_upload_wake_nothing(ground, on, component):
    drop(ground, component, CSV[:100])
    assert deliver(ground, {"drops": on_upload}) == 1

    assert ledger.every(on, DropRecord) == []
    assert sweep(Swept(at=this_moment()), on) == []
    assert list(on.store.list(on.outbox)) == []


def test_a_composed_object_which_has_no_md5_trains_once(ground, on):
    event = drop(ground, "a.csv", CSV, TINY).model_copy(update={"md5": None})
    for message in ground.queue.told("drops"):
        ground.queue.done(message)
    notice = json.dumps(
        {
            "bucket": event.bucket,
            "name": event.name,
            "generation": str(event.generation),
            "size": str(event.size),
            "metadata": event.metadata,
        }
    )
    with ground.db.writing() as c:
        for _ in range(2):
            enqueue(c, "drops", notice.encode(), {"eventType": "OBJECT_FINALIZE"})
    assert deliver(ground, DOORS) == 4  # each as a drop and as a dataset

    assert len(ledger.every(on, DropRecord)) == len(ledger.every(on, DatasetRecord)) == 1
    assert len(ledger.every(on, RunRecord)) == len(jobs(ground)) == 1
    assert (
        ordered(ground, "b.csv").id != ledger.every(on, RunRecord)[-1].id
    )  # the same bytes, but who knows that?
    assert prepare(event, on)[0].dataset_id == events.parse(ground.queue.told("runs")[0].data).dataset_id
