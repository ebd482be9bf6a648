"""Jobs as subprocesses: their logs, their ends by force, and what becomes of one whose dispatcher is gone."""

import fcntl
import os
import signal
import subprocess
import sys

import pytest

from infra.local import jobs
from infra.local.ground import LocalGround
from infra.ports import JobSpec
from schemas.events import from_batch
from tests.conftest import settled, until

# A dispatcher that starts what waits, and is gone.
DISPATCHER = """
import os, sys
from pathlib import Path
from infra.local.ground import LocalGround
home = Path(sys.argv[1])
LocalGround(home, home, dict(os.environ)).jobs.turn()
os._exit(9)
"""

JOB, OTHER = "r-0123456789abcdef-train-1", "r-0123456789abcdef-export-1"


@pytest.fixture
def here(tmp_path, job_environment):
    """A ground whose jobs are the small program of `tests/conftest.py`."""
    return LocalGround(tmp_path / "home", tmp_path, job_environment)


@pytest.fixture
def go(tmp_path):
    """The file that lets a waiting job end."""
    return tmp_path / "go"


def waiting(here, go, id=JOB):
    """Submit a job and bring it to where it waits for `go`."""
    here.jobs.submit(JobSpec(id, ("wait", str(go))))
    here.jobs.turn()
    until(go.with_suffix(".started").exists)


def process(here, id=JOB):
    return int((here.home / "jobs" / id / "pid").read_text())


def told(here):
    return [from_batch(message.attributes).state for message in here.queue.told("jobs")]


def test_a_job_runs_to_its_end_and_every_change_is_told_as_batch_does(here):
    here.jobs.submit(JobSpec(JOB, ("ok",)))
    assert here.jobs.living() == [JOB]

    assert settled(here.jobs, JOB)[:2] == ("SUCCEEDED", "")
    assert told(here) == ["RUNNING", "SUCCEEDED"]
    assert here.jobs.log(JOB) == "doing ok"
    assert here.jobs.living() == []
    assert here.jobs.turn() is False


def test_a_job_that_failed_tells_its_exit_code_and_the_end_of_its_log(here):
    here.jobs.submit(JobSpec(JOB, ("fail",)))
    status = settled(here.jobs, JOB)

    assert status.state == "FAILED"
    assert status.detail.startswith("The job's process ended with exit code 3.")
    assert status.detail.endswith("line 29\nline 30")
    assert "line 2\n" not in status.detail


def test_what_a_job_is_given_reaches_its_process(here, go):
    here.jobs.submit(JobSpec(JOB, ("wait", str(go)), {"PYTHONUNBUFFERED": "1", "GIVEN": "ü"}))
    here.jobs.turn()
    until(go.with_suffix(".started").exists)
    with open(f"/proc/{process(here)}/environ", "rb") as file:  # noqa: PTH123 (proc has no Path of its own)
        assert "GIVEN=ü".encode() in file.read().split(b"\0")
    go.touch()

    assert settled(here.jobs, JOB).state == "SUCCEEDED"


def test_a_job_killed_by_the_system_has_failed_and_says_so(here, go):
    waiting(here, go)
    os.kill(process(here), signal.SIGKILL)
    status = settled(here.jobs, JOB)

    assert status.state == "FAILED"
    assert "was killed" in status.detail
    assert "doing wait" in status.detail


def test_a_job_killed_together_with_its_runner_has_failed_too(here, go):
    waiting(here, go)
    os.killpg(os.getpgid(process(here)), signal.SIGKILL)
    status = settled(here.jobs, JOB)

    assert status.state == "FAILED"
    assert "was killed" in status.detail


def test_a_job_is_still_alive_when_only_its_runner_was_killed(here, go):
    waiting(here, go)
    os.kill(os.getpgid(process(here)), signal.SIGKILL)  # the runner leads the group

    assert here.jobs.turn() is False
    assert here.jobs.status(JOB).state == "RUNNING"
    go.touch()
    assert settled(here.jobs, JOB).state == "FAILED"  # nobody is left to know how it ended


