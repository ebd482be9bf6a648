"""What is remembered about drops, datasets and runs, and the only moves each may make.

A record lives in the State under its id. A move is a compare-and-set through `infra.ledger`; a move that the
table does not allow is refused, not overwritten. The manifest and the order in the store are the truth, these
are the index over them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Fault
from schemas.events import RunChanged, RunState
from schemas.layers import Layer
from schemas.names import Stage
from schemas.orders import BasePin
from schemas.sources import Source

RecordKind = Literal["drops", "datasets", "runs", "fingerprints", "progress", "slots"]


def now() -> datetime:
    """This moment, UTC, to the millisecond (what every database keeps)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Record(BaseModel):
    """What every record has. `moves` maps a state to the states it may become."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    kind: ClassVar[RecordKind]
    moves: ClassVar[Mapping[str, frozenset[str]]] = {}

    id: str
    state: str
    created: datetime = Field(default_factory=now)

    def moved(self, state: str | None = None, **changes: Any) -> Self:
        """A copy in the next state. Raises ValueError for a move that the table does not allow."""
        if state is not None and state not in self.moves.get(self.state, frozenset()):
            raise ValueError(f"{self.kind}/{self.id}: {self.state} → {state} is not a move")
        data = self.model_dump() | changes | ({"state": state} if state else {})
        return type(self).model_validate(data)


class DropRecord(Record):
    """One generation of one object that a person dropped.

    Created before anything else happens, it pins what shapes the answer: the layers of settings as they were
    read, the data a recipe named, and the base model once it was found. `received` → `prepared` → `started`,
    or `refused`; a drop that asks something of a run (`cancel/<run>`) goes from `received` to `started`.
    """

    kind: ClassVar[RecordKind] = "drops"
    moves: ClassVar[Mapping[str, frozenset[str]]] = {
        "received": frozenset({"preparing", "prepared", "started", "refused"}),
        "preparing": frozenset({"preparing", "prepared", "refused"}),
        "prepared": frozenset({"started", "refused"}),
    }
    state: Literal["received", "preparing", "prepared", "started", "refused"] = "received"
    bucket: str
    name: str
    generation: int
    size: int
    md5: str | None
    layers: tuple[Layer, ...] = ()
    faults: tuple[Fault, ...] = ()
    source: Source | None = Field(
        default=None, description="The data as it was found: itself, or what it named."
    )
    dataset_id: str | None = None
    base: BasePin | None = None
    run_id: str | None = None
    round: int | None = Field(
        default=None, description="Of a drop that asks something of a run: the round the run was in."
    )
    job: int | None = Field(
        default=None, description="The attempt at preparing by a job, where the file is too big."
    )
    waiting: str | None = Field(default=None, description="Why the last delivery is being tried again.")
    swept: datetime | None = Field(default=None, description="When the sweep last told of it again.")


class DatasetRecord(Record):
    """The index entry over one `dataset.json`; once deleted, its tombstone, until it is prepared anew."""

    kind: ClassVar[RecordKind] = "datasets"
    moves: ClassVar[Mapping[str, frozenset[str]]] = {
        "ready": frozenset({"deleted"}),
        "deleted": frozenset({"ready"}),
    }
    state: Literal["ready", "deleted"] = "ready"
    source: str
    rows: int
    attempt: str = Field(description="The try whose shards the manifest names.")


class RunRecord(Record):
    """One training run: its stage, its attempt, and how it ended.

    `asked` waits for a yes, `waiting` for a place among the active runs. `ordered` is to be submitted (or
    failed, where its money is used up); a stage that succeeds orders the next, an attempt that was lost
    orders another. A retry waits for its place again.
    """

    kind: ClassVar[RecordKind] = "runs"
    moves: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"waiting", "cancelled", "lapsed"}),
        "waiting": frozenset({"ordered", "cancelled"}),
        "ordered": frozenset({"submitted", "failed", "cancelled"}),
        "submitted": frozenset({"running", "ordered", "succeeded", "failed", "cancelled"}),
        "running": frozenset({"ordered", "succeeded", "failed", "cancelled"}),
        "succeeded": frozenset({"deleted"}),
        "failed": frozenset({"waiting", "deleted"}),
        "cancelled": frozenset({"waiting", "deleted"}),
        "lapsed": frozenset({"waiting", "deleted"}),
    }
    state: RunState = "waiting"
    stage: Stage = "train"
    attempt: int = Field(default=1, ge=1)
    round: int = Field(default=1, ge=1, description="A person's retry begins the next.")
    since: int = Field(default=1, ge=1, description="The first attempt at this stage in this round.")
    drop_id: str
    dataset_id: str
    fingerprint: str
    base: BasePin
    trained: int | None = Field(default=None, description="The attempt whose adapter is kept.")
    exported: int | None = Field(default=None, description="The attempt whose export is kept.")
    faults: tuple[Fault, ...] = ()
    started: datetime | None = None
    ended: datetime | None = None
    counted_from: datetime | None = Field(
        default=None, description="Since when the present attempt counts: submitted, then running."
    )
    spent: float = Field(default=0.0, ge=0, description="Seconds that attempts which ended have taken.")

    @property
    def jobs_before(self) -> int:
        """How many jobs began for this run before the present one."""
        return self.attempt - 1 + ((self.trained or 0) if self.stage == "export" else 0)

    @property
    def over(self) -> bool:
        """Whether the run has ended, well or not."""
        return self.state in ("succeeded", "failed", "cancelled", "lapsed", "deleted")

    def running_for(self) -> float:
        """Seconds that the present attempt has taken so far; 0 if it was not submitted."""
        return (now() - self.counted_from).total_seconds() if self.counted_from else 0.0

    def changed(self, drop_id: str) -> RunChanged:
        """What is told of the run as it is now, to whoever follows this drop."""
        return RunChanged(
            run_id=self.id,
            dataset_id=self.dataset_id,
            drop_id=drop_id,
            state=self.state,
            stage=self.stage,
            attempt=self.attempt,
        )


class Slots(Record):
    """The runs that are active now, at most `max_active_runs`. One document, so that its limit is strict."""

    kind: ClassVar[RecordKind] = "slots"
    id: Literal["active"] = "active"
    state: Literal["counted"] = "counted"
    runs: tuple[str, ...] = ()


class FingerprintRecord(Record):
    """Which run an identical request is answered by. Replaced when that run failed or `again` was asked."""

    kind: ClassVar[RecordKind] = "fingerprints"
    state: Literal["claimed"] = "claimed"
    run_id: str


class Progress(Record):
    """How far the job of a run is, written by the job every few seconds. Its id is the run's."""

    kind: ClassVar[RecordKind] = "progress"
    state: Literal["told"] = "told"
    stage: Stage
    phase: str = Field(description="In a person's words: 'training', 'asking the held-out rows'.")
    step: int = 0
    steps: int = 0
    loss: float | None = None
    token_accuracy: float | None = None
    seconds_left: float | None = None
    told: datetime = Field(default_factory=now)
