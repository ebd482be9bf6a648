"""Many drops on Google's protocols: every message doubled, functions killed at random, nothing lost or twice.

The jobs are stand-ins of a tenth of a second (`tests.cloud.quickjob`); in `make soak` eight really train.
"""

import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import ledger
from infra.stage import ROOT
from schemas import names
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.cloud import quickjob
from tests.cloud.loopback import Loopback, loopback, ticking

pytestmark = [pytest.mark.walk, pytest.mark.cloud]
QUICK = {"base_model": "tiny-gemma3", "export": "adapter", "training.max_steps": "4", "evaluation.rows": "3"}
ROWS = 12


@contextmanager
def standing(folder: Path, **settings: object) -> Iterator[Loopback]:
    jobs = quickjob.install(folder / "quick", ROOT)
    with loopback(folder / "project", jobs, **settings) as jinko:
        yield jinko


def put(jinko: Loopback, name: str, number: int, settings: dict[str, str]) -> None:
    """Drop a small file of its own, as people's programs do."""
    path = jinko.folder / f"drop-{number}.csv"
    rows = (f"How much is {number} and {row}?,It is {number + row}.\n" for row in range(ROWS))
    path.write_text("question,answer\n" + "".join(rows))
    jinko.on.store.upload(jinko.google.inbox, name, path, settings)
    path.unlink()


def ended(jinko: Loopback, count: int) -> bool:
    drops = ledger.every(jinko.on, DropRecord)
    runs = ledger.every(jinko.on, RunRecord)
    return len(drops) >= count and len(runs) >= count and all(run.over for run in runs)


@contextmanager
def unruly(jinko: Loopback, seed: int, pause: float) -> Iterator[list[str]]:
    """Kill a function at random moments and start it again; which were killed."""
    stopped, killed, dice = threading.Event(), [], random.Random(seed)

    def kill() -> None:
        while not stopped.wait(pause * dice.uniform(0.5, 1.5)):
            name = dice.choice(sorted(jinko.doors))
            jinko.doors[name].kill()
            killed.append(name)
            jinko.doors[name].up()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stopped.set()
        thread.join()


def walked(folder: Path, drops: int, real: int, pause: float, patience: float, tick: float) -> None:
    """So many drops, every message delivered twice, and kills; then everything is there exactly once.

    `tick`: seconds between two sweeps. Of 200 drops, whose pages a sweep all looks at, sweeps of every 5
    seconds pile up on a slow machine and none ends before its function is killed; a project's come every 300.
    """
    with standing(folder, max_active_runs=100) as jinko:
        jinko.double()
        began = time.monotonic()
        with unruly(jinko, 7, pause) as killed, ticking(jinko, tick):
            for number in range(drops):
                put(jinko, f"{'real' if number < real else 'drop'}-{number}.csv", number, QUICK)
            jinko.until(lambda: ended(jinko, drops), patience)
        seconds = time.monotonic() - began
        records = ledger.every(jinko.on, DropRecord)
        runs = ledger.every(jinko.on, RunRecord)
        assert [run.id for run in runs if run.state != "succeeded"] == [], jinko.said()
        assert len({drop.name for drop in records}) == len(records) == drops
        assert sorted(run.drop_id for run in runs) == sorted(drop.id for drop in records)
        started = quickjob.started(folder / "quick")
        assert len(set(started)) == len(started) == drops - real
        assert sorted(jinko.submitted()) == sorted(names.job_id(run.id, "train", 1) for run in runs)
        # Without pauses between tries (see `wiring`) a function that is down makes dead letters; what they
        # asked for is done all the same, by their doubles or by the sweep.
        dead = len(jinko.heard(names.DEAD_LETTERS))
        print(f"\n{dead} dead letters", end="")
        print(f"\n{drops} drops, {real} really trained, {len(killed)} kills: {seconds:.0f} s")
        assert len(killed) >= 3


def test_sixty_drops_with_doubled_messages_and_killed_functions_are_each_answered_once(
    emulators: object, tmp_path: Path
) -> None:
    walked(tmp_path, drops=60, real=0, pause=6.0, patience=280, tick=5.0)


@pytest.mark.soak
@pytest.mark.timeout(2000)
@pytest.mark.parametrize("real", [0, 8], ids=["stand-in jobs", "eight really trained"])
def test_two_hundred_drops_with_doubled_messages_and_killed_functions_are_each_answered_once(
    emulators: object, tmp_path: Path, real: int
) -> None:
    walked(tmp_path, drops=200, real=real, pause=6.0, patience=1800, tick=20.0)


def test_an_upload_is_a_submitted_job_within_a_second(emulators: object, tmp_path: Path) -> None:
    with standing(tmp_path, max_active_runs=100) as jinko:
        put(jinko, "warm.csv", 1000, QUICK)
        jinko.until(lambda: ended(jinko, 1))
        seconds = []
        for number in range(30):
            before = len(jinko.submitted())
            put(jinko, f"drop-{number}.csv", number, QUICK)
            began = time.monotonic()
            jinko.until(lambda: len(jinko.submitted()) > before, 60)  # noqa: B023
            seconds.append(time.monotonic() - began)
    median = statistics.median(seconds)
    print(f"\nupload to job submitted: median {median:.2f} s, worst {max(seconds):.2f} s of {len(seconds)}")
    assert median <= 1.0
