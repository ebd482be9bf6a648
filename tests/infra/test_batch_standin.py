"""The stand-in for Cloud Batch runs a job as Batch does: in line, tried again, on machines that go away."""

import signal

import grpc
import pytest
from google.cloud.batch_v1 import BatchServiceClient, types
from google.cloud.batch_v1.services.batch_service.transports import BatchServiceGrpcTransport

from tests.conftest import until
from tests.infra.standin import (
    JOB,
    NAME,
    ON_SPOT,
    OTHER,
    PARENT,
    STATE,
    TASK,
    at_most,
    exits,
    over,
    retrying,
    running,
    submit,
)

# Writes into its folder, its TMPDIR and a file of the test's, and waits to be stopped.
MESSY = """
import os, pathlib, signal, sys, tempfile, time
seen = pathlib.Path(sys.argv[1])
found = sorted(os.listdir()) + sorted(os.listdir(tempfile.gettempdir()))
with seen.open("a") as file:
    file.write(f"{os.environ['BATCH_TASK_RETRY_ATTEMPT']} {found}\\n")
def stop(*_):
    with seen.open("a") as file:
        file.write("stopped\\n")
    raise SystemExit(143)
signal.signal(signal.SIGTERM, stop)
pathlib.Path("scratch").write_text("x")
tempfile.mkdtemp()
seen.with_suffix(".ready").write_text("")
time.sleep(30)
"""


@pytest.fixture
def client(batch):
    with grpc.insecure_channel(batch.host) as channel:
        yield BatchServiceClient(transport=BatchServiceGrpcTransport(channel=channel))


def test_a_job_is_made_in_line_and_seen_in_the_list(client, google, batch):
    batch.at_once = 0
    made = submit(client, google, "ok")

    assert (made.name, made.status.state) == (NAME, STATE.QUEUED)
    assert made.uid.startswith(JOB)
    assert made.uid != JOB
    assert [job.name for job in client.list_jobs(parent=PARENT)] == [NAME]
    assert [task.status.state for task in client.list_tasks(parent=f"{NAME}/taskGroups/group0")] == [
        TASK.PENDING
    ]


def test_jobs_wait_in_line_for_a_machine(client, google, batch, tmp_path):
    batch.at_once = 1
    submit(client, google, "wait", str(tmp_path / "go"))
    until((tmp_path / "go.started").exists)
    submit(client, google, "ok", id=OTHER)

    assert client.get_job(name=f"{PARENT}/jobs/{OTHER}").status.state == STATE.QUEUED
    (tmp_path / "go").touch()
    assert over(client, OTHER).status.state == STATE.SUCCEEDED
    assert batch.log(OTHER) == "doing ok\n"


def test_an_exit_code_that_no_policy_lists_is_not_tried_again(client, google):
    submit(client, google, "fail", change=retrying(3, 50001))
    job = over(client)

    assert job.status.state == STATE.FAILED
    assert exits(client) == [3]
    assert job.status.status_events[-1].description.endswith('with exit code 3."')


def test_an_exit_code_that_is_listed_is_tried_again_as_often_as_was_said(client, google):
    submit(client, google, "fail", change=retrying(2, 3))

    assert over(client).status.state == STATE.FAILED
    assert exits(client) == [3, 3, 3]


def test_without_a_policy_every_failure_is_tried_again(client, google):
    submit(client, google, "fail", change=retrying(1))

    assert over(client).status.state == STATE.FAILED
    assert exits(client) == [3, 3]


def test_a_policy_that_fails_what_it_lists_retries_the_rest(client, google):
    def change(job):
        retrying(1, 4)(job)
        policy = job.task_groups[0].task_spec.lifecycle_policies[0]
        policy.action = types.LifecyclePolicy.Action.FAIL_TASK

    submit(client, google, "fail", change=change)
    assert over(client).status.state == STATE.FAILED
    assert exits(client) == [3, 3]


def test_a_spot_machine_that_is_taken_back_stops_the_container_and_the_next_starts_with_nothing(
    client, google, batch, tmp_path
):
    seen, ready = tmp_path / "seen", tmp_path / "seen.ready"

    def change(job):
        retrying(1, 50001)(job)
        running(MESSY)(job)

    submit(client, google, str(seen), change=change)
    until(ready.exists)
    first = batch.find(JOB).attempt.folder
    ready.unlink()
    batch.preempt(JOB)
    until(ready.exists)
    second = batch.find(JOB).attempt.folder

    assert seen.read_text().splitlines() == ["0 []", "stopped", "1 []"]
    assert first != second
    assert not first.exists()
    batch.preempt(JOB)
    assert over(client).status.state == STATE.FAILED
    assert exits(client) == [50001, 50001]
    assert not second.exists()


def test_a_container_that_does_not_stop_in_time_is_killed(client, google, batch, tmp_path):
    submit(client, google, "stubborn", str(tmp_path / "go"))
    until((tmp_path / "go.started").exists)
    process = batch.find(JOB).attempt.process
    batch.preempt(JOB)

    over(client)
    assert process.returncode == -signal.SIGKILL
    assert exits(client) == [50001]


def test_only_spot_machines_are_taken_back(client, google, batch, tmp_path):
    submit(client, google, "wait", str(tmp_path / "go"), placement=ON_SPOT._replace(spot=False))
    until((tmp_path / "go.started").exists)
    with pytest.raises(AssertionError, match="standard machine"):
        batch.preempt(JOB)


def test_a_container_that_is_killed_from_inside_has_docker_s_exit_code(client, google):
    submit(client, google, "x", change=running("import os; os.kill(os.getpid(), 9)"))
    over(client)

    assert exits(client) == [137]


def test_a_job_that_runs_over_its_time_is_stopped(client, google, tmp_path):
    submit(client, google, "wait", str(tmp_path / "go"), change=at_most(0.3))

    assert over(client).status.state == STATE.FAILED
    assert exits(client) == [50005]
