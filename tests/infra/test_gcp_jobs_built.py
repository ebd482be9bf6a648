"""The job that Batch is asked for, against Batch's own types and what it refuses."""

import itertools

import pytest
from google.cloud.batch_v1 import types

from infra.gcp.job import UNPLACED, build
from infra.gcp.machines import MACHINES
from infra.ports import JobSpec, Placement
from infra.settings import GoogleSettings
from schemas import names
from schemas.errors import BadInput
from tests.cloud.batch_rules import complaints
from tests.cloud.batch_world import DIGEST, IMAGES, JOB_ACCOUNT

JOB = names.job_id("0123456789abcdef", "train", 2)
TOPIC = "projects/jinko-test/topics/jinko-jobs"
ON_A_GPU = Placement("g2-standard-8", spot=False, max_seconds=5400, disk_gib=250)
SETTINGS = GoogleSettings(
    project="jinko-test",
    inbox="in",
    outbox="out",
    gpu_image=f"{IMAGES}/gpu{DIGEST}",
    cpu_image=f"{IMAGES}/cpu{DIGEST}",
    job_account=JOB_ACCOUNT,
)
MODEL = types.AllocationPolicy.ProvisioningModel


def built(spec=JobSpec(JOB, ("--run", "x"), placement=ON_A_GPU), **settings):  # noqa: B008 (a tuple, never changed)
    return build(spec, SETTINGS.model_copy(update=settings), TOPIC)


def task(job):
    return job.task_groups[0].task_spec


def instance(job):
    return job.allocation_policy.instances[0]


def refused_by_batch(job, id=JOB):
    request = types.CreateJobRequest(parent="projects/jinko-test/locations/us-central1", job_id=id, job=job)
    return list(complaints(request))


PLACED = [
    Placement(one.name, spot, max_seconds=3600, disk_gib=100)
    for one, spot in itertools.product(MACHINES, (False, True))
    if (one.spot_usd if spot else one.usd) is not None
]


@pytest.mark.parametrize("placement", [None, *PLACED], ids=str)
def test_batch_takes_every_job_that_can_be_built(placement):
    settings = {"network": "jinko", "subnetwork": "jinko", "hf_secret": "projects/p/secrets/hf/versions/3"}
    assert refused_by_batch(built(JobSpec(JOB, ("a",), placement=placement), **settings)) == []


def test_one_task_has_the_whole_machine():
    job = built()

    assert (len(job.task_groups), job.task_groups[0].task_count) == (1, 1)
    assert job.task_groups[0].task_count_per_node == 1
    assert (task(job).compute_resource.cpu_milli, task(job).compute_resource.memory_mib) == (8000, 32768)


def test_a_gpu_gets_its_image_its_drivers_and_shared_memory():
    container = task(built()).runnables[0].container

    assert container.image_uri == SETTINGS.gpu_image
    assert [container.entrypoint, *container.commands] == ["python", "-m", "gpu_batch", "--run", "x"]
    assert container.options == "--shm-size=16g"
    assert instance(built()).install_gpu_drivers


def test_a_job_that_is_not_placed_runs_without_a_gpu_for_a_day_at_most():
    job = built(JobSpec("p-0123456789abcdef-1", ("--drop", "x"), program="functions.on_upload.job"))
    container = task(job).runnables[0].container

    assert container.image_uri == SETTINGS.cpu_image
    assert list(container.commands) == ["-m", "functions.on_upload.job", "--drop", "x"]
    assert container.options == ""
    assert instance(job).policy.machine_type == UNPLACED.machine
    assert not instance(job).install_gpu_drivers
    assert task(job).max_run_duration.total_seconds() == 24 * 3600


def test_a_placement_is_followed():
    policy = instance(built()).policy
    assert (policy.machine_type, policy.provisioning_model) == ("g2-standard-8", MODEL.STANDARD)
    assert (policy.boot_disk.size_gb, policy.boot_disk.type_) == (250, "pd-balanced")
    assert task(built()).max_run_duration.total_seconds() == 5400

    spot = built(JobSpec(JOB, (), placement=Placement("a3-highgpu-1g", True, 60, 10)))
    assert instance(spot).policy.provisioning_model == MODEL.SPOT
    assert instance(spot).policy.boot_disk.size_gb == 50  # the system and the image need as much


