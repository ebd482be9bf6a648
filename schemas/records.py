"""What is remembered about drops, datasets and runs, and the only moves each may make.

A record lives in the State under its id. A move is a compare-and-set through `infra.ledger`; a move that the
table does not allow is refused, not overwritten. The manifest and the order in the store are the truth, these
are the index over them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from schemas.errors import Fault
from schemas.layers import Layer
from schemas.orders import BasePin
from schemas.sources import Source

RecordKind = Literal["drops", "datasets", "runs", "fingerprints", "progress", "slots", "publishers"]


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
    _version: str | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Records are the same if they say the same, whenever they were read."""
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.kind, self.id))

    @property
    def version(self) -> str | None:
        """The State's version of the document that says this; None of what was neither read nor written."""
        return self._version

    def at_version(self, version: str) -> Self:
        """This very record, as that version of the State's document says it."""
        self._version = version
        return self

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
    of: str | None = Field(default=None, description="Of a request for more of a run: which run.")
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


class Publisher(Record):
    """Whom the Hub knows the writing token as, and what it may write to, as it was last seen.

    Written by every publishing job and by `python -m gpu_batch publish --check`; read by the others.
    """

    kind: ClassVar[RecordKind] = "publishers"
    id: Literal["hub"] = "hub"
    state: Literal["seen"] = "seen"
    user: str
    namespaces: tuple[str, ...] = Field(default=(), description="Below which it may make repositories.")
    repositories: tuple[str, ...] = Field(default=(), description="That it may write to besides.")
    seen: datetime = Field(default_factory=now)

    def may_write(self, repository: str) -> bool:
        """Whether the token may write to this repository, which need not be there yet."""
        owner = repository.partition("/")[0].lower()
        return repository in self.repositories or owner in (one.lower() for one in self.namespaces)
