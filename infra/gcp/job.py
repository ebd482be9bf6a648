"""What Cloud Batch is asked for: one job, one task, one container, on one machine of our table.

`build` is a pure function of what was asked and of the settings; what Batch would refuse, it refuses first,
in words. Importing this imports Batch's types, so it is imported when a first job is submitted.

Three things that Batch leaves to chance if they are not said: a task gets 2 CPUs and 2000 MiB of whatever
machine it is on, docker gives 64 MB of shared memory (torch's workers die of that), and logs are not kept.
Who tries again, and how often, is told in docs/decisions/0011-batch.md.
"""

import re
from datetime import timedelta
from typing import Final

from google.cloud.batch_v1 import types

from infra.gcp.machines import CPU_MACHINE, boot_disk_type, lent
from infra.ports import JobSpec, Machine, Placement
from infra.settings import QUIET, GoogleSettings
from schemas import names
from schemas.errors import BadInput, Fault

# Of a job that says nothing of its own: an export or a preparation, which none has a clock for.
UNPLACED: Final = Placement(machine=CPU_MACHINE, spot=False, max_seconds=24 * 3600, disk_gib=200)
LONGEST_SECONDS: Final = 14 * 24 * 3600  # Batch's own limit; it fails a job that runs longer
LARGEST: Final = 1_000_000  # bytes of a job's definition
LEAST_DISK_GIB: Final = 50  # the machine's own system, and the container's image unpacked
MACHINE_LOST: Final = (50001, 50002, 50003, 50006)  # taken back, silent, restarted, replaced
RETRIES: Final = 2  # by Batch itself, of a job without a clock

JOB_ID: Final = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
BY_DIGEST: Final = re.compile(r"[a-z0-9][\w.:/-]*@sha256:[0-9a-f]{64}")
ACCOUNT: Final = re.compile(r"[^@\s]+@[^@\s]+")
REGION: Final = re.compile(r"[a-z]+(-[a-z]+)+[0-9]+")
VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET: Final = re.compile(r"projects/[^/]+/secrets/[^/]+/versions/[^/]+")


def build(job: JobSpec, settings: GoogleSettings, topic: str) -> types.Job:
    """The job as Batch takes it. `topic` (`projects/P/topics/T`) hears of every change of its state.

    Raises BadInput for what Batch would refuse: an image without a digest, a machine that is not in the
    table or not lent that way, a secret that is no version of one.
    """
    _legal("job", job.id, JOB_ID, "A job's id has small letters, digits and dashes, at most 63.")
    placement = job.placement or UNPLACED
    machine = lent(placement.machine, placement.spot)
    variable, account = _account(job, settings)
    _given(variable, account)
    _legal(variable, account, ACCOUNT, "A service account is an e-mail address.")
    _legal("JINKO_REGION", settings.region, REGION, "A region is named as us-central1 is, without a zone.")
    changed = types.JobNotification.Message(type_=types.JobNotification.Type.JOB_STATE_CHANGED)
    built = types.Job(
        task_groups=[
            types.TaskGroup(task_spec=_task(job, settings, machine), task_count=1, task_count_per_node=1)
        ],
        allocation_policy=_allocation(job, settings, machine, placement),
        labels=labels(job.id),
        logs_policy=types.LogsPolicy(destination=types.LogsPolicy.Destination.CLOUD_LOGGING),
        notifications=[types.JobNotification(pubsub_topic=topic, message=changed)],
    )
    if types.Job.pb(built).ByteSize() > LARGEST:
        finding, step = "Its arguments and its environment are larger than Batch takes.", "Shorten them."
        raise BadInput(Fault(place=job.id, finding=finding, next_step=step))
    return built


def _account(job: JobSpec, settings: GoogleSettings) -> tuple[str, str]:
    """As whom the job works, and the variable that says so: its role's own account, else that of all jobs."""
    own = {"worker": settings.worker_account, "publisher": settings.publisher_account}.get(job.role)
    return (f"JINKO_{job.role.upper()}_ACCOUNT", own) if own else ("JINKO_JOB_ACCOUNT", settings.job_account)


def labels(job: str) -> dict[str, str]:
    """What the bill and the logs are told by: which run (or drop) a job is of, which stage and attempt."""
    run, drop = names.parse_job_id(job), names.parse_prepare_job_id(job)
    if run:
        return {"jinko-run": run[0], "jinko-stage": run[1], "jinko-attempt": str(run[2])}
    if drop:
        return {"jinko-drop": drop[0], "jinko-stage": "prepare", "jinko-attempt": str(drop[1])}
    return {"jinko-job": job}


