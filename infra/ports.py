"""The four ports that every ground fills, and Cloud, which holds them.

Steps and jobs know these and nothing else of the world. Adapters (`infra.local`, `infra.gcp`) translate
every foreign error into BadInput or Unavailable; none other leaves a port. All methods are blocking.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple, Protocol

from schemas.events import Event, JobState


class Object(NamedTuple):
    """One generation of one object. `md5` is base64 as Cloud Storage gives it; None for composite objects."""

    bucket: str
    name: str
    generation: int
    size: int
    md5: str | None
    metadata: Mapping[str, str]

    def holds(self, data: bytes) -> bool:
        """Whether these are its bytes, by its checksum; of a composite object, never."""
        checksum = hashlib.md5(data, usedforsecurity=False).digest()
        return self.md5 == base64.b64encode(checksum).decode()


class Gone(Exception):
    """The object, or the generation asked for, is not there (any more). Always caught by the caller."""


class Store(Protocol):
    """Two buckets of objects. Conditional writes are real, and promised for small objects only."""

    def stat(self, bucket: str, name: str) -> Object | None:
        """The newest generation, or None."""

    def open(self, bucket: str, name: str, generation: int | None = None) -> IO[bytes]:
        """Stream an object's bytes. Raises Gone if it (or that very generation) is not there."""

    def read(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        """A small object, whole. Raises Gone."""

    def write(self, bucket: str, name: str, data: bytes) -> Object:
        """Write, whatever was there. A repeat makes a new generation of the same content."""

    def write_once(self, bucket: str, name: str, data: bytes) -> bool:
        """Write unless it exists. True if this call wrote it. Atomic.

        A request may be repeated after its answer was lost, so False may also come to the one who wrote:
        whoever needs to know reads what lies there. So with `write_if`, `create`, `replace` and `submit`.
        """

    def write_if(self, bucket: str, name: str, data: bytes, generation: int) -> bool:
        """Write if `generation` is still the newest (0: if nothing is there). True if this call wrote it."""

    def upload(self, bucket: str, name: str, path: Path, metadata: Mapping[str, str] | None = None) -> Object:
        """Send a file of any size, whatever was there before."""

    def download(self, bucket: str, name: str, path: Path) -> None:
        """Fetch an object of any size into a file. Raises Gone."""

    def list(self, bucket: str, prefix: str = "") -> Iterator[Object]:
        """Objects whose name starts with `prefix`, by name."""

    def delete(self, bucket: str, name: str) -> None:
        """Remove; nothing happens if it is not there."""


class Doc(NamedTuple):
    """A document of the State, with the version that a compare-and-set names."""

    id: str
    data: dict[str, Any]
    version: str


class State(Protocol):
    """Small JSON documents by kind and id: created once, then moved by compare-and-set."""

    def create(self, kind: str, id: str, data: Mapping[str, Any]) -> str | None:
        """Create unless it exists. Its version if this call created it, else None. Atomic.

        None may also come to the one who created it, where the answer to a first try was lost: read again.
        """

    def get(self, kind: str, id: str) -> Doc | None:
        """The document, or None."""

    def replace(self, kind: str, id: str, data: Mapping[str, Any], version: str) -> str | None:
        """Replace if `version` is still the newest. The next version if this call replaced it. Atomic.

        None may also come to the one who replaced it, as from `create`: read again.
        """

    def find(self, kind: str, **equal: str) -> list[Doc]:
        """Documents of a kind whose top-level fields have these values, by id."""

    def since(self, kind: str, field: str, text: str) -> list[Doc]:
        """Documents of a kind whose field is a text that is not before this one, by id."""


class Bus(Protocol):
    """Events between parts. Delivery is at least once, in any order."""

    def publish(self, event: Event) -> None:
        """Put an event on its topic; durable when this returns."""


class Machine(NamedTuple):
    """A kind of machine that a ground lends, with its price of the day that the ground's table names.

    `gpu` is the accelerator's own name, None where there is none; `gpu_gib` the memory of all its
    accelerators together. Prices are in US dollars an hour; `usd` is None where it is lent as Spot only,
    `spot_usd` where it is never lent as Spot.
    """

    name: str
    cpus: int
    memory_gib: float
    gpu: str | None
    gpus: int
    gpu_gib: float
    usd: float | None
    spot_usd: float | None


class Placement(NamedTuple):
    """Where a job is to run: a machine's name, whether as Spot, for how long at most, with which disk."""

    machine: str
    spot: bool
    max_seconds: int
    disk_gib: int


Program = Literal["gpu_batch", "functions.on_upload.job"]
Port = Literal["store", "state", "bus", "jobs"]
Role = Literal["trainer", "worker", "publisher"]


class JobSpec(NamedTuple):
    """A job to run: `python -m PROGRAM` with these arguments.

    Without a `placement` the machine is of the ground's choosing: a laptop's own; in the cloud one without an
    accelerator. `role` says with whose rights it works (a worker
    needs no accelerator, a publisher alone may write to the Hub); a laptop has one person's.
    """

    id: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = {}
    program: Program = "gpu_batch"
    placement: Placement | None = None
    role: Role = "trainer"


class JobStatus(NamedTuple):
    """What the scheduler says of a job now. `detail` is for a person: exit code, last lines of the log.

    `lost` says that a failed job is no mistake of its own (killed, preempted, something did not answer), so
    that another attempt may do better.
    """

    state: JobState
    detail: str
    lost: bool = False


class Jobs(Protocol):
    """Long work on machines. Every change of state is told on the `jobs` topic."""

    def submit(self, job: JobSpec) -> bool:
        """Submit unless a job of that id exists. True if this call created it. Twice is once."""

    def status(self, id: str) -> JobStatus | None:
        """The true state now, or None for an unknown id."""

    def cancel(self, id: str) -> None:
        """Stop it; nothing happens if it has ended or never was."""


def _nothing(*_: Port) -> None:
    pass


@dataclass(frozen=True)
class Cloud:
    """A ground: the four ports, the two buckets' names, and what the machine itself has.

    `models` is the folder of bundled bases (named without a slash). `folders` says whether a base may also be
    an absolute path of this machine: on a laptop yes, in the cloud no. `max_active_runs` train at once.
    `machines` are those that a run may ask for, none on a laptop. Files above `max_function_bytes` are
    prepared by a job instead of by the function; None: never. Models are published below the
    `publish_namespaces` of the Hub alone; empty: wherever the token may write.

    `ready` opens ports that are going to be used, in this order: in the cloud, each connects while the client
    of the next one is imported. Nobody has to say it; twice is once.
    """

    store: Store
    state: State
    bus: Bus
    jobs: Jobs
    inbox: str
    outbox: str
    models: Path
    folders: bool
    max_active_runs: int
    machines: tuple[Machine, ...] = ()
    max_function_bytes: int | None = None
    publish_namespaces: tuple[str, ...] = ()
    ready: Callable[..., None] = _nothing
