"""A record makes the moves of its table and no other, and comes back from JSON as it was."""

import itertools

import pytest

from schemas.errors import Fault
from schemas.layers import layer_from_metadata
from schemas.orders import BasePin
from schemas.records import DatasetRecord, DropRecord, now
from schemas.runs import FingerprintRecord, Progress, RunRecord

BASE = BasePin(name="acme/small", where="hub", location="acme/small", revision="0" * 40)
DROP_STATES = ("received", "preparing", "prepared", "started", "refused")
RUN_STATES = (
    "asked",
    "waiting",
    "ordered",
    "submitted",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "lapsed",
    "deleted",
)
ENDED = {"succeeded", "failed", "cancelled", "lapsed", "deleted"}
DROP_MOVES = {
    ("received", "prepared"),
    ("received", "started"),  # it asks something of a run
    ("received", "refused"),
    ("received", "preparing"),  # by a job
    ("preparing", "preparing"),  # by its next attempt
    ("preparing", "prepared"),
    ("preparing", "refused"),
    ("prepared", "started"),
    ("prepared", "refused"),
}
RUN_MOVES = {
    ("asked", "waiting"),
    ("asked", "cancelled"),
    ("asked", "lapsed"),
    ("waiting", "ordered"),
    ("waiting", "cancelled"),
    ("ordered", "submitted"),
    ("ordered", "failed"),  # its money is used up
    ("ordered", "cancelled"),
    ("submitted", "running"),
    ("submitted", "ordered"),  # the next stage, or the next attempt
    ("submitted", "succeeded"),
    ("submitted", "failed"),
    ("submitted", "cancelled"),
    ("running", "ordered"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("succeeded", "waiting"),
    ("succeeded", "deleted"),
    *((ended, move) for ended in ("failed", "cancelled", "lapsed") for move in ("waiting", "deleted")),
}


def drop(state="received"):
    return DropRecord(id="d", state=state, bucket="inbox", name="a.csv", generation=1, size=9, md5=None)


def run(state="ordered"):
    return RunRecord(id="r", state=state, drop_id="d", dataset_id="s", fingerprint="f", base=BASE)


CASES = [
    *((drop, *move, move in DROP_MOVES) for move in itertools.product(DROP_STATES, repeat=2)),
    *((run, *move, move in RUN_MOVES) for move in itertools.product(RUN_STATES, repeat=2)),
]


@pytest.mark.parametrize(("record", "before", "after"), [case[:3] for case in CASES if case[3]])
def test_a_move_of_the_table_is_made(record, before, after):
    assert record(before).moved(after).state == after


@pytest.mark.parametrize(("record", "before", "after"), [case[:3] for case in CASES if not case[3]])
def test_any_other_move_is_refused_and_says_which(record, before, after):
    with pytest.raises(ValueError, match=f"{before} → {after} is not a move"):
        record(before).moved(after)


def test_a_change_without_a_move_stays_in_its_state():
    waiting = drop().moved(waiting="The Hub does not answer.")
    assert (waiting.state, waiting.waiting) == ("received", "The Hub does not answer.")
    assert drop().waiting is None


def test_a_change_of_something_that_no_record_has_is_refused():
    with pytest.raises(ValueError, match="Extra inputs"):
        drop().moved(colour="red")


@pytest.mark.parametrize("state", RUN_STATES)
def test_a_run_is_over_when_nothing_more_happens_by_itself(state):
    assert run(state).over is (state in ENDED)


@pytest.mark.parametrize(
    "record",
    [
        drop().moved(
            "refused",
            layers=(layer_from_metadata({"again": "true"}, "a.csv"),),
            faults=(Fault(place="a.csv:2", finding="Empty.", next_step="Fill it."),),
        ),
        run("running").moved("failed", started=now(), ended=now()),
        DatasetRecord(id="s", source="inbox/a.csv", rows=3, attempt="0a1b2c3d"),
        FingerprintRecord(id="f", state="claimed", run_id="r"),
        Progress(id="r", state="told", stage="train", phase="training", step=3, steps=160, loss=0.5),
    ],
    ids=lambda record: record.kind,
)
def test_a_record_comes_back_from_json_as_it_was(record):
    assert type(record).model_validate(record.model_dump(mode="json")) == record
    assert type(record).model_validate_json(record.model_dump_json()) == record


def test_the_clock_keeps_what_every_database_keeps():
    assert now().microsecond % 1000 == 0
    assert now().utcoffset().total_seconds() == 0
