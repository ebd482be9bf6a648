"""Past-tense facts that parts tell one another: frozen, versioned, JSON on the wire.

`parse` reads our own events. What the clouds say (a bucket's notice, Batch's notice) becomes `FileDropped`
and `JobChanged` by the two `from_…` functions. An event holds names, never content.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas import names
from schemas.errors import BadInput, Fault
from schemas.names import Stage

# Cloud Batch's job states (batch_v1 JobStatus.State); a state we do not know is kept as UNKNOWN.
JobState = Literal["QUEUED", "SCHEDULED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED", "UNKNOWN"]
JOB_ENDED: Final[frozenset[str]] = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
RunState = Literal[
    "asked",
    "waiting",
    "ordered",
    "submitted",
    "running",
    "succeeded",
    "failed",
    "cancelled",
    "lapsed",
    "deleted",
]
Topic = Literal["drops", "datasets", "requests", "jobs", "runs"]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1


class FileDropped(_Fact):
    """An object of the inbox was finished. `md5` is base64, as Cloud Storage gives it; None if composite."""

    type: Literal["FileDropped"] = "FileDropped"
    bucket: str
    name: str
    generation: int = Field(ge=1)
    size: int = Field(ge=0, description="Bytes.")
    md5: str | None = None
    metadata: dict[str, str] = {}


class DatasetReady(_Fact):
    """A drop has its dataset: the manifest is written."""

    type: Literal["DatasetReady"] = "DatasetReady"
    drop_id: str
    dataset_id: str


class JobChanged(_Fact):
    """A job may have changed its state. Notices come late, twice and out of order: ask the scheduler."""

    type: Literal["JobChanged"] = "JobChanged"
    job_id: str
    state: JobState


class RunChanged(_Fact):
    """A run moved; for integrators. The same move is always told by the same event."""

    type: Literal["RunChanged"] = "RunChanged"
    run_id: str
    dataset_id: str
    drop_id: str
    state: RunState
    stage: Stage
    attempt: int = Field(ge=1)


class _OfARound(_Fact):
    """`round` says which of a run's rounds was meant (a retry begins the next): late repeats hit no other."""

    run_id: str
    round: int | None = Field(default=None, ge=1, description="Left out: whichever round it is.")

    def means(self, round: int) -> bool:
        """Whether the request is about this round."""
        return self.round in (None, round)


class RunRequested(_OfARound):
    """Somebody asked something of a run. `retry`: its failed or cancelled stage once more, nothing else."""

    type: Literal["RunRequested"] = "RunRequested"
    request: Literal["retry"]


class RunApproved(_Fact):
    """Somebody said yes to a run that asked for it."""

    type: Literal["RunApproved"] = "RunApproved"
    run_id: str


class CancelRequested(_OfARound):
    """Somebody had a second thought: stop this run, and its meter."""

    type: Literal["CancelRequested"] = "CancelRequested"


class DeleteRequested(_Fact):
    """Somebody wants a run's or a dataset's files gone."""

    type: Literal["DeleteRequested"] = "DeleteRequested"
    what: Literal["run", "dataset"]
    id: str


class Swept(_Fact):
    """A scheduler's tick: look after everything that has not ended. `at` is the tick's own time."""

    type: Literal["Swept"] = "Swept"
    at: datetime


Request = RunRequested | RunApproved | CancelRequested | DeleteRequested
Event = FileDropped | DatasetReady | JobChanged | RunChanged | Request | Swept
_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="type")])

TOPIC_OF: Final[Mapping[str, Topic]] = {
    "FileDropped": "drops",
    "DatasetReady": "datasets",
    "JobChanged": "jobs",
    "RunChanged": "runs",
    "RunRequested": "requests",
    "RunApproved": "requests",
    "CancelRequested": "requests",
    "DeleteRequested": "requests",
    "Swept": "jobs",
}


def parse(data: bytes | str) -> Event:
    """Read one of our events. Raises BadInput on anything else, an unknown type or a later version."""
    try:
        return _EVENT.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"])) or "event"
        raise BadInput(
            Fault(
                place=f"message, {at}",
                finding=f"This is not an event of Jinko: {first['msg']}.",
                next_step="The events and their JSON Schemas are in schemas/json/.",
            )
        ) from error


def dumps(event: Event) -> bytes:
    """The event as it travels: compact JSON in UTF-8."""
    return event.model_dump_json().encode()


def event_id(event: Event) -> str:
    """Follows from the event's content, so a consumer can drop repeats."""
    return names.digest(event.model_dump(mode="json"))


def from_object(resource: Mapping[str, Any]) -> FileDropped:
    """A bucket's OBJECT_FINALIZE notice, whose data is the object resource (numbers are strings there)."""
    return FileDropped(
        bucket=str(resource["bucket"]),
        name=str(resource["name"]),
        generation=int(resource["generation"]),
        size=int(resource.get("size", 0)),
        md5=resource.get("md5Hash"),
        metadata=dict(resource.get("metadata") or {}),
    )


def from_batch(attributes: Mapping[str, str]) -> JobChanged | None:
    """Batch's JOB_STATE_CHANGED notice, which speaks in attributes only; None for its other notices."""
    if attributes.get("Type") != "JOB_STATE_CHANGED" or "JobName" not in attributes:
        return None
    told = attributes.get("NewJobState", "")
    state: JobState = next((s for s in get_args(JobState) if s == told), "UNKNOWN")
    return JobChanged(job_id=attributes["JobName"].rsplit("/", 1)[-1], state=state)