def _task(job: JobSpec, settings: GoogleSettings, machine: Machine) -> types.TaskSpec:
    retry = types.LifecyclePolicy(
        action=types.LifecyclePolicy.Action.RETRY_TASK,
        action_condition=types.LifecyclePolicy.ActionCondition(exit_codes=MACHINE_LOST),
    )
    seconds = (job.placement or UNPLACED).max_seconds
    return types.TaskSpec(
        runnables=[_container(job, settings, machine)],
        compute_resource=types.ComputeResource(
            cpu_milli=machine.cpus * 1000, memory_mib=int(machine.memory_gib * 1024)
        ),
        max_run_duration=timedelta(seconds=min(max(1, seconds), LONGEST_SECONDS)),
        # A placed job's seconds are counted and paid for: only we may begin its next attempt.
        max_retry_count=0 if job.placement else RETRIES,
        lifecycle_policies=[retry],
        environment=_environment(job, settings),
    )


def _container(job: JobSpec, settings: GoogleSettings, machine: Machine) -> types.Runnable:
    variable, image = ("JINKO_CPU_IMAGE", settings.cpu_image)
    if machine.gpus:
        variable, image = ("JINKO_GPU_IMAGE", settings.gpu_image)
    _given(variable, image)
    _legal(variable, image, BY_DIGEST, "A container is named by its digest: …/image@sha256:….")
    shared = f"--shm-size={max(1, int(machine.memory_gib / 2))}g" if machine.gpus else ""
    container = types.Runnable.Container(
        image_uri=image, entrypoint="python", commands=["-m", job.program, *job.arguments], options=shared
    )
    return types.Runnable(container=container, display_name="jinko")


def _environment(job: JobSpec, settings: GoogleSettings) -> types.Environment:
    """The settings of this project, so that the job finds its buckets; tokens by the names of secrets.

    A publisher gets the token that may write, the others the one that may read; the rest is a trainer's.
    """
    given = job.environment
    for name in given:
        _legal("environment", name, VARIABLE, "A variable's name has letters, digits and underscores.")
    publishes = job.role == "publisher"
    secrets = {"HF_TOKEN": settings.hf_write_secret if publishes else settings.hf_secret}
    if job.role == "trainer":
        secrets |= {"WANDB_API_KEY": settings.wandb_secret, "JINKO_GRADER_KEY": settings.grader_secret}
    told = {name: version for name, version in secrets.items() if version}
    for name, version in told.items():
        _legal(name, version, SECRET, "A secret is named as projects/P/secrets/S/versions/V.")
    return types.Environment(
        variables={**QUIET, "JINKO_GROUND": "gcp", **settings.environment(), **given}, secret_variables=told
    )


def _allocation(
    job: JobSpec, settings: GoogleSettings, machine: Machine, placement: Placement
) -> types.AllocationPolicy:
    model = types.AllocationPolicy.ProvisioningModel
    policy = types.AllocationPolicy.InstancePolicy(
        machine_type=machine.name,
        provisioning_model=model.SPOT if placement.spot else model.STANDARD,
        boot_disk=types.AllocationPolicy.Disk(
            type_=boot_disk_type(machine.name), size_gb=max(placement.disk_gib, LEAST_DISK_GIB)
        ),
    )
    instance = types.AllocationPolicy.InstancePolicyOrTemplate(
        policy=policy, install_gpu_drivers=machine.gpus > 0, block_project_ssh_keys=True
    )
    region = types.AllocationPolicy.LocationPolicy(allowed_locations=[f"regions/{settings.region}"])
    return types.AllocationPolicy(
        location=region,
        instances=[instance],
        service_account=types.ServiceAccount(email=_account(job, settings)[1]),
        labels=labels(job.id),
        network=_network(settings),
    )


def _network(settings: GoogleSettings) -> types.AllocationPolicy.NetworkPolicy | None:
    """The network that the settings name, without an address on the internet; None: Google's default."""
    if not settings.network and not settings.subnetwork:
        return None
    interface = types.AllocationPolicy.NetworkInterface(
        network=_full(settings.network, "global/networks"),
        subnetwork=_full(settings.subnetwork, f"regions/{settings.region}/subnetworks"),
        no_external_ip_address=True,
    )
    return types.AllocationPolicy.NetworkPolicy(network_interfaces=[interface])


def _full(name: str, below: str) -> str:
    """A bare name with its place before it; anything longer as it is."""
    return f"{below}/{name}" if name and "/" not in name else name


def _given(variable: str, value: str) -> None:
    if not value:
        finding = "It is not set, and without it no job can start on Google Cloud."
        step = "Set it, as the installation does (infra/settings.py has the table), and try again."
        raise BadInput(Fault(place=variable, finding=finding, next_step=step))


def _legal(place: str, value: str, pattern: re.Pattern[str], rule: str) -> None:
    if not pattern.fullmatch(value):
        raise BadInput(Fault(place=place, finding=f"Batch does not take {value!r}.", next_step=rule))
