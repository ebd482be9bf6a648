"""What tests of the Batch stand-in share: jobs that are changed before they are submitted. No tests here."""

from datetime import timedelta

from google.cloud.batch_v1 import types

from infra.gcp.job import build
from infra.ports import JobSpec, Placement
from tests.conftest import until

PARENT = "projects/jinko-test/locations/us-central1"
TOPIC = "projects/jinko-test/topics/jinko-jobs"
JOB, OTHER = "r-0123456789abcdef-train-1", "r-0123456789abcdef-train-2"
NAME = f"{PARENT}/jobs/{JOB}"
ON_SPOT = Placement("g2-standard-4", spot=True, max_seconds=3600, disk_gib=100)
STATE, TASK = types.JobStatus.State, types.TaskStatus.State


def submit(client, google, *arguments, id=JOB, placement=ON_SPOT, change=lambda job: None):
    """Create a job of these arguments, changed by `change` first."""
    job = build(JobSpec(id, arguments, placement=placement), google, TOPIC)
    change(job)
    return client.create_job(parent=PARENT, job_id=id, job=job)


def retrying(count, *codes):
    """A change: Batch itself tries again, after these codes (none: after all)."""

    def change(job):
        task = job.task_groups[0].task_spec
        task.max_retry_count = count
        if codes:
            task.lifecycle_policies[0].action_condition.exit_codes = codes
        else:
            task.lifecycle_policies = []

    return change


def running(code):
    """A change: run this Python instead."""

    def change(job):
        container = job.task_groups[0].task_spec.runnables[0].container
        container.commands = ["-c", code, *container.commands[2:]]

    return change


def over(client, id=JOB):
    """The job, once it has ended."""
    ends = (STATE.SUCCEEDED, STATE.FAILED, STATE.CANCELLED)
    until(lambda: client.get_job(name=f"{PARENT}/jobs/{id}").status.state in ends)
    return client.get_job(name=f"{PARENT}/jobs/{id}")


def exits(client):
    """The exit codes in the task's events."""
    task = client.get_task(name=f"{NAME}/taskGroups/group0/tasks/0")
    return [event.task_execution.exit_code for event in task.status.status_events if event.task_execution]


def at_most(seconds):
    """A change: it may run for so long."""

    def change(job):
        job.task_groups[0].task_spec.max_run_duration = timedelta(seconds=seconds)

    return change
