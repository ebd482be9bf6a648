"""`kill -9` of `jinko up`, of a job, of both, while a file becomes a model: the run succeeds, and once.

A moment is drawn from a seed: so many lines into a job's log, and a fraction of a second. In the gate one
walk is killed three times; in `make soak` ten walks are killed once each, anywhere.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from infra import ground, ledger, settings
from infra.local.ground import LocalGround
from infra.settings import Settings
from jinko.worker import doors
from schemas import events, names
from schemas.names import Stage
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord, Slots
from tests.conftest import deliver
from tests.up.running import Up, end_jobs, is_job, patiently, setting

EXAMPLE = settings.BUNDLED_MODELS / "tickets" / "tickets.csv"
QUICK = """
base_model: tiny-gemma3
training: {max_steps: 6, learning_rate: 0.01}
data: {test_size: 0.2}
evaluation: {rows: 2, max_new_tokens: 8}
"""
SECONDS = 240.0  # that a walk may take on a busy machine
LINES = {"train": 9, "export": 5}  # of a job's log, all but the last


class Moment(NamedTuple):
    """When somebody dies: `lines` into the log of this stage's job (None: once the file lies there)."""

    who: str  # dispatcher, job, runner, job and runner, both
    stage: Stage | None
    lines: int
    seconds: float


def moment(chance: random.Random, who: str, stage: Stage | None) -> Moment:
    lines = chance.randrange(LINES[stage]) if stage else 0
    return Moment(who, stage, lines, chance.random() * (0.5 if stage else 2.0))


class Walk:
    """A ground on which forty rows are walked by a `jinko up` that can be killed."""

    def __init__(self, home: Path) -> None:
        chosen = Settings(home=home)
        self.here = ground.local(chosen)
        setting(home, QUICK)
        rows = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)[:41]
        (home / "inbox" / "forty.csv").write_text("".join(rows), encoding="utf-8")
        self.up = Up(home)

    def run(self) -> RunRecord | None:
        """The one run, if it is there."""
        runs = ledger.every(self.here.cloud, RunRecord)
        assert len(runs) <= 1
        return runs[0] if runs else None

    def until(self, true) -> None:
        """Wait; never are two jobs alive meanwhile."""

        def looked() -> bool:
            pids = [int(path.read_text()) for path in self.here.home.glob("jobs/*/pid")]
            assert sum(is_job(pid) for pid in pids) <= 1
            return bool(true())

        patiently(looked, self.up.alive, SECONDS)

    def reached(self, at: Moment) -> bool:
        run = self.run()
        if at.stage is None or run is None:
            return at.stage is None
        job = self.here.home / "jobs" / names.job_id(run.id, run.stage, run.attempt)
        log = (job / "log").read_text() if (job / "log").is_file() else ""
        return run.stage == at.stage and (job / "pid").is_file() and log.count("\n") >= at.lines

    def kill(self, at: Moment) -> None:
        """Wait for the moment, kill who is to die, and start `jinko up` again if it did."""
        if at.stage is None:
            self.up.watching()
        self.until(lambda: self.reached(at))
        time.sleep(at.seconds)
        if at.who in ("dispatcher", "both"):
            self.up.kill()
        if at.who != "dispatcher":
            self._kill_job(at.who)
        if at.who in ("dispatcher", "both"):
            self.up = Up(self.here.home)

    def _kill_job(self, who: str) -> None:
        run = self.run()
        assert run is not None
        job = self.here.home / "jobs" / names.job_id(run.id, run.stage, run.attempt)
        pid = int((job / "pid").read_text())
        if not is_job(pid):
            return  # it ended just now: a moment like any other
        group = os.getpgid(pid)  # its runner leads it
        if who == "runner":
            os.kill(group, signal.SIGKILL)
        elif who == "job":
            os.kill(pid, signal.SIGKILL)
        else:
            os.killpg(group, signal.SIGKILL)

    def finish(self) -> RunRecord:
        """The run at its end, which is a good one."""
        self.until(lambda: (run := self.run()) is not None and run.over)
        self.until(lambda: not self.here.queue.waiting(("drops", "datasets", "jobs")))
        assert self.up.stop() == 0
        run = self.run()
        assert run is not None
        assert run.state == "succeeded", "\n".join(map(str, run.faults))
        return run


