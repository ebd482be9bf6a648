"""The end of a job that prepared a file: its dataset, another attempt, or words; however late it is heard."""

from datetime import timedelta

import pytest

from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_upload.job import run_job
from functions.on_upload.step import prepare
from infra import ledger
from schemas import names
from schemas.events import FileDropped, JobChanged
from schemas.records import DropRecord
from tests.conftest import drop, remembered
from tests.functions.handing import ended, handed, on, record, tick
from tests.functions.runs import CSV, TINY, jobs, page

__all__ = ["on"]  # a fixture


# ---------------------------------------------------------------- its end


def test_a_job_that_was_lost_is_followed_by_another_four_at_most(ground, on):
    made = handed(ground, on)
    for attempt in (1, 2, 3):
        assert ended(ground, on, names.prepare_job_id(made.id, attempt), "FAILED", "killed", lost=True) == []
        assert ledger.load(on, DropRecord, made.id).job == attempt + 1
        assert f"by a job of its own (attempt {attempt + 1})" in page(ground).replace("\\", "")
    assert ended(ground, on, names.prepare_job_id(made.id, 4), "FAILED", "killed", lost=True) == []
    after = ledger.load(on, DropRecord, made.id)

    assert len(jobs(ground)) == 4
    assert after.state == "refused"
    assert after.faults[0].finding.startswith("Attempt 4: The job that read this file failed. killed")


@pytest.mark.parametrize(
    ("state", "detail", "finding"),
    [
        ("FAILED", "exit code 1\nMemoryError", "failed. exit code 1\nMemoryError"),
        ("CANCELLED", "", "Somebody stopped the job"),
        ("SUCCEEDED", "", "left no result"),
    ],
)
def test_a_job_without_a_result_refuses_the_drop_with_what_to_do(ground, on, state, detail, finding):
    made = handed(ground, on)
    assert ended(ground, on, names.prepare_job_id(made.id, 1), state, detail) == []
    (fault,) = ledger.load(on, DropRecord, made.id).faults

    assert fault.place == "a.csv"
    assert finding in fault.finding
    assert "Drop the file again" in page(ground)
    assert len(jobs(ground)) == 1


def test_a_result_counts_however_its_process_ended(ground, on):
    made = handed(ground, on)
    run_job(on, made.id, 1)

    assert ended(ground, on, names.prepare_job_id(made.id, 1), "FAILED", "killed", lost=True)
    assert len(jobs(ground)) == 1


# ---------------------------------------------------------------- late, doubled, foreign, lost


@pytest.mark.parametrize("state", ["QUEUED", "SCHEDULED", "RUNNING", "UNKNOWN"])
def test_a_job_that_has_not_ended_changes_nothing(ground, on, state):
    made = handed(ground, on)
    before = ledger.load(on, DropRecord, made.id)

    assert ended(ground, on, names.prepare_job_id(made.id, 1), state) == []
    assert ledger.load(on, DropRecord, made.id) == before


def test_a_late_notice_of_an_attempt_before_changes_nothing(ground, on):
    made = handed(ground, on)
    first = names.prepare_job_id(made.id, 1)
    ended(ground, on, first, "FAILED", lost=True)
    before = remembered(ground)
    assert advance(JobChanged(job_id=first, state="FAILED"), on) == []
    assert remembered(ground) == before

    run_job(on, made.id, 2)
    (ready,) = ended(ground, on, names.prepare_job_id(made.id, 2))
    order(ready, on)
    before = remembered(ground)
    assert advance(JobChanged(job_id=first, state="FAILED"), on) == [ready]  # told again, which is once
    assert order(ready, on)
    assert remembered(ground) == before


def test_notices_of_nobody_s_jobs_change_nothing(ground, on):
    event = drop(ground, "a.csv", CSV, TINY)
    prepare(event, ground.cloud)
    before = remembered(ground)
    for job in ("p-0123456789abcdef-1", names.prepare_job_id(record(on, event).id, 1), "p-x-1", "p-1"):
        assert advance(JobChanged(job_id=job, state="SUCCEEDED"), on) == []
    assert remembered(ground) == before


def test_the_sweep_finds_a_job_that_ended_without_a_word(ground, on):
    made = handed(ground, on)
    job = names.prepare_job_id(made.id, 1)
    assert tick(on) == []
    with ground.db.writing() as c:
        c.execute("UPDATE jobs SET state = 'FAILED' WHERE id = ?", (job,))

    assert tick(on) == [JobChanged(job_id=job, state="FAILED")]


def test_the_sweep_finds_a_drop_whose_job_was_never_submitted(ground, on):
    made = handed(ground, on)
    with ground.db.writing() as c:
        c.execute("DELETE FROM jobs")
    assert tick(on, timedelta(seconds=1)) == []  # whoever moved it may be about to
    (told,) = tick(on)

    assert isinstance(told, FileDropped)
    assert prepare(told, on) == []
    assert list(jobs(ground)) == [names.prepare_job_id(made.id, 1)]


def test_shards_of_a_dataset_that_a_job_is_preparing_are_nobody_s_leftovers(ground, on):
    (ready,) = prepare(drop(ground, "a.csv", CSV, TINY), ground.cloud)
    shard = names.shard(ready.dataset_id, "0a1b2c3d", "train", 0)
    with ground.db.writing() as c:  # deleted, and about to be prepared anew by a job
        c.execute("UPDATE documents SET data = json_set(data, '$.state', 'deleted') WHERE kind = 'datasets'")
        now = "json_set(data, '$.state', 'preparing', '$.job', 1)"
        c.execute(f"UPDATE documents SET data = {now} WHERE kind = 'drops'")
    on.store.write(on.outbox, shard, b"")
    tick(on)

    assert on.store.stat(on.outbox, shard) is not None
