"""Cloud Batch as a Jobs port: what it is asked, what becomes of its answers, what a person reads."""

import re
import subprocess
import sys

import grpc
import pytest
from google.cloud.batch_v1 import BatchServiceClient

from infra.gcp.jobs import BatchJobs
from infra.ports import JobSpec, Placement
from schemas.errors import BadInput, Unavailable
from schemas.events import from_batch
from tests.cloud.batch_world import JOB_ACCOUNT, ended
from tests.conftest import until

JOB, OTHER = "r-0123456789abcdef-train-1", "r-0123456789abcdef-train-2"
ON_SPOT = Placement("g2-standard-4", spot=True, max_seconds=3600, disk_gib=100)
CODE = grpc.StatusCode


@pytest.fixture
def jobs(google):
    return BatchJobs(google, patience=1)


@pytest.fixture
def go(tmp_path):
    """The file that lets a waiting job end."""
    return tmp_path / "go"


def waiting(jobs, go, placement=None, what="wait"):
    """Submit a job and bring it to where it waits for `go`."""
    jobs.submit(JobSpec(JOB, (what, str(go)), placement=placement))
    until(go.with_suffix(".started").exists)


def test_making_the_port_imports_nothing_of_google():
    code = "import infra.gcp.jobs, sys; sys.exit('grpc' in sys.modules or 'google.api_core' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_change_is_told_on_the_topic_of_jobs(jobs, batch, told):
    jobs.submit(JobSpec(JOB, ("ok",)))
    assert ended(batch, jobs, JOB)[:] == ("SUCCEEDED", "", False)

    until(lambda: len(told.published) == 4)
    assert {message.topic for message in told.published} == {"projects/jinko-test/topics/jinko-jobs"}
    changes = [from_batch(message.attributes) for message in told.published]
    assert {change.job_id for change in changes} == {JOB}
    assert [change.state for change in changes] == ["QUEUED", "SCHEDULED", "RUNNING", "SUCCEEDED"]


def test_a_job_is_running_while_it_runs(jobs, batch, go):
    waiting(jobs, go)

    assert jobs.status(JOB)[:] == ("RUNNING", "", False)
    go.touch()
    assert ended(batch, jobs, JOB).state == "SUCCEEDED"


def test_a_submit_whose_answer_was_lost_is_asked_again_and_is_still_the_one_that_did_it(jobs, batch):
    batch.fail_next(CODE.UNAVAILABLE, "the line broke", after=True)

    assert jobs.submit(JobSpec(JOB, ("ok",))) is True
    assert len(batch.jobs) == 1


def test_a_job_of_the_same_id_that_is_being_deleted_is_no_job_of_ours(jobs, batch, go, google):
    waiting(jobs, go, what="stubborn")
    transport = BatchServiceClient.get_transport_class("grpc")(channel=grpc.insecure_channel(batch.host))
    BatchServiceClient(transport=transport).delete_job(name=batch.find(JOB).job.name)

    assert jobs.status(JOB)[:2] == ("UNKNOWN", "It is being deleted; its machine is being given back.")
    with pytest.raises(Unavailable, match="about to delete"):
        jobs.submit(JobSpec(JOB, ("ok",)))
    until(lambda: jobs.status(JOB) is None)
    assert jobs.submit(JobSpec(JOB, ("ok",))) is True


def test_a_job_that_failed_says_how_and_where_to_read_more(jobs, batch):
    jobs.submit(JobSpec(JOB, ("fail",)))
    status = ended(batch, jobs, JOB)

    assert status.detail.startswith("The container ended with exit code 3.\nIts log: gcloud logging read")
    uid = batch.find(JOB).job.uid
    assert f"""'labels.job_uid="{uid}"' --project=jinko-test --freshness=30d""" in status.detail
    assert not status.lost


@pytest.mark.parametrize(
    ("code", "sentence", "lost"),
    [
        (50001, "The Spot machine was taken back (exit code 50001).", True),
        (50002, "The machine did not report any more (exit code 50002).", True),
        (50003, "The machine was restarted (exit code 50003).", True),
        (50004, "The machine did not answer any more (exit code 50004).", True),
        (50006, "The machine was replaced (exit code 50006).", True),
        (50000, "The job failed, and Batch does not say why (exit code 50000).", False),
        (143, "The container was asked to stop, as when a machine is taken back (exit code 143).", True),
        (125, "Docker could not run the container, or went away with its machine (exit code 125).", True),
        (137, "The container was killed, most often because the machine's memory was full", False),
        (1, "The container ended with exit code 1.", False),
        (2, "The container ended with exit code 2.", False),
    ],
)
def test_what_ended_a_job_is_told_in_words(jobs, batch, go, code, sentence, lost):
    waiting(jobs, go, ON_SPOT)
    batch.lose_machine(JOB, code)
    status = ended(batch, jobs, JOB)

    assert status.state == "FAILED"
    assert status.detail.startswith(sentence)
    assert status.lost is lost


