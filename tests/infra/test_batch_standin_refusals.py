"""The stand-in refuses what Cloud Batch refuses, one thing at a time, and takes the job that is changed."""

import uuid

import grpc
import pytest
from google.api_core.exceptions import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from google.cloud.batch_v1 import BatchServiceClient, types
from google.cloud.batch_v1.services.batch_service.transports import BatchServiceGrpcTransport

from infra.gcp.job import build
from infra.ports import JobSpec, Placement
from infra.settings import GoogleSettings
from tests.cloud.batch_rules import complaints
from tests.cloud.batch_world import DIGEST, IMAGES, JOB_ACCOUNT
from tests.conftest import until

PARENT = "projects/jinko-test/locations/us-central1"
TOPIC = "projects/jinko-test/topics/jinko-jobs"
JOB = "r-0123456789abcdef-train-1"
IMAGE = f"{IMAGES}/gpu{DIGEST}"
SETTINGS = GoogleSettings(project="jinko-test", gpu_image=IMAGE, job_account=JOB_ACCOUNT)
ON_A_GPU = Placement("g2-standard-4", spot=False, max_seconds=60, disk_gib=100)
NOTICE = types.JobNotification


@pytest.fixture
def client(batch):
    batch.at_once = 0
    with grpc.insecure_channel(batch.host) as channel:
        yield BatchServiceClient(transport=BatchServiceGrpcTransport(channel=channel))


@pytest.fixture
def job():
    """A job that is taken."""
    return build(JobSpec(JOB, ("ok",), placement=ON_A_GPU), SETTINGS, TOPIC)


def task(job):
    return job.task_groups[0].task_spec


def policy(job):
    return job.allocation_policy.instances[0].policy


CHANGES = {
    "exactly one task group, not 2": lambda job: job.task_groups.append(job.task_groups[0]),
    "exactly one task group, not 0": lambda job: job.task_groups.clear(),
    "only one instance policy": lambda job: job.allocation_policy.instances.append(
        job.allocation_policy.instances[0]
    ),
    "machine type 'g9-standard-4' does not exist": lambda job: setattr(
        policy(job), "machine_type", "g9-standard-4"
    ),
    "machine type 'a2-highgpu-3g' does not exist": lambda job: setattr(
        policy(job), "machine_type", "a2-highgpu-3g"
    ),
    "a3-highgpu-1g is only lent as SPOT": lambda job: setattr(policy(job), "machine_type", "a3-highgpu-1g"),
    "takes no persistent disk": lambda job: setattr(policy(job), "machine_type", "g4-standard-48"),
    "smaller than its image": lambda job: setattr(policy(job).boot_disk, "size_gb", 10),
    "4001 milliCPU": lambda job: setattr(task(job).compute_resource, "cpu_milli", 4001),
    "16385 MiB": lambda job: setattr(task(job).compute_resource, "memory_mib", 16385),
    "'regions/us-west1' is not in the job's region": lambda job: setattr(
        job.allocation_policy.location, "allowed_locations", ["regions/us-west1"]
    ),
    "'zones/us-west1-a' is not in the job's region": lambda job: setattr(
        job.allocation_policy.location, "allowed_locations", ["zones/us-central1-a", "zones/us-west1-a"]
    ),
    "neither regions/REGION nor zones/ZONE": lambda job: setattr(
        job.allocation_policy.location, "allowed_locations", ["us-central1"]
    ),
    "is no e-mail address": lambda job: setattr(job.allocation_policy.service_account, "email", "jinko"),
    "is no URL of one": lambda job: job.allocation_policy.network.network_interfaces.append(
        types.AllocationPolicy.NetworkInterface(network="jinko")
    ),
    "about the job or about its tasks, not both": lambda job: setattr(
        job.notifications[0].message, "new_task_state", types.TaskStatus.State.FAILED
    ),
    "is not projects/PROJECT/topics/TOPIC": lambda job: setattr(
        job.notifications[0], "pubsub_topic", "jinko-jobs"
    ),
    "max_retry_count 11": lambda job: setattr(task(job), "max_retry_count", 11),
    "only one lifecycle policy": lambda job: task(job).lifecycle_policies.append(
        task(job).lifecycle_policies[0]
    ),
    "has an action and exit codes": lambda job: setattr(
        task(job).lifecycle_policies[0].action_condition, "exit_codes", []
    ),
    "at least one runnable": lambda job: task(job).runnables.clear(),
    "is a container, a script or a barrier": lambda job: task(job).runnables.append(types.Runnable()),
    "is no name of an image": lambda job: setattr(
        task(job).runnables[0].container, "image_uri", "https://example.com/Image"
    ),
    "environment variable 'A B'": lambda job: task(job).environment.variables.update({"A B": "x"}),
    "is not projects/P/secrets/S/versions/V": lambda job: task(job).environment.secret_variables.update(
        {"HF_TOKEN": "hf_secret"}
    ),
    "larger than 1000000 bytes": lambda job: task(job).environment.variables.update({"A": "x" * 1_000_000}),
    "label 'Run'": lambda job: job.labels.update({"Run": "x"}),
    "label 'goog-run' is reserved": lambda job: job.allocation_policy.labels.update({"goog-run": "x"}),
    "priority must be in": lambda job: setattr(job, "priority", 100),
}


