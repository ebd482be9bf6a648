"""What every Jobs promises: submitted once, asked at any time, stopped for good."""

from infra.ports import JobSpec
from tests.conftest import at_once

JOB = "r-0123456789abcdef-train-1"


def test_nothing_is_known_of_a_job_that_never_was(world):
    assert world.jobs.status(JOB) is None
    world.jobs.cancel(JOB)
    assert world.jobs.status(JOB) is None


def test_submitting_twice_is_submitting_once(world):
    assert world.jobs.submit(JobSpec(JOB, ("ok",))) is True
    assert world.jobs.submit(JobSpec(JOB, ("fail",))) is False
    assert world.ended(JOB).state == "SUCCEEDED"
    assert world.jobs.submit(JobSpec(JOB, ("fail",))) is False
    assert world.ended(JOB).state == "SUCCEEDED"


def test_of_twenty_that_submit_at_the_same_moment_one_wins(world):
    assert at_once(20, lambda number: world.jobs.submit(JobSpec(JOB, ("ok",)))).count(True) == 1


def test_a_job_that_was_submitted_has_not_ended(world):
    world.jobs.submit(JobSpec(JOB, ("ok",)))

    assert world.jobs.status(JOB).state in ("QUEUED", "SCHEDULED", "RUNNING")


def test_a_job_that_fails_says_how(world):
    world.jobs.submit(JobSpec(JOB, ("fail",)))
    status = world.ended(JOB)

    assert status.state == "FAILED"
    assert "exit code 3" in status.detail


def test_a_job_cancelled_before_its_start_never_runs(world, tmp_path):
    world.jobs.submit(JobSpec(JOB, ("wait", str(tmp_path / "go"))))
    world.jobs.cancel(JOB)

    assert world.ended(JOB).state == "CANCELLED"
    assert not (tmp_path / "go.started").exists()


def test_cancelling_a_job_that_has_ended_changes_nothing(world):
    world.jobs.submit(JobSpec(JOB, ("ok",)))
    before = world.ended(JOB)
    world.jobs.cancel(JOB)

    assert before.state == "SUCCEEDED"
    assert world.ended(JOB) == before


def test_the_end_of_a_job_is_told_on_the_topic_of_jobs(world):
    world.jobs.submit(JobSpec(JOB, ("ok",)))
    world.ended(JOB)

    assert any(JOB.encode() in data for data in world.received("jobs"))