def test_on_a_machine_that_nobody_takes_back_a_container_that_cannot_be_run_is_no_loss(jobs, batch, go):
    waiting(jobs, go, ON_SPOT._replace(spot=False))
    batch.lose_machine(JOB, 125)

    assert not ended(batch, jobs, JOB).lost


def test_a_job_without_a_clock_goes_on_on_another_machine_by_itself(jobs, batch, go, told):
    waiting(jobs, go)
    go.with_suffix(".started").unlink()
    batch.lose_machine(JOB, 50003)
    until(go.with_suffix(".started").exists)
    go.touch()

    assert ended(batch, jobs, JOB).state == "SUCCEEDED"
    until(lambda: told.states() == ["QUEUED", "SCHEDULED", "RUNNING", "SUCCEEDED"])


def test_where_the_task_says_nothing_any_more_the_job_still_says_how_it_ended(jobs, batch, go):
    waiting(jobs, go, ON_SPOT)
    batch.preempt(JOB)
    before = ended(batch, jobs, JOB)
    batch.find(JOB).task.status.status_events = []

    assert before.lost
    assert jobs.status(JOB) == before


def test_a_job_that_ran_over_its_time_is_not_tried_again(jobs, batch, go):
    jobs.submit(JobSpec(JOB, ("wait", str(go)), placement=ON_SPOT._replace(max_seconds=1)))
    status = ended(batch, jobs, JOB)

    assert status.detail.startswith("It ran over its time limit (exit code 50005).")
    assert not status.lost


def test_a_job_that_waits_says_what_for(jobs, batch):
    batch.at_once = 0
    jobs.submit(JobSpec(JOB, ("ok",)))
    batch.hinder(JOB, "Quota 'GPUS_ALL_REGIONS' exceeded.\n Limit: 0.0 globally.")

    assert jobs.status(JOB)[:2] == ("QUEUED", "Quota 'GPUS_ALL_REGIONS' exceeded. Limit: 0.0 globally.")


def test_a_job_that_never_ran_says_what_was_in_the_way(jobs, batch):
    batch.at_once = 0
    jobs.submit(JobSpec(JOB, ("ok",)))
    batch.hinder(JOB, "The zone has no such machine left.")
    batch.find(JOB).job.status.state = 5  # after two days in the queue

    status = jobs.status(JOB)
    assert status.detail.startswith("The job could not be run. The zone has no such machine left.\nIts log:")
    assert not status.lost


def test_a_state_that_nobody_knows_yet_is_kept_as_unknown(jobs, batch):
    batch.at_once = 0
    jobs.submit(JobSpec(JOB, ("ok",)))
    held = batch.find(JOB).job
    type(held).pb(held).status.state = 99

    assert jobs.status(JOB)[:] == ("UNKNOWN", "Batch calls it 99.", False)
    type(held).pb(held).status.state = 1


def test_a_running_job_that_is_cancelled_goes_and_has_not_ended_before(jobs, batch, go, told):
    waiting(jobs, go, what="stubborn")
    jobs.cancel(JOB)

    assert jobs.status(JOB)[:2] == ("UNKNOWN", "It is being cancelled; its machine is being given back.")
    jobs.cancel(JOB)
    assert ended(batch, jobs, JOB)[:] == ("CANCELLED", "Cancelled.", False)
    until(lambda: told.states()[-2:] == ["CANCELLATION_IN_PROGRESS", "CANCELLED"])


def test_a_job_that_ends_while_it_is_being_cancelled_is_left_as_it_is(jobs, batch, go):
    waiting(jobs, go)

    def ends():
        go.touch()
        ended(batch, jobs, JOB)

    batch.before["CancelJob"] = ends
    jobs.cancel(JOB)
    assert jobs.status(JOB).state == "SUCCEEDED"


def test_a_service_that_is_away_is_asked_again_and_told_in_the_end(jobs, batch):
    batch.fail_next(CODE.UNAVAILABLE, "a moment, please")
    assert jobs.status(JOB) is None

    for _ in range(50):
        batch.fail_next(CODE.UNAVAILABLE, "closed")
    with pytest.raises(Unavailable, match=JOB):
        jobs.status(JOB)


def test_who_may_not_submit_is_told_what_to_allow(jobs, batch):
    batch.fail_next(CODE.PERMISSION_DENIED, "permission 'batch.jobs.create' denied")
    with pytest.raises(BadInput, match=r"--role=roles/batch\.jobsEditor"):
        jobs.submit(JobSpec(JOB, ("ok",)))

    batch.fail_next(
        CODE.PERMISSION_DENIED, f"caller does not have iam.serviceAccounts.actAs on {JOB_ACCOUNT}"
    )
    with pytest.raises(BadInput, match=re.escape(f"add-iam-policy-binding {JOB_ACCOUNT}")):
        jobs.submit(JobSpec(JOB, ("ok",)))


def test_a_service_that_was_never_enabled_is_told(jobs, batch):
    why = "Batch API has not been used in project 12345 before or it is disabled."
    batch.fail_next(CODE.PERMISSION_DENIED, why)
    with pytest.raises(BadInput, match=re.escape("gcloud services enable batch.googleapis.com")):
        jobs.status(JOB)
