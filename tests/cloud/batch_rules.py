"""What Cloud Batch refuses, as its library's own docstrings and its quota page have it (2026-11).

`complaints(request)` yields one sentence for everything that is wrong with a request for a job. It knows the
machines by itself: a stand-in that asked our own table would find nothing wrong with it.
"""

import re
import uuid
from collections.abc import Iterator

from google.cloud.batch_v1 import types

JOB_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
PARENT = re.compile(r"projects/[a-z0-9-]+/locations/([a-z]+-[a-z]+[0-9]+)")
IMAGE = re.compile(
    r"[a-z0-9][a-z0-9.-]*(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?"
)
TOPIC = re.compile(r"projects/[^/]+/topics/[A-Za-z][\w.~+%-]{2,254}")
SECRET = re.compile(r"projects/[^/]+/secrets/[^/]+/versions/[^/]+")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}"), re.compile(r"[a-z0-9_-]{0,63}")
LARGEST = 1_000_000  # bytes of a job's definition
LEAST_DISK = 30  # GB of the machines' own image
# GiB for each CPU; (CPUs, GiB) for each GPU of the families that are counted so.
BY_CPU = {
    "e2-standard": 4,
    "n2-standard": 4,
    "n2-highmem": 8,
    "c3-standard": 4,
    "g2-standard": 4,
    "g4-standard": 3.75,
}
BY_GPU = {"a2-highgpu": (12, 85), "a2-ultragpu": (12, 170), "a3-highgpu": (26, 234)}
NEVER_STANDARD = ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g")
HYPERDISK_ONLY = ("g4-", "c4-", "n4-")
MODEL = types.AllocationPolicy.ProvisioningModel
NOTICE = types.JobNotification.Type


def complaints(request: types.CreateJobRequest) -> Iterator[str]:
    """Everything that Batch would not take, the first being what it would say."""
    parent = PARENT.fullmatch(request.parent)
    if parent is None:
        yield f"parent {request.parent!r} is not projects/PROJECT/locations/REGION"
    if request.job_id and not JOB_ID.fullmatch(request.job_id):
        yield f"job_id {request.job_id!r} is invalid"
    if request.request_id and not _is_uuid(request.request_id):
        yield f"request_id {request.request_id!r} is not a valid UUID"
    if types.CreateJobRequest.pb(request).ByteSize() > LARGEST:
        yield f"the job's definition is larger than {LARGEST} bytes"
    job = request.job
    if not 0 <= job.priority < 100:
        yield "priority must be in [0, 100)"
    yield from _labels(job.labels)
    yield from _labels(job.allocation_policy.labels)
    yield from _allocation(job, parent[1] if parent else "")
    yield from _notifications(job)
    if len(job.task_groups) != 1:
        yield f"a job has exactly one task group, not {len(job.task_groups)}"
    for group in job.task_groups:
        yield from _task(group.task_spec)
        yield from _fits(group, job)


def _is_uuid(text: str) -> bool:
    try:
        return uuid.UUID(text).int != 0
    except ValueError:
        return False


def _labels(labels: dict[str, str]) -> Iterator[str]:
    key_rule, value_rule = LABEL
    if len(labels) > 64:
        yield "at most 64 labels"
    for key, value in labels.items():
        if not key_rule.fullmatch(key) or not value_rule.fullmatch(value):
            yield f"label {key!r}: {value!r} is invalid"
        if key.startswith(("goog-", "google-")):
            yield f"label {key!r} is reserved"


def _allocation(job: types.Job, region: str) -> Iterator[str]:
    policy = job.allocation_policy
    if len(policy.instances) > 1:
        yield "only one instance policy is supported"
    for place in policy.location.allowed_locations:
        named = re.fullmatch(r"regions/([a-z]+-[a-z]+[0-9]+)|zones/([a-z]+-[a-z]+[0-9]+)-[a-z]", place)
        if named is None:
            yield f"allowed location {place!r} is neither regions/REGION nor zones/ZONE"
        elif (named[1] or named[2]) != region:
            yield f"allowed location {place!r} is not in the job's region {region!r}"
    if "@" not in (policy.service_account.email or "@"):
        yield f"service account {policy.service_account.email!r} is no e-mail address"
    for interface in policy.network.network_interfaces:
        if interface.network and "/networks/" not in interface.network:
            yield f"network {interface.network!r} is no URL of one"
        if interface.subnetwork and "/subnetworks/" not in interface.subnetwork:
            yield f"subnetwork {interface.subnetwork!r} is no URL of one"
    for instance in policy.instances:
        yield from _machine(instance.policy)


