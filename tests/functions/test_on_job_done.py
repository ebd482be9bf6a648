"""on_job_done: a finished job becomes the next stage or an explained ending, whatever notices say."""

import dataclasses
import json
from datetime import timedelta

import pytest

from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_job_done.sweep import sweep
from infra import ledger
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.events import JobChanged, Swept
from schemas.orders import ExportOrder
from schemas.records import now as moment
from schemas.runs import RunRecord
from tests.conftest import remembered, say_of_job
from tests.functions.handing import Noting
from tests.functions.runs import (
    FAULT,
    jobs,
    now,
    ordered,
    page,
    prepared,
    said,
    trained,
    write_export,
    write_training,
)

# ---------------------------------------------------------------- training


def test_a_job_that_runs_makes_the_run_run(ground):
    run = ordered(ground)
    (told,) = said(ground, run, "train", "RUNNING")

    assert (told.state, told.stage, told.drop_id) == ("running", "train", run.drop_id)
    assert now(ground, run).state == "running"
    assert "## Training" in page(ground)


@pytest.mark.parametrize("state", ["QUEUED", "SCHEDULED"])
def test_a_job_that_waits_is_acknowledged_and_nothing_is_looked_at(ground, state):
    run = ordered(ground)
    before = remembered(ground)

    assert said(ground, run, "train", state) == []
    assert now(ground, run) == run
    assert {**remembered(ground), "jobs": before["jobs"]} == before


def test_a_job_in_a_state_that_we_do_not_know_changes_nothing(ground):
    run = ordered(ground)
    (told,) = said(ground, run, "train", "UNKNOWN")

    assert told.state == "submitted"
    assert now(ground, run) == run


def test_the_scheduler_s_word_counts_and_not_the_notice_s(ground):
    run = ordered(ground)
    job = say_of_job(ground, run.id, "train", "RUNNING")
    for state in ("FAILED", "SUCCEEDED", "CANCELLED"):
        assert advance(JobChanged(job_id=job, state=state), ground.cloud)[0].state == "running"


def test_a_training_that_went_well_orders_the_export_once(ground, on):
    run = ordered(ground)
    said(ground, run, "train", "RUNNING")
    write_training(ground, run)
    (told,) = said(ground, run, "train", "SUCCEEDED")
    after = now(ground, run)
    wanted = ExportOrder.model_validate_json(
        on.store.read(on.outbox, names.order(run.id, "export", after.paper))
    )

    assert (told.state, told.stage) == ("submitted", "export")
    assert (after.state, after.stage, after.attempt, after.trained) == ("submitted", "export", 1, 1)
    assert jobs(ground)[names.job_id(run.id, "export", 1)] == "QUEUED"
    assert len(jobs(ground)) == 2
    assert wanted.adapter == names.weights(run.id, "train", 1, "adapter")
    assert (wanted.base, wanted.formats) == (run.base, ("merged",))
    assert "Starting the export" in page(ground)


def test_who_wants_the_adapter_alone_is_done_after_the_training(ground, on):
    run = trained(ground, export="adapter")

    assert (run.state, run.stage, run.trained, run.exported) == ("succeeded", "train", 1, None)
    assert run.ended is not None
    assert len(jobs(ground)) == 1
    assert "6 of 8" in on.store.read(on.outbox, names.run_report(run.id, "md")).decode()
    assert "## Done: 6 of 8 held-out answers are right" in page(ground)


def test_a_job_without_a_result_has_failed_and_the_page_says_so(ground):
    run = ordered(ground)
    (told,) = said(ground, run, "train", "SUCCEEDED")
    (fault,) = now(ground, run).faults

    assert told.state == "failed"
    assert "left no result" in fault.finding
    assert fault.next_step
    assert fault.finding in page(ground)


def test_a_job_that_failed_tells_the_end_of_its_log(ground):
    run = ordered(ground)
    said(ground, run, "train", "FAILED", "The job's process was killed.\nstep 7\nout of memory")
    (fault,) = now(ground, run).faults

    assert now(ground, run).state == "failed"
    assert now(ground, run).ended is not None
    assert run.id in fault.place
    assert "out of memory" in fault.finding
    assert "out of memory" in page(ground)
    assert len(jobs(ground)) == 1


def test_a_result_counts_however_its_process_ended(ground):
    run = ordered(ground)
    write_training(ground, run)
    (told,) = said(ground, run, "train", "FAILED", "killed while it tidied up")

    assert (told.state, told.stage) == ("submitted", "export")


