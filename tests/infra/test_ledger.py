"""The ledger: the only writer of records, by moves that the tables allow."""

from dataclasses import replace

import pytest

from infra import ledger
from schemas.errors import Unavailable
from schemas.orders import BasePin
from schemas.records import DropRecord
from schemas.runs import Progress, RunRecord
from tests.conftest import at_once

BASE = BasePin(name="tiny", where="folder", location="/tiny", revision="r1")


def a_drop(id="d", **changes):
    plain = {"bucket": "inbox", "name": "a.csv", "generation": 1, "size": 3, "md5": None}
    return DropRecord.model_validate({"id": id} | plain | changes)


def a_run(id="r"):
    return RunRecord(id=id, drop_id="d", dataset_id="s", fingerprint="f", base=BASE)


def version(on, record):
    return on.state.get(record.kind, record.id).version


def test_a_record_comes_back_as_it_was_created(on):
    made = ledger.create(on, a_run())

    assert ledger.find(on, RunRecord, "r") == made
    assert ledger.load(on, RunRecord, "r") == made


def test_what_is_not_there_is_none_or_worth_trying_again(on):
    assert ledger.find(on, RunRecord, "r") is None
    with pytest.raises(Unavailable, match="runs/r"):
        ledger.load(on, RunRecord, "r")
    with pytest.raises(Unavailable, match="runs/r"):
        ledger.change(on, RunRecord, "r", lambda it: it)


def test_creating_again_gives_the_record_that_is_there(on):
    first = ledger.create(on, a_drop(size=3))

    assert ledger.create(on, a_drop(size=4)) == first
    assert ledger.load(on, DropRecord, "d").size == 3


def test_a_move_that_the_table_allows_is_made(on):
    ledger.create(on, a_drop())
    after = ledger.change(on, DropRecord, "d", lambda it: it.moved("prepared", dataset_id="s"))

    assert (after.state, after.dataset_id) == ("prepared", "s")
    assert ledger.load(on, DropRecord, "d") == after


def test_a_move_that_the_table_does_not_allow_is_refused_and_changes_nothing(on):
    record = ledger.create(on, a_drop(state="refused"))
    with pytest.raises(ValueError, match="refused → prepared"):
        ledger.change(on, DropRecord, "d", lambda it: it.moved("prepared"))

    assert version(on, record) == "1"
    assert ledger.load(on, DropRecord, "d") == record


def test_a_change_that_changes_nothing_is_not_written(on):
    record = ledger.create(on, a_drop())
    before = version(on, record)

    assert ledger.change(on, DropRecord, "d", lambda it: it) == record
    assert ledger.change(on, DropRecord, "d", lambda it: it.moved(size=3)) == record
    assert version(on, record) == before


def test_ten_that_change_a_record_at_once_lose_nothing(on):
    record = ledger.create(on, a_run())

    def one_more(_):
        ledger.change(on, RunRecord, "r", lambda it: it.moved(attempt=it.attempt + 1))

    at_once(10, one_more)
    assert ledger.load(on, RunRecord, "r").attempt == 11
    assert version(on, record) == "11"


def test_of_ten_that_make_the_same_move_one_writes_it(on):
    record = ledger.create(on, a_drop())

    def prepared(it):
        return it.moved("prepared") if it.state == "received" else it

    at_once(10, lambda _: ledger.change(on, DropRecord, "d", prepared))
    assert ledger.load(on, DropRecord, "d").state == "prepared"
    assert version(on, record) == "2"


def test_records_of_a_kind_are_found_by_their_values_the_newest_first(on):
    for id, name, day in (("a", "x.csv", 1), ("b", "y.csv", 2), ("c", "x.csv", 3)):
        ledger.create(on, a_drop(id, name=name, created=f"2026-01-0{day}T00:00:00Z"))
    ledger.create(on, a_run())

    assert [record.id for record in ledger.every(on, DropRecord, name="x.csv")] == ["c", "a"]
    assert [record.id for record in ledger.every(on, DropRecord)] == ["c", "b", "a"]
    assert [record.id for record in ledger.every(on, RunRecord)] == ["r"]
    assert ledger.every(on, Progress) == []


def test_progress_is_told_over_what_was_told_before(on):
    for step in (1, 2, 3):
        ledger.tell(on, Progress(id="r", state="told", stage="train", phase="training", step=step))

    assert ledger.load(on, Progress, "r").step == 3


# ---------------------------------------------------------------- moves of what was read before


class Asked:
    """A State that writes down what it is asked, and answers as it always does."""

    def __init__(self, state):
        self._state, self.said = state, []

    def __getattr__(self, name):
        def asked(*given, **named):
            self.said.append(name)
            return getattr(self._state, name)(*given, **named)

        return asked


def prepared(it):
    return it.moved("prepared", dataset_id="s") if it.state == "received" else it


def test_what_was_read_or_written_before_is_moved_by_one_request(on):
    on = replace(on, state=Asked(on.state))
    record = ledger.create(on, a_drop())
    moved = ledger.move(on, record, prepared)
    again = ledger.move(on, moved, lambda it: it.moved("started", run_id="r"))

    assert on.state.said == ["create", "replace", "replace"]
    assert ledger.load(on, DropRecord, "d") == again
    assert (again.state, again.dataset_id, again.run_id) == ("started", "s", "r")


def test_what_somebody_else_moved_meanwhile_is_read_again_and_decided_anew(on):
    old = ledger.create(on, a_drop())
    ledger.change(on, DropRecord, "d", lambda it: it.moved("refused"))

    assert ledger.move(on, old, prepared).state == "refused"
    assert ledger.load(on, DropRecord, "d").state == "refused"


def test_that_nothing_is_to_be_done_is_believed_of_the_newest_alone(on):
    old = ledger.create(on, a_drop(waiting="a while"))
    ledger.change(on, DropRecord, "d", lambda it: it.moved(waiting=None))

    assert ledger.move(on, old, lambda it: it.moved(waiting="a while")).waiting == "a while"
    assert ledger.load(on, DropRecord, "d").waiting == "a while"


def test_a_record_that_was_never_read_is_read_before_it_is_moved(on):
    ledger.create(on, a_drop(size=3))
    moved = ledger.move(on, a_drop(size=4), prepared)

    assert (moved.size, moved.state) == (3, "prepared")