@pytest.fixture
def walk(tmp_path) -> Iterator[Walk]:
    walked = Walk(tmp_path / "home")
    yield walked
    walked.up.kill()
    end_jobs(walked.here.home)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Iterator[subprocess.Popen]:
    """A training of the same file that nobody disturbs, begun meanwhile; `losses()` waits for its losses."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    chosen = Settings(home=home)
    with pytest.MonkeyPatch.context() as patch:
        for key, value in chosen.environment().items():
            patch.setenv(key, value)
        walked = Walk(home)
        walked.up.kill()
        walked.here.store.stat("inbox", "forty.csv")
        deliver(walked.here, {topic: door for topic, door in doors().items() if topic != "jobs"})
    run = walked.run()
    assert run is not None
    job = ["--run", run.id, "--stage", "train", "--attempt", "1"]
    environment = {**settings.process_environment(chosen), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "gpu_batch", *job]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    process.losses = lambda: losses(walked.here, run.id, 1) if process.wait(SECONDS) == 0 else None
    yield process
    process.kill()
    process.wait()


def losses(here: LocalGround, run: str, attempt: int) -> list[tuple[int, float]]:
    text = here.store.read("outbox", names.metrics(run, "train", attempt)).decode()
    return [(line["step"], line["loss"]) for line in map(json.loads, text.splitlines())]


def look(here: LocalGround, run: RunRecord) -> None:
    """One dataset, one run, one set of weights; every attempt was started once; nothing is left over."""
    on = here.cloud
    assert len(ledger.every(on, DropRecord)) == len(ledger.every(on, DatasetRecord)) == 1
    assert ledger.load(on, Slots, "active").runs == ()
    assert here.queue.dead() == []
    told = [events.parse(message.data) for message in here.queue.told("runs")]
    assert len({events.event_id(event) for event in told if event.state == "succeeded"}) == 1

    files = [found.name for found in on.store.list("outbox", names.run_prefix(run.id))]
    for stage, kept, weights in (("train", run.trained, "adapter"), ("export", run.exported, "merged")):
        assert kept is not None
        assert [
            name for name in files if name.startswith(f"runs/{run.id}/{stage}/") and "result" in name
        ] == [names.result(run.id, stage, kept)]
        assert any(name.startswith(names.weights(run.id, stage, kept, weights)) for name in files)
        jobs = sorted(here.home.glob(f"jobs/r-{run.id}-{stage}-*"))
        assert [job.name for job in jobs] == [names.job_id(run.id, stage, n + 1) for n in range(kept)]
        assert all((job / "log").read_text().count("fetching the base model") <= 1 for job in jobs)
    page = on.store.read("outbox", names.status_page("forty.csv")).decode()
    assert "## Done" in page
    assert names.weights(run.id, "export", run.exported, "merged") in page
    assert 0 < run.spent <= (run.ended - run.started).total_seconds() + 1


@pytest.mark.walk
def test_a_walk_killed_three_times_succeeds_once_and_learns_as_if_nobody_had_died(walk, undisturbed):
    chance = random.Random(9)
    for who, stage in (("dispatcher", None), ("job", "train"), ("both", "export")):
        walk.kill(moment(chance, who, stage))
    run = walk.finish()
    look(walk.here, run)

    assert run.trained == 2  # six steps take a second: it was killed among them
    assert run.exported in (1, 2)  # all of it takes a second: it may have been done
    assert losses(walk.here, run.id, run.trained) == undisturbed.losses()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_a_walk_killed_at_any_moment_succeeds_once(walk, undisturbed, seed):
    chance = random.Random(seed)
    who = ("dispatcher", "job", "both", "runner", "job and runner")[seed % 5]
    at = moment(chance, who, chance.choice(["train", "train", "export"]))
    walk.kill(at)
    run = walk.finish()
    look(walk.here, run)

    assert (run.trained, run.exported) == (1, 1) or who not in ("dispatcher", "runner"), at
    assert losses(walk.here, run.id, run.trained) == undisturbed.losses(), at
