"""The stand-in for Cloud Batch ends jobs as Batch does, and tells of them: cancelled, deleted, notices."""

import os

import grpc
import pytest
from google.cloud.batch_v1 import BatchServiceClient, types
from google.cloud.batch_v1.services.batch_service.transports import BatchServiceGrpcTransport

from tests.conftest import until
from tests.infra.standin import JOB, NAME, OTHER, PARENT, STATE, TOPIC, exits, over, running, submit


@pytest.fixture
def client(batch):
    with grpc.insecure_channel(batch.host) as channel:
        yield BatchServiceClient(transport=BatchServiceGrpcTransport(channel=channel))


def test_cancelling_is_an_operation_that_ends_when_the_job_has(client, google, batch, tmp_path):
    submit(client, google, "stubborn", str(tmp_path / "go"))
    until((tmp_path / "go.started").exists)
    operation = client.cancel_job(name=NAME)

    assert not operation.operation.done
    assert client.get_job(name=NAME).status.state == STATE.CANCELLATION_IN_PROGRESS
    assert isinstance(operation.result(timeout=20), types.CancelJobResponse)
    assert client.get_job(name=NAME).status.state == STATE.CANCELLED


def test_a_job_that_is_deleted_is_gone_with_its_container(client, google, batch, tmp_path):
    submit(client, google, "wait", str(tmp_path / "go"))
    until((tmp_path / "go.started").exists)
    process = batch.find(JOB).attempt.process
    operation = client.delete_job(name=NAME)

    operation.result(timeout=20)
    assert list(client.list_jobs(parent=PARENT)) == []
    assert process.poll() is not None


def test_a_secret_reaches_the_container_and_one_that_is_not_there_fails_the_job(client, google, batch):
    shows = running("import os; print(os.environ['HF_TOKEN'])")

    def change(job):
        shows(job)
        secrets = {"HF_TOKEN": "projects/p/secrets/hf/versions/1"}
        job.task_groups[0].task_spec.environment.secret_variables = secrets

    submit(client, google, "x", change=change)
    assert over(client).status.state == STATE.FAILED
    assert exits(client) == [50000]
    batch.secrets["projects/p/secrets/hf/versions/1"] = "hf_x"
    submit(client, google, "x", id=OTHER, change=change)
    assert over(client, OTHER).status.state == STATE.SUCCEEDED
    assert batch.log(OTHER) == "hf_x\n"


def test_notices_speak_in_attributes_and_their_body_is_for_people(client, google, told):
    submit(client, google, "ok")
    over(client)
    until(lambda: len(told.published) == 4)

    last = told.published[-1]
    assert last.topic == TOPIC
    assert last.attributes == {
        "Type": "JOB_STATE_CHANGED",
        "JobName": NAME,
        "JobUID": client.get_job(name=NAME).uid,
        "NewJobState": "SUCCEEDED",
    }
    assert last.data.startswith(b"Job state was updated: jobUID=")


def test_only_the_states_that_were_asked_for_are_told(client, google, told):
    def change(job):
        job.notifications[0].message.new_job_state = STATE.SUCCEEDED

    submit(client, google, "ok", change=change)
    over(client)
    until(lambda: told.states() == ["SUCCEEDED"])


def test_a_test_may_let_notices_come_late_turned_around_and_twice(client, google, batch, told):
    batch.notices.hold()
    submit(client, google, "ok")
    over(client)
    until(lambda: len(batch.notices.held) == 4)
    assert told.published == []

    held = batch.notices.release()
    batch.notices.publish([*reversed(held), *held[-1:]])
    assert told.states() == ["SUCCEEDED", "RUNNING", "SCHEDULED", "QUEUED", "SUCCEEDED"]


def test_states_that_are_never_told_are_not(client, google, batch, told):
    batch.notices.silent = {"CANCELLED", "CANCELLATION_IN_PROGRESS"}
    batch.at_once = 0
    submit(client, google, "ok")
    client.cancel_job(name=NAME)

    assert over(client).status.state == STATE.CANCELLED
    assert told.states() == ["QUEUED"]


def test_nothing_that_it_started_outlives_it(client, google, batch, tmp_path):
    submit(client, google, "stubborn", str(tmp_path / "go"))
    until((tmp_path / "go.started").exists)
    attempt = batch.find(JOB).attempt
    batch.stop()

    with pytest.raises(ProcessLookupError):
        os.killpg(attempt.process.pid, 0)
    assert not attempt.folder.exists()
    batch.stop()