def test_what_the_job_found_wrong_with_the_rows_ends_the_run_in_its_words(ground):
    run = ordered(ground)
    write_training(ground, run, adapter=None, faults=(FAULT,))
    (told,) = said(ground, run, "train", "SUCCEEDED")

    assert told.state == "failed"
    assert now(ground, run).faults == (FAULT,)
    assert len(jobs(ground)) == 1
    assert "a.csv:7" in page(ground)
    assert "Shorten it." in page(ground)


def test_a_job_that_was_cancelled_ends_the_run(ground):
    run = ordered(ground)
    write_training(ground, run)
    (told,) = said(ground, run, "train", "CANCELLED")

    assert told.state == "cancelled"
    assert (now(ground, run).state, now(ground, run).faults) == ("cancelled", ())
    assert len(jobs(ground)) == 1
    assert "## Cancelled" in page(ground)


def test_a_move_to_submitted_that_was_lost_to_a_crash_is_made_up_for(ground):
    run = ordered(ground)
    with ground.db.writing() as c:
        c.execute("UPDATE documents SET data = json_set(data, '$.state', 'ordered') WHERE kind = 'runs'")
    (told,) = said(ground, run, "train", "RUNNING")

    assert told.state == "running"
    assert now(ground, run).started is not None


def test_a_job_of_a_run_that_is_over_is_stopped(ground, on):
    """Somebody submitted it while the run was cancelled, and died before stopping it."""
    run = ordered(ground)
    ledger.change(on, RunRecord, run.id, lambda it: it.moved("cancelled"))
    said(ground, run, "train", "RUNNING")

    with ground.db.reading() as c:
        assert [row["cancelled"] for row in c.execute("SELECT cancelled FROM jobs")] == [1]


def test_a_run_that_anothers_end_made_room_for_and_that_never_began_is_told_by_the_sweep(ground, on):
    class Closed(Noting):
        def submit(self, job):
            raise BadInput(Fault(place="JINKO_GPU_IMAGE", finding="Not set.", next_step="Set it."))

    one = dataclasses.replace(on, max_active_runs=1)
    first = ordered(ground)
    (waits,) = order(prepared(ground, "b.csv", again="true"), one)
    job = say_of_job(ground, first.id, "train", "FAILED")
    closed = dataclasses.replace(one, jobs=Closed(ground.jobs))
    assert [it.run_id for it in advance(JobChanged(job_id=job, state="FAILED"), closed)] == [first.id]

    failed = waits.model_copy(update={"state": "failed"})
    soon, later = moment() + timedelta(minutes=1), moment() + timedelta(hours=1)
    assert failed in sweep(Swept(at=soon), closed)
    assert failed not in sweep(Swept(at=later), closed)


# ---------------------------------------------------------------- export


def test_an_export_that_went_well_ends_the_run_with_its_report(ground, on):
    run = trained(ground)
    losses = [{"step": n, "loss": 3.0 / n} for n in range(1, 13)]
    metrics = "".join(json.dumps(line) + "\n" for line in losses).encode()
    on.store.write(on.outbox, names.metrics(run.id, "train", 1), metrics)
    assert said(ground, run, "export", "RUNNING")[0].state == "running"
    write_export(ground, run)
    (told,) = said(ground, run, "export", "SUCCEEDED")
    after = now(ground, run)

    assert (told.state, told.stage) == ("succeeded", "export")
    assert (after.trained, after.exported, after.faults) == (1, 1, ())
    assert after.ended is not None
    assert "6 of 8" in on.store.read(on.outbox, names.run_report(run.id, "md")).decode()
    assert b"<svg" in on.store.read(on.outbox, names.run_report(run.id, "html"))
    assert "## Done: 6 of 8 held-out answers are right (before: 0)" in page(ground)
    assert names.weights(run.id, "export", 1, "merged") in page(ground)


@pytest.mark.parametrize("detail", ["No space left on device", ""])
def test_an_export_that_failed_keeps_the_trained_adapter(ground, detail):
    run = trained(ground)
    (told,) = said(ground, run, "export", "FAILED", detail)
    (fault,) = now(ground, run).faults

    assert told.state == "failed"
    assert now(ground, run).trained == 1
    assert detail in fault.finding
    assert "safe" in fault.next_step
    assert names.weights(run.id, "train", 1, "adapter") in page(ground)


def test_an_export_refused_by_its_job_is_told_in_the_job_s_words(ground):
    run = trained(ground)
    write_export(ground, run, merged=None, faults=(FAULT,))
    said(ground, run, "export", "SUCCEEDED")

    assert (now(ground, run).state, now(ground, run).faults) == ("failed", (FAULT,))
