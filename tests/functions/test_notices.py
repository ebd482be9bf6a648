"""Notices of jobs that come late, twice, too early or to nobody change nothing that is true."""

import pytest

from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from infra.ports import JobSpec
from schemas import events, names
from schemas.errors import Unavailable
from schemas.events import JobChanged
from tests.conftest import deliver, say_of_job
from tests.functions.runs import now, ordered, page, prepared, said, trained, write_export


def test_notices_of_an_earlier_stage_or_after_the_end_change_nothing(ground):
    run = trained(ground)
    for state in ("RUNNING", "FAILED", "CANCELLED", "SUCCEEDED"):
        assert said(ground, run, "train", state)[0].stage == "export"
    assert now(ground, run) == run
    write_export(ground, run)
    said(ground, run, "export", "SUCCEEDED")
    done = now(ground, run)
    for stage in ("train", "export"):
        for state in ("RUNNING", "FAILED", "CANCELLED"):
            assert said(ground, run, stage, state)[0].state == "succeeded"
    assert now(ground, run) == done


def test_a_notice_of_a_stage_that_the_run_has_not_come_to_is_tried_again(ground, on):
    run = ordered(ground)
    export = names.job_id(run.id, "export", 1)
    on.jobs.submit(JobSpec(export, ()))

    with pytest.raises(Unavailable, match=run.id):
        advance(JobChanged(job_id=export, state="RUNNING"), on)
    assert now(ground, run) == run


@pytest.mark.parametrize(
    "job", ["somebody-else-s", "r-0123456789abcdef-train-1", "r-0123456789abcdef-dance-1"]
)
def test_notices_of_jobs_that_are_not_ours_or_of_no_run_are_acknowledged(ground, on, job):
    assert advance(JobChanged(job_id=job, state="FAILED"), on) == []
    on.jobs.submit(JobSpec(job, ()))
    assert advance(JobChanged(job_id=job, state="FAILED"), on) == []


def test_every_drop_that_the_run_answers_hears_of_it(ground, on):
    run = ordered(ground)
    order(prepared(ground, "b.csv"), on)
    said(ground, run, "train", "RUNNING")

    assert "## Training" in page(ground, "a.csv")
    assert "## Training" in page(ground, "b.csv")


def test_through_its_door_batch_s_notice_moves_the_run_and_tells_it(ground, on):
    from functions.on_job_done.main import on_job_done

    run = ordered(ground)
    on.bus.publish(JobChanged(job_id=say_of_job(ground, run.id, "train", "RUNNING"), state="RUNNING"))
    assert deliver(ground, {"jobs": on_job_done}) == 1
    (told,) = (events.parse(message.data) for message in ground.queue.told("runs"))

    assert (told.run_id, told.state) == (run.id, "running")
