"""Requests that come late: each is about one round of a run, and a retry begins the next."""

import pytest

from functions.on_dataset_ready.requests import cancel, request
from functions.on_job_done.step import advance
from functions.on_upload.step import prepare
from infra import ledger
from schemas.events import CancelRequested, JobChanged, RunRequested
from schemas.names import job_id
from schemas.runs import RunRecord
from tests.conftest import drop, say_of_job
from tests.functions.runs import ordered


def now(ground, run):
    return ledger.load(ground.cloud, RunRecord, run.id)


def failed(ground):
    """A run whose training ended with a mistake."""
    run = ordered(ground)
    say_of_job(ground, run.id, "train", "FAILED")
    advance(JobChanged(job_id=job_id(run.id, "train", 1), state="FAILED"), ground.cloud)
    assert now(ground, run).state == "failed"
    return now(ground, run)


def test_a_retry_that_comes_again_after_its_own_attempt_failed_does_not_train_a_third_time(ground, on):
    run = failed(ground)
    asked = RunRequested(request="retry", run_id=run.id, round=run.round)
    request(asked, on)
    again = now(ground, run)
    assert (again.state, again.attempt, again.round) == ("submitted", 2, 2)
    ledger.change(on, RunRecord, run.id, lambda it: it.moved("failed"))
    request(asked, on)

    assert now(ground, run).state == "failed"
    assert now(ground, run).attempt == 2


@pytest.mark.parametrize("by_drop", [True, False], ids=["by a drop", "by a message"])
def test_a_cancellation_that_comes_again_after_a_retry_does_not_stop_it(ground, on, by_drop):
    run = ordered(ground)
    event = drop(ground, f"cancel/{run.id}", "")
    if by_drop:
        (asked,) = prepare(event, on)
    else:
        asked = CancelRequested(run_id=run.id, round=run.round)
    cancel(asked, on)
    assert now(ground, run).state == "cancelled"
    say_of_job(ground, run.id, "train", "CANCELLED")
    request(RunRequested(request="retry", run_id=run.id, round=1), on)
    late = prepare(event, on)[0] if by_drop else asked
    cancel(late, on)

    assert now(ground, run).state == "submitted"


def test_a_cancellation_stops_the_run_also_where_it_has_come_to_its_next_stage(ground, on):
    run = ordered(ground)
    ledger.change(on, RunRecord, run.id, lambda it: it.moved("ordered", stage="export", kept={"train": 1}))
    cancel(CancelRequested(run_id=run.id, round=run.round), on)

    assert now(ground, run).state == "cancelled"
