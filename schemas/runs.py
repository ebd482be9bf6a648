"""What is remembered about runs: where each stands, who answers whom, how far its job is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from schemas.errors import Fault
from schemas.events import RunChanged, RunState
from schemas.names import Stage
from schemas.orders import BasePin
from schemas.records import Record, RecordKind, now
from schemas.scores import Check, Glimpse


class RunRecord(Record):
    """One training run: its stage, its attempt, and how it ended.

    `asked` waits for a yes, `waiting` for a place among the active runs. `ordered` is to be submitted (or
    failed, where its money is used up); a stage that succeeds orders the next, an attempt that was lost
    orders another. A retry waits for its place again, and so does a run that succeeded when somebody wishes
    one of its later stages once more.
    """

    kind: ClassVar[RecordKind] = "runs"
    moves: ClassVar[Mapping[str, frozenset[str]]] = {
        "asked": frozenset({"waiting", "cancelled", "lapsed"}),
        "waiting": frozenset({"ordered", "cancelled"}),
        "ordered": frozenset({"submitted", "failed", "cancelled"}),
        "submitted": frozenset({"running", "ordered", "succeeded", "failed", "cancelled"}),
        "running": frozenset({"ordered", "succeeded", "failed", "cancelled"}),
        "succeeded": frozenset({"waiting", "deleted"}),
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
    todo: tuple[Stage, ...] = Field(default=(), description="The stages that follow the present one.")
    paper: str = Field(default="", description="The key of the present stage's order.")
    kept: dict[Stage, int] = Field(default={}, description="Of each stage that went well, the attempt.")
    begun: dict[Stage, int] = Field(default={}, description="Of stages left behind, the last attempt.")
    wish: str | None = Field(default=None, description="The request (its drop) that is being done now.")
    wishes: tuple[str, ...] = Field(default=(), description="Every request that was taken up.")
    rate: float = Field(default=1.0, gt=0, description="Price of its machine beside the plan's.")
    faults: tuple[Fault, ...] = ()
    started: datetime | None = None
    ended: datetime | None = None
    counted_from: datetime | None = Field(
        default=None, description="Since when the present attempt counts: submitted, then running."
    )
    spent: float = Field(default=0.0, ge=0, description="Seconds that attempts which ended have taken.")

    @property
    def trained(self) -> int | None:
        """The attempt whose weights are kept."""
        return self.kept.get("train")

    @property
    def exported(self) -> int | None:
        """The attempt whose export is kept."""
        return self.kept.get("export")

    @property
    def tries(self) -> int:
        """Which attempt at this stage it is since the run turned to it; a new request begins at 1."""
        return self.attempt - self.begun.get(self.stage, 0)

    @property
    def first(self) -> Stage:
        """The stage that the run began with: its order holds the settings and the plan."""
        return "generate" if self.stage == "generate" else "train"

    @property
    def jobs_before(self) -> int:
        """How many jobs began for this run before the present one."""
        return self.attempt - 1 + sum(self.begun.values()) - self.begun.get(self.stage, 0)

    def came_to(self, stage: Stage, attempt: int) -> bool:
        """Whether the run has come to this attempt at this stage, now or before."""
        return attempt <= (self.attempt if stage == self.stage else self.begun.get(stage, 0))

    def at(self, stage: Stage, order: str, todo: tuple[Stage, ...]) -> dict[str, Any]:
        """What changes as the run turns to another stage, and the first attempt at it in this round."""
        begun = {**self.begun, self.stage: self.attempt}
        attempt = begun.get(stage, 0) + 1
        return {
            "stage": stage,
            "attempt": attempt,
            "since": attempt,
            "begun": begun,
            "paper": order,
            "todo": todo,
            "counted_from": None,
        }

    @property
    def over(self) -> bool:
        """Whether the run has ended, well or not."""
        return self.state in ("succeeded", "failed", "cancelled", "lapsed", "deleted")

    def running_for(self) -> float:
        """Seconds that the present attempt has taken so far; 0 if it was not submitted.

        Seconds of the plan's machine: those of a cheaper one count as much less as they cost.
        """
        return (now() - self.counted_from).total_seconds() * self.rate if self.counted_from else 0.0

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
    tokens_per_second: float | None = None
    seconds_left: float | None = None
    check: Check | None = Field(default=None, description="The held-out rows, measured on the way.")
    best: Check | None = Field(default=None, description="The best of these; its step is kept.")
    glimpses: tuple[Glimpse, ...] = Field(default=(), description="What the model answers by now.")
    told: datetime = Field(default_factory=now)
