"""Cold starts: process start to the first event answered, beside a process that imports everything.

    make bench-cold          # python -m tests.cloud.cold

Each function is served as it is deployed (staged, in a venv of its own lock) and gets as its first event
one that makes it do its work: a CSV file that was dropped, its DatasetReady, the notice of its finished job;
and, since that is what on_job_done hears first of every job, the notice of one that waits. The measure beside
it is a process of the same framework that imports the four Google clients and pandas and answers a notice
with nothing. All are measured in turns, so that a busy machine is busy for all alike. Printed are medians, of
wall time and of processor time, and the share of the measure's.

The emulators have answered a few hundred requests before: Java takes several times as long for what it has
not compiled yet, and Google's servers have been up for a while. No job begins while a function is measured:
Batch takes a minute to find a machine, and here a job would take one of the two processors.

It needs what the emulators need (`tests.cloud.emulators`). The gate asserts on it: tests/cloud/test_cold.py.
"""

import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from infra.gcp.bus import PubSubBus
from infra.gcp.state import FirestoreState
from infra.stage import FUNCTIONS, ROOT, stage
from schemas import names
from schemas.events import DatasetReady
from tests.cloud import quickjob
from tests.cloud.doors import Door
from tests.cloud.envelopes import JSON, batch_notice, push
from tests.cloud.first_events import FOREIGN, first_events, sink
from tests.cloud.loopback import Loopback, loopback

TIMES: Final = 5
EVERYTHING: Final = "everything"
LIMITS: Final[Mapping[str, float]] = {"on_upload": 0.95, "on_dataset_ready": 0.85, "on_job_done": 0.75}
IMPORT_LIMIT: Final = 0.4
# A job's first notice, of which nothing follows; measured beside one that makes work.
WAITS: Final = "on_job_done, a job that waits"
# What the gate asserts of the clock: the limits, and a margin for what else a machine does meanwhile.
REACHED: Final[Mapping[str, float]] = {name: limit + 0.1 for name, limit in LIMITS.items()}
ENVIRONMENT: Final = {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": ""}
MAIN: Final = """
import functions_framework
import google.cloud.batch_v1, google.cloud.firestore, google.cloud.pubsub_v1, google.cloud.storage
import pandas

@functions_framework.cloud_event
def everything(event):
    pass
"""


class Seconds(NamedTuple):
    """What one start took: on the clock, and of the processor."""

    wall: float
    cpu: float


class Row(NamedTuple):
    """One line of the table; `share` and `cpu_share` of what the measure took."""

    name: str
    seconds: Seconds
    share: float
    cpu_share: float
    limit: float | None


# ---------------------------------------------------------------- the processes


def everything(folder: Path) -> Path:
    """The folder of the measure: its main.py, and on_upload's lock with pandas."""
    made = folder / EVERYTHING
    made.mkdir()
    (made / "main.py").write_text(MAIN)
    lock = (ROOT / "functions" / "on_upload" / "requirements.txt").read_text(encoding="utf-8")
    if "\npandas==" not in lock:
        jobs = (ROOT / "gpu_batch" / "requirements-cpu.txt").read_text(encoding="utf-8").splitlines()
        lock += "\n".join(
            line for line in jobs if line.startswith(("pandas==", "numpy==", "python-dateutil=="))
        )
    (made / "requirements.txt").write_text(lock)
    return made


def start(door: Door, body: bytes) -> Seconds:
    """Start it, send its first event as soon as it can be sent, and stop it."""
    began = time.perf_counter()
    door.start()
    status = 0
    while status == 0:
        status = door.post(body, JSON)
        time.sleep(0.001)  # asking without a pause would take a processor from whoever starts
        assert time.perf_counter() - began < 60, door.said()
    took = time.perf_counter() - began
    assert status in (200, 204), door.said()
    used = door.cpu_seconds()
    door.stop()
    return Seconds(took, used)


def imported(door: Door) -> Seconds:
    """A process that imports its main.py and nothing else."""
    command = [str(door.programs / "python"), "-c", "import main, time; print(time.process_time())"]
    began = time.perf_counter()
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(
        command, cwd=door.folder, env=environment, capture_output=True, text=True, check=True
    )
    return Seconds(time.perf_counter() - began, float(done.stdout))


# ---------------------------------------------------------------- the table


def warm(jinko: Loopback) -> None:
    """A few hundred requests of each kind, on connections of their own."""
    google, ready = jinko.google, DatasetReady(drop_id="0" * 16, dataset_id="0" * 16)
    for _ in range(30):
        state, bus = FirestoreState(google.project, google.database), PubSubBus(google.project)
        for _ in range(10):
            id = uuid.uuid4().hex
            version = state.create("warm", id, {"state": "new"})
            state.replace("warm", id, {"state": "old"}, version or "")
            assert state.get("warm", id)
            state.find("warm", state=id)
        for _ in range(5):
            bus.publish(ready)


def measure(folder: Path, times: int = TIMES) -> list[Row]:
    """Start everything so often, in turns, after one start each that is not counted."""
    stage(folder / "staged")
    job = quickjob.install(folder / "quick", ROOT)
    with loopback(folder / "loopback", job, sink, max_active_runs=1000) as jinko:
        warm(jinko)
        jinko.batch.notices.silent.add("QUEUED")  # Batch answers before it tells
        doors = {name: Door(folder / "staged" / name, jinko.environment) for name in FUNCTIONS}
        doors[EVERYTHING] = Door(everything(folder), jinko.environment)
        starts: dict[str, list[Seconds]] = {name: [] for name in (*doors, WAITS)}
        imports: dict[str, list[Seconds]] = {name: [] for name in doors}
        for number in range(times + 1):
            for name, body in chain([(EVERYTHING, FOREIGN)], first_events(jinko, number)):
                jinko.batch.at_once = 0
                starts[name].append(start(doors[name], body))
                jinko.batch.at_once = 1
                jinko.until(lambda: jinko.batch.idle)
                imports[name].append(imported(doors[name]))
            notice = push(*batch_notice(jinko.google, names.job_id("r", "train", 1), "QUEUED"))
            starts[WAITS].append(start(doors["on_job_done"], notice))
    return [
        *_rows("first event", starts, {**LIMITS, WAITS: LIMITS["on_job_done"]}),
        *_rows("import", imports, dict.fromkeys(LIMITS, IMPORT_LIMIT)),
    ]


def _rows(what: str, taken: Mapping[str, list[Seconds]], limits: Mapping[str, float]) -> list[Row]:
    """Medians, the first of each left out."""
    middle = {
        name: Seconds(median(one.wall for one in all[1:]), median(one.cpu for one in all[1:]))
        for name, all in taken.items()
    }
    of = middle[EVERYTHING]
    return [
        Row(f"{what}: {name}", took, took.wall / of.wall, took.cpu / of.cpu, limits.get(name))
        for name, took in middle.items()
    ]


def main() -> int:
    """Print the table; 1 if a share is above its limit."""
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder))
    print(f"{'':<43}{'seconds':>9}{'share':>8}{'limit':>8}{'processor':>12}{'share':>8}")
    for row in rows:
        limit = f"{row.limit:.2f}" if row.limit else ""
        print(
            f"{row.name:<43}{row.seconds.wall:>9.2f}{row.share:>8.2f}{limit:>8}"
            f"{row.seconds.cpu:>12.2f}{row.cpu_share:>8.2f}"
        )
    print(f"Medians of {TIMES}, in turns. Shares are of the process that imports everything.")
    return 1 if any(row.limit and row.share > row.limit for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
