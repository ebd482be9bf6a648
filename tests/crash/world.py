"""A world to crash in: the real local ground, its doors' own steps, and a stand-in for the jobs.
Messages are taken from the real queue and acknowledged there, so who dies has not acknowledged. The stand-in
starts no process: it reads the order, writes the result that a job leaves, and lets the scheduler say so.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from functions import edge
from functions.on_dataset_ready import main as on_dataset_ready
from functions.on_job_done import main as on_job_done
from functions.on_upload import main as on_upload
from infra import ledger
from infra.local.dispatcher import envelope
from infra.local.ground import LocalGround
from infra.local.notices import job_notice
from infra.local.queue import Message, enqueue
from infra.ports import Cloud
from schemas.events import Event, JobState, Swept, Topic
from schemas.records import now
from schemas.runs import RunRecord
from tests.conftest import drop, lines
from tests.crash.mortal import Fate, watched
from tests.crash.results import leave_result, ordered, work_of
from tests.gpu_batch.bases import CHATML, make_base, write_json

STEPS: Final[dict[Topic, edge.Steps]] = {
    "drops": on_upload.STEPS,
    "datasets": on_dataset_ready.STEPS,
    "requests": on_dataset_ready.STEPS,
    "jobs": on_job_done.STEPS,
}
CSV: Final = lines(["question,answer", *(f"q{n},a{n}" for n in range(12))])
BASE: Final = "tiny"
MOST_ROUNDS: Final = 40  # of deliveries until a world that does not come to rest is called stuck
SOON: Final = timedelta(minutes=5)  # after now: old enough for the sweep to look, too young to lapse

# How one attempt at a stage, or at `prepare`, goes: `well`, `fails`, `lost` (killed), `faults`, `runs` on.
Fates = dict[tuple[str, int], str]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder to crash in; in memory where that is possible, since a database waits for its disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="jinko-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def models(folder: Path) -> Path:
    """A folder of bundled bases with one that is read in a moment; worlds that lie side by side share it."""
    where = folder / "models"
    if not where.is_dir():
        base = make_base(where / BASE, CHATML, ["<|im_start|>", "<|im_end|>"], "<|im_end|>")
        write_json(base / "config.json", {})
        (base / "model.safetensors").write_bytes(b"weights")  # it is never opened here
    return where


class World:
    """A ground with everything that happens to it. `jobs` says how attempts go that do not go well."""

    def __init__(self, home: Path, limit: int = 5, jobs: Fates | None = None) -> None:
        self.home, self.limit, self.jobs = home, limit, jobs or {}
        self.ground = LocalGround(home, models(home.parent), {}, limit)
        self.published: list[Event] = []
        self.ticks = 0
        self.errors: dict[int, str] = {}  # of messages that could not be delivered, the last word
        self.watch: Callable[[World], None] = lambda world: None  # looks on while jobs are alive
        self.around: Callable[[Cloud], Cloud] = lambda on: on

    @property
    def on(self) -> Cloud:
        return self.ground.cloud

    def copy(self, home: Path) -> "World":
        """The same world once more: same ids, same generations. Files are shared until one replaces them."""
        home.mkdir()
        self.copy_database(home)
        for bucket in ("inbox", "outbox"):
            shutil.copytree(self.home / bucket, home / bucket, copy_function=os.link)
        again = World(home, self.limit, self.jobs)
        again.around, again.watch = self.around, self.watch
        return again

    def copy_database(self, home: Path) -> None:
        """By SQLite itself: a thread of whoever worked here may not have closed its connection yet."""
        with self.ground.db.reading() as c, closing(sqlite3.connect(home / "jinko.db")) as other:
            c.backup(other)

    def forget(self) -> None:
        """Remove it: memory is not without end."""
        self.ground.db.close()
        shutil.rmtree(self.home)

    # ---------------------------------------------------------------- people

    def drop(self, name: str = "a.csv", content: str = CSV, **settings: str) -> None:
        """Put a file into the inbox. `training__epochs` is `training.epochs`."""
        given = {key.replace("__", "."): value for key, value in settings.items()}
        drop(self.ground, name, content, {"base_model": BASE, "data.test_size": "0.2"} | given)

    def ask(self, event: Event) -> None:
        """Send a message, as a command or an integrator does."""
        self.ground.queue.publish(event)

    def sweep(self, at: datetime | None = None) -> None:
        """The scheduler's tick; each much later than the one before: the sweep tells more and more rarely."""
        self.ask(Swept(at=at or now() + SOON * 2**self.ticks))
        self.ticks = min(self.ticks + 1, 9)  # 43 hours: nothing lapses

    # ---------------------------------------------------------------- deliveries

    def messages(self) -> list[Message]:
        """What waits for one of our doors, oldest first."""
        return sorted((m for topic in STEPS for m in self.ground.queue.told(topic)), key=lambda m: m.id)

    def deliver(self, message: Message, fate: Fate | None = None) -> None:
        """To the edge, through watched ports; acknowledged if the edge returns. Raises what it raises."""
        fate = fate or Fate()
        try:
            edge.serve(envelope(message), STEPS[message.topic], lambda: self.around(watched(self.on, fate)))
            self.ground.queue.done(message)
        finally:
            self.published += fate.published

    def deliver_if_it_will(self, message: Message, fate: Fate | None = None) -> None:
        """The same, but what the door raises leaves the message in the queue. Died passes."""
        try:
            self.deliver(message, fate)
        except Exception as error:  # noqa: BLE001 - whatever a door raises, the message comes again
            self.errors[message.id] = f"{type(error).__name__}: {error}"

    def work(self, but: int | None = None) -> None:
        """Deliver what waits until nothing does. `but`: leave this message where it is."""
        for _ in range(MOST_ROUNDS):
            waiting = [message for message in self.messages() if message.id != but]
            for message in waiting:
                self.deliver_if_it_will(message)
            if {message.id for message in waiting} <= {message.id for message in self.messages()}:
                return  # nothing was delivered
        raise AssertionError(f"{self.home.name} does not come to rest: {self.messages()}")

    def live(self, but: int | None = None) -> None:
        """Deliver and let jobs go on until all is at rest."""
        for _ in range(MOST_ROUNDS):
            self.work(but)
            self.watch(self)
            if not self._jobs_go_on():
                return
        raise AssertionError(f"{self.home.name} does not come to rest: {self.ground.jobs.living()}")

    def end(self, but: int | None = None) -> None:
        """Live on until a sweep finds nothing left to do."""
        self.live(but)
        for _ in range(MOST_ROUNDS):
            before = self.facts()
            self.sweep()
            self.live(but)
            if self.facts() == before:
                return
        raise AssertionError(f"{self.home.name}: the sweep always finds something more to do")

    def facts(self) -> list[tuple[object, ...]]:
        """Whether anything changed: records with their versions, objects with their generations, jobs."""
        with self.ground.db.reading() as c:
            jobs = c.execute("SELECT id, state, cancelled FROM jobs").fetchall()
        records = [(kind, id, version) for kind, id, version, _ in self.documents()]
        return [*records, *self.generations(), *map(tuple, jobs)]

    def documents(self) -> list[tuple[str, str, str, str]]:
        """Every record: kind, id, version, JSON."""
        with self.ground.db.reading() as c:
            query = "SELECT kind, id, version, data FROM documents ORDER BY kind, id"
            return [tuple(row) for row in c.execute(query).fetchall()]

    def generations(self) -> list[tuple[str, str, int]]:
        """Every object that is known: bucket, name, generation."""
        with self.ground.db.reading() as c:
            return [tuple(row) for row in c.execute("SELECT bucket, name, generation FROM objects")]

    # ---------------------------------------------------------------- jobs

    def say(self, job: str, state: JobState, detail: str = "", lost: bool = False) -> None:
        """The scheduler says this of a job that was submitted, and tells it."""
        with self.ground.db.writing() as c:
            said = c.execute(
                "UPDATE jobs SET state=?, detail=?, lost=? WHERE id=?", (state, detail, lost, job)
            )
            assert said.rowcount == 1, f"{job} was never submitted"
            enqueue(c, "jobs", *job_notice(job, state))

    def _jobs_go_on(self) -> bool:
        """Each living job takes its next step; whether any did."""
        with self.ground.db.reading() as c:
            query = "SELECT * FROM jobs WHERE state IN ('QUEUED', 'RUNNING') ORDER BY number"
            living = c.execute(query).fetchall()
        went = [self.goes_on(row["id"], row["state"], bool(row["cancelled"])) for row in living]
        return any(went)

    def goes_on(self, job: str, state: str, cancelled: bool = False) -> bool:
        """One job goes a step further: stopped, started, or ended as its fate says."""
        id, what, attempt = work_of(job)
        fate = self.jobs.get((what, attempt), "well")
        if cancelled:
            self.say(job, "CANCELLED")
        elif state == "QUEUED":
            self.say(job, "RUNNING")
        elif fate == "runs":
            return False
        elif fate == "lost":
            self.say(job, "FAILED", "The job's process was killed.", lost=True)
        elif fate == "fails" or not ordered(self.on, id, what):
            self.say(job, "FAILED", "It did not work.")
        else:
            leave_result(self.on, id, what, attempt, fate)
            self.say(job, "SUCCEEDED")
        return True

    # ---------------------------------------------------------------- what is there

    def age(self, seconds: int = 100) -> None:
        """Attempts that count now have counted since so many seconds ago."""
        since = (now() - timedelta(seconds=seconds)).isoformat()
        with self.ground.db.writing() as c:
            c.execute(
                "UPDATE documents SET data = json_set(data, '$.counted_from', ?) WHERE kind = 'runs' "
                "AND json_extract(data, '$.counted_from') IS NOT NULL",
                (since,),
            )

    def runs(self) -> list[RunRecord]:
        """The runs, oldest first."""
        return ledger.every(self.on, RunRecord)[::-1]
