"""What tests everywhere stand on: a local ground of their own, drops, deliveries, jobs that are no training.

The ground is the real one, in a temporary folder; the environment names it while the test runs, since the
doors read it there. Nothing here replaces code of ours.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from infra import ground as grounds
from infra import settings
from infra.local.dispatcher import Door, envelope
from infra.local.ground import LocalGround
from infra.local.jobs import LocalJobs
from infra.ports import Cloud, JobStatus
from infra.settings import Settings
from schemas.events import JOB_ENDED, FileDropped, Topic
from schemas.names import Stage, job_id

pytest_plugins = ["tests.cloud.emulators", "tests.cloud.batch_world", "tests.gpu_batch.llama_here"]

ROOM_IN_MEMORY = 4 << 30  # bytes; the long tests leave a gigabyte of small models
PATIENCE = 20.0  # seconds that a subprocess may take on a busy machine before a test gives up

# Stands in for the container's jobs, by the very command line: `python -m gpu_batch WHAT [FILE]`.
FAKE_JOB = """
import pathlib, signal, sys, time
what, *rest = sys.argv[1:]
print("doing", what, flush=True)
if what == "fail":
    print("\\n".join(f"line {number}" for number in range(1, 31)))
    raise SystemExit(3)
if what == "later":
    raise SystemExit(75)
if what in ("wait", "stubborn"):
    if what == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    file = pathlib.Path(rest[0])
    with file.with_suffix(".started").open("a") as started:
        started.write("once\\n")
    end = time.monotonic() + 30
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.02)
"""


def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders in memory where there is room: databases that wait for a disk are slow tests."""
    memory = Path("/dev/shm")
    if config.option.basetemp is None and memory.is_dir() and shutil.disk_usage(memory).free > ROOM_IN_MEMORY:
        config.option.basetemp = tempfile.mkdtemp(prefix="jinko-tests-", dir=memory)
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalGround:
    """A local ground in a temporary folder, which is also the one that the doors find."""
    chosen = Settings(home=tmp_path / "home")
    for name, value in chosen.environment().items():  # what `settings.adopt` does, until the test has ended
        monkeypatch.setenv(name, value)
    return grounds.local(chosen)


@pytest.fixture
def on(ground: LocalGround) -> Cloud:
    """The four ports of that ground."""
    return ground.cloud


@pytest.fixture
def job_environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which `python -m gpu_batch` is a small program: `ok`, `fail` or `wait FILE`."""
    package = tmp_path / "fake" / "gpu_batch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(FAKE_JOB)
    inherited = settings.process_environment(settings.read())
    return {**inherited, "PYTHONPATH": os.pathsep.join([str(package.parent), inherited["PYTHONPATH"]])}


def drop(
    ground: LocalGround, name: str, content: str | bytes, metadata: Mapping[str, str] | None = None
) -> FileDropped:
    """Put a file into the inbox as people do; the event that its notice becomes."""
    source = ground.home / "to-drop"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    made = ground.store.upload("inbox", name, source, metadata)
    return FileDropped(
        bucket=made.bucket,
        name=made.name,
        generation=made.generation,
        size=made.size,
        md5=made.md5,
        metadata=dict(made.metadata),
    )


def deliver(ground: LocalGround, doors: Mapping[Topic, Door]) -> int:
    """Deliver what is due to these doors until nothing is; how many. No job is started."""
    delivered = 0
    while message := ground.queue.due(tuple(doors)):
        doors[message.topic](envelope(message))
        ground.queue.done(message)
        delivered += 1
    return delivered


def remembered(ground: LocalGround) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a ground knows but its queue: documents with their versions, objects, jobs."""
    with ground.db.reading() as c:
        return {
            table: [tuple(row) for row in c.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()]
            for table in ("documents", "objects", "jobs")
        }


def say_of_job(
    ground: LocalGround, run: str, stage: Stage, state: str, detail: str = "", attempt: int = 1
) -> str:
    """Make the scheduler say this of a job that was submitted; its id."""
    job = job_id(run, stage, attempt)
    with ground.db.writing() as c:
        said = c.execute("UPDATE jobs SET state = ?, detail = ? WHERE id = ?", (state, detail, job))
        assert said.rowcount == 1, f"{job} was never submitted"
    return job


def settled(jobs: LocalJobs, id: str) -> JobStatus:
    """Look after the jobs, as the dispatcher does, until this one has ended; what is said of it then."""

    def ended() -> bool:
        jobs.turn()
        status = jobs.status(id)
        return status is not None and status.state in JOB_ENDED

    until(ended)
    status = jobs.status(id)
    assert status is not None
    return status


def until(true: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    """Call `do(0)`, `do(1)`, … in as many threads, all let go at the same moment; what each returned."""
    ready = Barrier(count)

    def one(number: int) -> Any:
        ready.wait()
        return do(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def lines(rows: Iterable[str]) -> str:
    """Rows as a text file."""
    return "".join(f"{row}\n" for row in rows)