def test_a_job_whose_dispatcher_is_gone_is_adopted_and_not_started_twice(here, go):
    here.jobs.submit(JobSpec(JOB, ("wait", str(go))))
    gone = subprocess.run([sys.executable, "-c", DISPATCHER, str(here.home)], env=here.jobs.environment)
    assert gone.returncode == 9
    until(go.with_suffix(".started").exists)
    for _ in range(3):
        here.jobs.turn()
    assert here.jobs.status(JOB).state == "RUNNING"
    go.touch()

    assert settled(here.jobs, JOB).state == "SUCCEEDED"
    assert go.with_suffix(".started").read_text() == "once\n"


def test_a_job_whose_dispatcher_died_before_it_noted_the_start_is_adopted(here, go):
    waiting(here, go)
    with here.db.writing() as c:
        c.execute("UPDATE jobs SET state = 'QUEUED'")

    here.jobs.turn()
    assert here.jobs.status(JOB).state == "RUNNING"
    go.touch()
    assert settled(here.jobs, JOB).state == "SUCCEEDED"
    assert go.with_suffix(".started").read_text() == "once\n"


def test_a_job_killed_before_its_start_was_noted_is_not_started_twice(here, go):
    waiting(here, go)
    os.killpg(os.getpgid(process(here)), signal.SIGKILL)
    with here.db.writing() as c:
        c.execute("UPDATE jobs SET state = 'QUEUED'")

    assert settled(here.jobs, JOB).state == "FAILED"
    assert go.with_suffix(".started").read_text() == "once\n"


def test_a_running_job_that_is_cancelled_is_stopped(here, go):
    waiting(here, go)
    here.jobs.cancel(JOB)

    assert settled(here.jobs, JOB)[:2] == ("CANCELLED", "Cancelled.")
    assert told(here) == ["RUNNING", "CANCELLED"]
    here.jobs.cancel(JOB)
    assert here.jobs.status(JOB).state == "CANCELLED"


def test_a_cancelled_job_that_does_not_stop_is_killed_in_the_end(here, go, monkeypatch):
    here.jobs.submit(JobSpec(JOB, ("stubborn", str(go))))
    here.jobs.turn()
    until(go.with_suffix(".started").exists)
    monkeypatch.setattr(jobs, "KILL_AFTER_SECONDS", -1)
    here.jobs.cancel(JOB)

    assert settled(here.jobs, JOB).state == "CANCELLED"


def test_cancelling_a_job_whose_command_has_ended_and_whose_runner_has_not_is_no_mistake(here):
    here.jobs.submit(JobSpec(JOB, ("ok",)))
    folder = here.home / "jobs" / JOB
    folder.mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (folder / "pid").write_text(str(ended.pid))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        here.jobs.turn()
        here.jobs.cancel(JOB)
        here.jobs.turn()
        assert here.jobs.status(JOB).state == "RUNNING"
    (folder / "exit").write_text("0")

    assert settled(here.jobs, JOB).state == "SUCCEEDED"


def test_jobs_wait_for_one_another_in_the_order_they_were_submitted(here, go):
    waiting(here, go)
    here.jobs.submit(JobSpec(OTHER, ("ok",)))
    here.jobs.turn()
    assert here.jobs.status(OTHER).state == "QUEUED"
    assert here.jobs.living() == [JOB, OTHER]
    go.touch()

    assert settled(here.jobs, OTHER).state == "SUCCEEDED"
    assert told(here) == ["RUNNING", "SUCCEEDED", "RUNNING", "SUCCEEDED"]


def test_a_job_runs_the_program_that_it_names(here, tmp_path):
    other = tmp_path / "fake" / "functions" / "on_upload"
    other.mkdir(parents=True)
    for package in (other.parent, other):
        (package / "__init__.py").write_text("")
    (other / "job.py").write_text("import sys; print('prepares', *sys.argv[1:])")
    here.jobs.submit(JobSpec(JOB, ("--drop", "d"), program="functions.on_upload.job"))

    assert settled(here.jobs, JOB).state == "SUCCEEDED"
    assert here.jobs.log(JOB) == "prepares --drop d"


def test_a_home_of_before_there_were_other_programs_still_runs_its_jobs(here):
    here.jobs.submit(JobSpec(JOB, ("ok",)))
    with here.db.writing() as c:
        c.execute("ALTER TABLE jobs DROP COLUMN program")
    opened = LocalGround(here.home, here.home, here.jobs.environment)

    assert settled(opened.jobs, JOB).state == "SUCCEEDED"
    assert opened.jobs.log(JOB) == "doing ok"
