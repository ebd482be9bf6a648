"""What Cloud Batch says of a job, in our words: its state, why it failed, whether another attempt may help.

Pure functions of Batch's own messages; nothing is imported of Google's. A state that we do not know, and the
two in which a job is being cancelled or deleted, are UNKNOWN: it has not ended, since its machine may still
be writing, and it is not to be called running, since it may never have run.
"""

import re
from typing import TYPE_CHECKING, Final, get_args

from infra.ports import JobStatus
from schemas.events import JobState

if TYPE_CHECKING:
    from google.cloud.batch_v1.types import Job, Task

GOING: Final = {
    "CANCELLATION_IN_PROGRESS": "It is being cancelled; its machine is being given back.",
    "DELETION_IN_PROGRESS": "It is being deleted; its machine is being given back.",
}
CANCELLED: Final = "Cancelled."

# Batch's own codes, and those of a container that say more than their number.
ENDINGS: Final = {
    75: "Something outside did not answer, so the container gave up",
    125: "Docker could not run the container, or went away with its machine",
    137: "The container was killed, most often because the machine's memory was full",
    143: "The container was asked to stop, as when a machine is taken back",
    50000: "The job failed, and Batch does not say why",
    50001: "The Spot machine was taken back",
    50002: "The machine did not report any more",
    50003: "The machine was restarted",
    50004: "The machine did not answer any more",
    50005: "It ran over its time limit",
    50006: "The machine was replaced",
}
# No mistake of the job's own. Nor is 143: a job that we cancel is CANCELLED, so it was the machine's end that
# stopped the container. 137 is left out: memory that was full will be full again.
LOST: Final = frozenset({75, 143, 50001, 50002, 50003, 50004, 50006})
DOCKER: Final = 125  # on a Spot machine also what is left of being taken back, as others have met
MOVED: Final = "STATUS_CHANGED"  # the type of the events that tell of a new state, and of nothing else
EXIT_CODE: Final = re.compile(r"exit code (\d+)")
LOG_LINES: Final = 50


def status_of(job: "Job", task: "Task | None") -> JobStatus:
    """The status of a job; `task` is asked for its exit code where the job has failed."""
    name = state_name(job)
    state: JobState = next((known for known in get_args(JobState) if known == name), "UNKNOWN")
    if state == "FAILED":
        code = _exit_code(job, task)
        return JobStatus(state, _why(job, code), code in LOST or (code == DOCKER and _on_spot(job)))
    if state == "CANCELLED":
        return JobStatus(state, CANCELLED)
    if state in ("QUEUED", "SCHEDULED"):
        return JobStatus(state, _obstacle(job))
    return JobStatus(state, GOING.get(name, "" if state != "UNKNOWN" else f"Batch calls it {name}."))


def state_name(job: "Job") -> str:
    """Batch's own name of the state; of one that its library does not know, the number."""
    raw = type(job).pb(job).status
    field = raw.DESCRIPTOR.fields_by_name["state"]
    known = field.enum_type.values_by_number.get(raw.state)
    return str(known.name) if known else str(raw.state)


def _on_spot(job: "Job") -> bool:
    return any(it.policy.provisioning_model.name == "SPOT" for it in job.allocation_policy.instances)


def _exit_code(job: "Job", task: "Task | None") -> int | None:
    """Of the task's last failure; else the one that the job's own events speak of. None: it never ran."""
    codes = [event.task_execution.exit_code for event in task.status.status_events] if task else []
    codes = [code for code in codes if code]
    told = [int(code) for event in job.status.status_events for code in EXIT_CODE.findall(event.description)]
    return next(iter(reversed(codes or told)), None)


def _why(job: "Job", code: int | None) -> str:
    """One sentence, and where to read more."""
    if code is None:
        sentence = f"The job could not be run. {_obstacle(job)}".strip()
    elif code in ENDINGS:
        sentence = f"{ENDINGS[code]} (exit code {code})."
    else:
        sentence = f"The container ended with exit code {code}."
    return f"{sentence}\nIts log: {log_command(job)}"


def _obstacle(job: "Job") -> str:
    """What a job that waits is told to wait for: a quota, a machine that is sold out; empty if nothing."""
    told = [event.description for event in job.status.status_events if event.type_ != MOVED]
    return " ".join(told[-1].split()) if told else ""


def log_command(job: "Job") -> str:
    """What to type to read the end of a job's log. Google keeps it for 30 days."""
    project = job.name.split("/")[1]
    wanted = f'labels.job_uid="{job.uid}"'
    shown = f"--freshness=30d --limit={LOG_LINES} --format='value(textPayload)'"
    return f"gcloud logging read '{wanted}' --project={project} {shown}"
