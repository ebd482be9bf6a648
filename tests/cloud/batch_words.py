"""The events that Cloud Batch keeps of a job and of its task, in the words of its page on failures."""

from datetime import UTC, datetime

from google.cloud.batch_v1 import types

WHY = {
    50001: "due to Spot Preemption",
    50002: "due to Batch no longer receives VM updates",
    50003: "due to VM is rebooted during task execution",
    50004: "due to tasks cannot be canceled",
    50005: "due to task runs over the maximum runtime",
    50006: "due to VM is recreated during task execution",
}
MACHINE = "zones/us-central1-a/instances/1234567890"


def job_event(description: str, kind: str = "STATUS_CHANGED") -> types.StatusEvent:
    """Something that happened to a job."""
    return types.StatusEvent(type_=kind, description=description, event_time=datetime.now(UTC))


def task_event(old: types.TaskStatus.State, new: types.TaskStatus.State, code: int) -> types.StatusEvent:
    """A task's move; with the exit code where it failed."""
    said = f"Task state is updated from {old.name} to {new.name} on {MACHINE}"
    execution = None
    if code:
        said = " ".join((said, WHY.get(code, ""), f"with exit code {code}.")).replace("  ", " ")
        execution = types.TaskExecution(exit_code=code)
    return types.StatusEvent(
        type_="STATUS_CHANGED",
        description=said,
        event_time=datetime.now(UTC),
        task_execution=execution,
        task_state=new,
    )