def test_the_job_that_is_changed_below_is_taken(client, job):
    assert client.create_job(parent=PARENT, job_id=JOB, job=job).uid


@pytest.mark.parametrize(("words", "change"), CHANGES.items(), ids=CHANGES)
def test_what_batch_refuses_is_refused(job, words, change):
    change(job)
    request = types.CreateJobRequest(parent=PARENT, job_id=JOB, job=job)

    assert any(words in complaint for complaint in complaints(request)), list(complaints(request))


@pytest.mark.parametrize("id", ["R-1", "1r", "r_1", "r-", "-r", "r" * 64, "r.1"])
def test_a_job_s_id_has_small_letters_digits_and_dashes(client, job, batch, id):
    with pytest.raises(InvalidArgument, match="job_id"):
        client.create_job(parent=PARENT, job_id=id, job=job)
    assert batch.jobs == {}


@pytest.mark.parametrize("given", ["once", str(uuid.UUID(int=0))])
def test_a_request_s_id_is_a_uuid_that_is_not_zero(job, given):
    request = types.CreateJobRequest(parent=PARENT, job_id=JOB, job=job, request_id=given)
    assert any("not a valid UUID" in complaint for complaint in complaints(request))


def test_the_same_id_is_taken_once_but_the_same_request_is_answered_again(client, job, batch):
    asked = types.CreateJobRequest(parent=PARENT, job_id=JOB, job=job, request_id=str(uuid.uuid4()))
    first = client.create_job(asked)

    assert client.create_job(asked).uid == first.uid
    asked.request_id = str(uuid.uuid4())
    with pytest.raises(AlreadyExists):
        client.create_job(asked)
    assert len(batch.jobs) == 1
    other = "projects/jinko-test/locations/europe-west4"
    job.allocation_policy.location.allowed_locations = ["regions/europe-west4"]
    assert client.create_job(parent=other, job_id=JOB, job=job).uid != first.uid


def test_what_is_not_there_is_not_found(client):
    for ask in (client.get_job, client.cancel_job, client.delete_job):
        with pytest.raises(NotFound):
            ask(name=f"{PARENT}/jobs/{JOB}")
    with pytest.raises(NotFound):
        client.get_task(name=f"{PARENT}/jobs/{JOB}/taskGroups/group0/tasks/0")


def test_a_job_that_has_ended_cannot_be_cancelled(client, job, batch):
    client.create_job(parent=PARENT, job_id=JOB, job=job)
    batch.at_once = 1
    until(lambda: batch.find(JOB).over)

    with pytest.raises(FailedPrecondition, match="SUCCEEDED already"):
        client.cancel_job(name=f"{PARENT}/jobs/{JOB}")