def test_only_jobs_without_a_clock_are_tried_again_by_batch_and_only_where_the_machine_was_lost():
    placed, unplaced = task(built()), task(built(JobSpec(JOB, ())))

    assert (placed.max_retry_count, unplaced.max_retry_count) == (0, 2)
    policy = unplaced.lifecycle_policies[0]
    assert policy.action == types.LifecyclePolicy.Action.RETRY_TASK
    assert list(policy.action_condition.exit_codes) == [50001, 50002, 50003, 50006]


def test_a_job_finds_its_project_and_gets_tokens_by_the_names_of_secrets():
    secret = "projects/jinko-test/secrets/hf-read/versions/4"
    environment = task(built(JobSpec(JOB, (), {"GIVEN": "ü"}), hf_secret=secret)).environment

    assert environment.variables["JINKO_GROUND"] == "gcp"
    assert environment.variables["JINKO_PROJECT"] == "jinko-test"
    assert environment.variables["JINKO_OUTBOX"] == "out"
    assert environment.variables["DO_NOT_TRACK"] == "1"
    assert environment.variables["GIVEN"] == "ü"
    assert dict(environment.secret_variables) == {"HF_TOKEN": secret}


def test_the_bill_and_the_logs_say_which_run_a_job_is_of():
    assert dict(built().labels) == {
        "jinko-run": "0123456789abcdef",
        "jinko-stage": "train",
        "jinko-attempt": "2",
    }
    assert dict(built().allocation_policy.labels) == dict(built().labels)
    prepares = built(JobSpec(names.prepare_job_id("0123456789abcdef", 1), ()))
    assert prepares.labels["jinko-drop"] == "0123456789abcdef"
    assert prepares.labels["jinko-stage"] == "prepare"


def test_every_change_of_state_is_told_and_the_logs_are_kept():
    (notification,) = built().notifications

    assert notification.pubsub_topic == TOPIC
    assert notification.message.type_ == types.JobNotification.Type.JOB_STATE_CHANGED
    assert not notification.message.new_job_state
    assert built().logs_policy.destination == types.LogsPolicy.Destination.CLOUD_LOGGING


def test_a_network_that_is_named_gives_no_address_on_the_internet():
    assert not built().allocation_policy.network.network_interfaces
    (interface,) = built(network="jinko", subnetwork="inside").allocation_policy.network.network_interfaces

    assert interface.network == "global/networks/jinko"
    assert interface.subnetwork == "regions/us-central1/subnetworks/inside"
    assert interface.no_external_ip_address


def test_who_a_job_runs_as_and_where():
    policy = built(region="europe-west4").allocation_policy

    assert policy.service_account.email == JOB_ACCOUNT
    assert list(policy.location.allowed_locations) == ["regions/europe-west4"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"gpu_image": f"{IMAGES}/gpu:latest"}, r"JINKO_GPU_IMAGE: Batch does not take .*gpu:latest.*digest"),
        ({"gpu_image": ""}, "JINKO_GPU_IMAGE: It is not set"),
        ({"job_account": ""}, "JINKO_JOB_ACCOUNT: It is not set"),
        ({"job_account": "jinko"}, "JINKO_JOB_ACCOUNT: Batch does not take 'jinko'.*e-mail"),
        ({"region": "us-central1-a"}, "JINKO_REGION: .*without a zone"),
        ({"hf_secret": "hf_abcdef"}, "HF_TOKEN: .*projects/P/secrets/S/versions/V"),
    ],
)
def test_settings_with_which_no_job_can_start_are_told(settings, words):
    with pytest.raises(BadInput, match=words):
        built(**settings)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (JobSpec("R_1", ()), "job: Batch does not take 'R_1'"),
        (JobSpec("r-", ()), "Batch does not take"),
        (JobSpec("r" * 64, ()), "at most 63"),
        (JobSpec(JOB, (), {"A B": "c"}), "environment: Batch does not take 'A B'"),
        (JobSpec(JOB, ("x" * 1_000_001,)), "larger than Batch takes"),
        (JobSpec(JOB, (), placement=Placement("g5", False, 1, 1)), "no machine 'g5'"),
        (JobSpec(JOB, (), placement=Placement("a3-highgpu-1g", False, 1, 1)), "lent as Spot only"),
        (JobSpec(JOB, (), placement=Placement("g4-standard-48", True, 1, 1)), "not offered as Spot"),
    ],
    ids=lambda value: value.id[:9] if isinstance(value, JobSpec) else "",
)
def test_a_job_that_batch_would_refuse_is_refused_in_words(job, words):
    with pytest.raises(BadInput, match=words):
        built(job)