def _machine(policy: types.AllocationPolicy.InstancePolicy) -> Iterator[str]:
    name = policy.machine_type
    if name and shape(name) is None:
        yield f"machine type {name!r} does not exist"
    if name in NEVER_STANDARD and policy.provisioning_model in (
        MODEL.STANDARD,
        MODEL.PROVISIONING_MODEL_UNSPECIFIED,
    ):
        yield f"machine type {name} is only lent as SPOT or FLEX_START"
    disk = policy.boot_disk
    if disk.size_gb and disk.size_gb < LEAST_DISK:
        yield f"a boot disk of {disk.size_gb} GB is smaller than its image of {LEAST_DISK} GB"
    persistent = disk.type_.startswith("pd-") or not disk.type_
    if name.startswith(HYPERDISK_ONLY) and persistent:
        yield f"machine type {name} takes no persistent disk, only hyperdisk"


def shape(machine: str) -> tuple[int, float] | None:
    """CPUs and GiB of a machine type; None if there is no such family or size."""
    family, _, size = machine.rpartition("-")
    if family in BY_CPU and size.isdecimal() and int(size) % 2 == 0 and 0 < int(size) <= 384:
        return int(size), int(size) * BY_CPU[family]
    if family in BY_GPU and size in ("1g", "2g", "4g", "8g"):
        cpus, gib = BY_GPU[family]
        return cpus * int(size[0]), gib * int(size[0])
    return None


def _fits(group: types.TaskGroup, job: types.Job) -> Iterator[str]:
    """A task that asks for more than its machine has would wait for ever."""
    if group.task_count < 0 or group.task_count > 100_000:
        yield f"task_count {group.task_count} is out of range"
    wanted, instances = group.task_spec.compute_resource, job.allocation_policy.instances
    found = shape(instances[0].policy.machine_type) if instances else None
    if found is None:
        return
    cpus, gib = found
    if wanted.cpu_milli > cpus * 1000 or wanted.memory_mib > gib * 1024:
        yield (
            f"compute resource of {wanted.cpu_milli} milliCPU and {wanted.memory_mib} MiB is more than "
            f"machine type {instances[0].policy.machine_type} has"
        )


def _task(task: types.TaskSpec) -> Iterator[str]:
    if not task.runnables:
        yield "a task has at least one runnable"
    for runnable in task.runnables:
        if "container" not in runnable and "script" not in runnable and "barrier" not in runnable:
            yield "a runnable is a container, a script or a barrier"
        if "container" in runnable and not IMAGE.fullmatch(runnable.container.image_uri):
            yield f"image {runnable.container.image_uri!r} is no name of an image"
        yield from _environment(runnable.environment)
    yield from _environment(task.environment)
    if not 0 <= task.max_retry_count <= 10:
        yield f"max_retry_count {task.max_retry_count} is not in [0, 10]"
    if len(task.lifecycle_policies) > 1:
        yield "only one lifecycle policy is supported"
    for policy in task.lifecycle_policies:
        if not policy.action or not policy.action_condition.exit_codes:
            yield "a lifecycle policy has an action and exit codes"
    if task.max_run_duration and task.max_run_duration.total_seconds() < 0:
        yield "max_run_duration is negative"


def _environment(environment: types.Environment) -> Iterator[str]:
    for name in (*environment.variables, *environment.secret_variables):
        if not VARIABLE.fullmatch(name):
            yield f"environment variable {name!r} is invalid"
    for name, secret in environment.secret_variables.items():
        if not SECRET.fullmatch(secret):
            yield f"secret {secret!r} of {name} is not projects/P/secrets/S/versions/V"


def _notifications(job: types.Job) -> Iterator[str]:
    for notification in job.notifications:
        message = notification.message
        if not TOPIC.fullmatch(notification.pubsub_topic):
            yield f"topic {notification.pubsub_topic!r} is not projects/PROJECT/topics/TOPIC"
        of_job = message.type_ == NOTICE.JOB_STATE_CHANGED or bool(message.new_job_state)
        of_task = message.type_ == NOTICE.TASK_STATE_CHANGED or bool(message.new_task_state)
        if of_job and of_task:
            yield "a notification is about the job or about its tasks, not both"
