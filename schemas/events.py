"""Past-tense facts that parts tell one another: frozen, versioned, JSON on the wire.

`parse` reads our own events. What the clouds say (a bucket's notice, Batch's notice) becomes `FileDropped`
and `JobChanged` by the two `from_…` functions. An event holds names, never content.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

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
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

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


class RunRequested(_Fact):
    """Somebody asked for a run, or something of one.

    `train`: a run on a dataset that is prepared, with `settings` as a recipe has them (`{"base_model": …}`,
    dotted or nested). `generate`: answers to a dataset of prompts, by `settings["generate.model"]`.
    `export`, `publish`: more of the run `run_id`, without training: other formats (`{"export": "q8_0"}`), a
    repository. Of these `request_id` names the request: the same one twice is one, and its page is
    `status/requests/<request_id>.md`.
    `retry`: the failed or cancelled stage of the run `run_id` once more, nothing else. `round` says which of
    its rounds was meant (a retry begins the next), so that a late repeat hits no other.
    """

    type: Literal["RunRequested"] = "RunRequested"
    request: Literal["train", "export", "publish", "generate", "retry"]
    run_id: str | None = Field(default=None, description="retry, export, publish: the run.")
    round: int | None = Field(default=None, ge=1, description="retry: left out, whichever round it is.")
    dataset_id: str | None = Field(default=None, description="train, generate: the dataset.")
    request_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="All but retry: a name of your choice.",
    )
    settings: dict[str, Any] = Field(default={}, description="All but retry: settings, as in a recipe.")

    @model_validator(mode="after")
    def _names_what_it_is_about(self) -> Self:
        about = "dataset_id" if self.request in ("train", "generate") else "run_id"
        wanted = ("run_id",) if self.request == "retry" else (about, "request_id")
        missing = [name for name in wanted if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a request to {self.request} names its {' and '.join(missing)}")
        return self

    def means(self, round: int) -> bool:
        """Whether a retry is about this round."""
        return self.round in (None, round)


class RunApproved(_Fact):
    """Somebody said yes to a run that asked for it."""

    type: Literal["RunApproved"] = "RunApproved"
    run_id: str


class CancelRequested(_Fact):
    """Somebody had a second thought: stop this run, and its meter. `round` as in a retry's request."""

    type: Literal["CancelRequested"] = "CancelRequested"
    run_id: str
    round: int | None = Field(default=None, ge=1, description="Left out: whichever round it is.")

    def means(self, round: int) -> bool:
        """Whether it is about this round."""
        return self.round in (None, round)


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
        return _event().validate_json(data)
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


@cache
def _event() -> TypeAdapter[Event]:
    """Built when one of our own events comes: of two functions, the first message is a notice of Google's."""
    return TypeAdapter(Annotated[Event, Field(discriminator="type")])


def dumps(event: Event) -> bytes:
    """The event as it travels: compact JSON in UTF-8."""
    return event.model_dump_json().encode()


def event_id(event: Event) -> str:
    """Follows from the event's content, so a consumer can drop repeats."""
    return names.digest(event.model_dump(mode="json"))


def attributes(event: Event) -> dict[str, str]:
    """What travels beside an event, for Pub/Sub's filters: its type, its id, and what it is about."""
    about = {
        name: getattr(event, name, None) for name in ("state", "stage", "run_id", "drop_id", "dataset_id")
    }
    told = {name: value for name, value in about.items() if value is not None}
    return {"type": event.type, "event_id": event_id(event), **told}


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
