"""What every Jobs promises: submitted once, asked at any time, stopped for good."""

from infra.ports import JobSpec
from schemas import events
from schemas.events import JobChanged
from tests.conftest import at_once

JOB = "r-0123456789abcdef-train-1"


def test_nothing_is_known_of_a_job_that_never_was(scheduler):
    assert scheduler.jobs.status(JOB) is None
    scheduler.jobs.cancel(JOB)
    assert scheduler.jobs.status(JOB) is None


def test_submitting_twice_is_submitting_once(scheduler):
    assert scheduler.jobs.submit(JobSpec(JOB, ("ok",))) is True
    assert scheduler.jobs.submit(JobSpec(JOB, ("fail",))) is False
    assert scheduler.ended(JOB).state == "SUCCEEDED"
    assert scheduler.jobs.submit(JobSpec(JOB, ("fail",))) is False
    assert scheduler.ended(JOB).state == "SUCCEEDED"


def test_of_twenty_that_submit_at_the_same_moment_one_wins(scheduler):
    assert at_once(20, lambda number: scheduler.jobs.submit(JobSpec(JOB, ("ok",)))).count(True) == 1


def test_a_job_that_was_submitted_has_not_ended(scheduler):
    scheduler.hold()
    scheduler.jobs.submit(JobSpec(JOB, ("ok",)))

    assert scheduler.jobs.status(JOB).state in ("QUEUED", "SCHEDULED", "RUNNING")


def test_a_job_that_fails_says_how(scheduler):
    scheduler.jobs.submit(JobSpec(JOB, ("fail",)))
    status = scheduler.ended(JOB)

    assert status.state == "FAILED"
    assert "exit code 3" in status.detail
    assert not status.lost


def test_a_job_to_which_something_did_not_answer_may_do_better_another_time(scheduler):
    scheduler.jobs.submit(JobSpec(JOB, ("later",)))
    status = scheduler.ended(JOB)

    assert status.state == "FAILED"
    assert "exit code 75" in status.detail
    assert status.lost


def test_a_job_cancelled_before_its_start_never_runs(scheduler, tmp_path):
    scheduler.hold()
    scheduler.jobs.submit(JobSpec(JOB, ("wait", str(tmp_path / "go"))))
    scheduler.jobs.cancel(JOB)

    assert scheduler.ended(JOB).state == "CANCELLED"
    assert not (tmp_path / "go.started").exists()


def test_cancelling_a_job_twice_is_cancelling_it_once(scheduler):
    scheduler.hold()
    scheduler.jobs.submit(JobSpec(JOB, ("ok",)))
    scheduler.jobs.cancel(JOB)
    scheduler.jobs.cancel(JOB)
    before = scheduler.ended(JOB)
    scheduler.jobs.cancel(JOB)

    assert before.state == "CANCELLED"
    assert not before.lost
    assert scheduler.ended(JOB) == before


def test_a_job_that_was_cancelled_is_not_submitted_again(scheduler):
    scheduler.hold()
    scheduler.jobs.submit(JobSpec(JOB, ("ok",)))
    scheduler.jobs.cancel(JOB)
    scheduler.ended(JOB)

    assert scheduler.jobs.submit(JobSpec(JOB, ("ok",))) is False
    assert scheduler.jobs.status(JOB).state == "CANCELLED"


def test_cancelling_a_job_that_has_ended_changes_nothing(scheduler):
    scheduler.jobs.submit(JobSpec(JOB, ("ok",)))
    before = scheduler.ended(JOB)
    scheduler.jobs.cancel(JOB)

    assert before.state == "SUCCEEDED"
    assert scheduler.ended(JOB) == before


def test_the_end_of_a_job_is_told_on_the_topic_of_jobs(scheduler):
    scheduler.jobs.submit(JobSpec(JOB, ("ok",)))
    scheduler.ended(JOB)

    changes = [events.from_batch(told.attributes) for told in scheduler.received("jobs")]
    assert JobChanged(job_id=JOB, state="SUCCEEDED") in changes
