"""Twice is once: each step dies before each single thing it writes, and the next delivery mends all.

The ports are wrapped by one that counts what changes the world and dies before the call it is told to (after
a call is before the next). Where a step that was never killed ends, one that was killed anywhere and then
delivered again has to end too.
"""

import re
from dataclasses import replace
from typing import Any

import pytest

from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_upload.step import prepare
from infra import ledger, settings
from infra.local.ground import LocalGround
from infra.ports import Cloud
from schemas.events import JobChanged
from schemas.names import job_id
from schemas.records import DatasetRecord, DropRecord, RunRecord
from tests.conftest import drop, say_of_job
from tests.functions.runs import CSV, TINY, jobs, ordered, prepared, write_export, write_training

CHANGES = {
    "write",
    "write_once",
    "write_if",
    "upload",
    "delete",
    "create",
    "replace",
    "submit",
    "publish",
    "cancel",
}
MOST_CALLS = 40  # that a step may need before this test no longer believes that it ends


class Killed(BaseException):
    """As sudden as a power cut: nothing of ours catches it."""


class Fate:
    """When the process dies: before which change."""

    def __init__(self, at: int):
        self.at, self.count = at, 0


class Mortal:
    """A port whose calls change the world, until one of them would be the last."""

    def __init__(self, port: Any, fate: Fate):
        self.port, self.fate = port, fate

    def __getattr__(self, name):
        act = getattr(self.port, name)
        return act if name not in CHANGES else lambda *args, **kwargs: self.call(act, args, kwargs)

    def call(self, act, args, kwargs):
        self.fate.count += 1
        if self.fate.count == self.fate.at:
            raise Killed
        return act(*args, **kwargs)


def mortal(on: Cloud, fate: Fate) -> Cloud:
    ports = {name: Mortal(getattr(on, name), fate) for name in ("store", "state", "bus", "jobs")}
    return replace(on, **ports)


def summary(ground):
    """All that the world knows, ids and moments left out."""
    on = ground.cloud
    names = [plain(found.name) for found in on.store.list(on.outbox) if "/card." not in found.name]
    return {
        "drops": [
            (d.state, d.base, d.faults, bool(d.dataset_id), bool(d.run_id))
            for d in ledger.every(on, DropRecord)
        ],
        "datasets": [d.rows for d in ledger.every(on, DatasetRecord)],
        "runs": [(r.state, r.stage, r.attempt, r.trained, r.exported) for r in ledger.every(on, RunRecord)],
        "jobs": sorted((plain(id), state) for id, state in jobs(ground).items()),
        "outbox": sorted(set(names)),
        "pages": [
            plain(on.store.read(on.outbox, n.name).decode()) for n in on.store.list(on.outbox, "status/")
        ],
    }


def plain(text):
    """Without ids, the try that a shard was written by, and times of day."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", re.sub(r"\b[0-9a-f]{16}\b|/[0-9a-f]{8}/", "ID", text))


# ---------------------------------------------------------------- what is to be done


def to_prepare(ground):
    event = drop(ground, "a.csv", CSV, TINY)
    return lambda on: prepare(event, on)


def to_refuse(ground):
    event = drop(ground, "a.csv", "frage,antwort\na,b\n", TINY)
    return lambda on: prepare(event, on)


def to_order(ground):
    ready = prepared(ground)
    return lambda on: order(ready, on)


def to_refuse_the_base(ground):
    ready = prepared(ground, base_model="no-such-base")
    return lambda on: order(ready, on)


def to_order_anew(ground):
    ordered(ground)
    ready = prepared(ground, "b.csv", again="true")
    return lambda on: order(ready, on)


def to_export(ground):
    run = ordered(ground)
    write_training(ground, run)
    say_of_job(ground, run.id, "train", "SUCCEEDED")
    return lambda on: advance(JobChanged(job_id=job_id(run.id, "train", 1), state="SUCCEEDED"), on)


def to_finish(ground):
    run = ordered(ground)
    to_export_it = to_export(ground)
    to_export_it(ground.cloud)
    write_export(ground, run)
    say_of_job(ground, run.id, "export", "SUCCEEDED")
    return lambda on: advance(JobChanged(job_id=job_id(run.id, "export", 1), state="SUCCEEDED"), on)


def to_fail(ground):
    run = ordered(ground)
    say_of_job(ground, run.id, "train", "FAILED", "out of memory")
    return lambda on: advance(JobChanged(job_id=job_id(run.id, "train", 1), state="FAILED"), on)


TASKS = (to_prepare, to_refuse, to_order, to_refuse_the_base, to_order_anew, to_export, to_finish, to_fail)


def fresh(folder):
    return LocalGround(folder, settings.BUNDLED_MODELS, {})


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_a_step_killed_at_any_write_is_mended_by_the_next_delivery(tmp_path, task):
    sound = fresh(tmp_path / "sound")
    told = [type(event) for event in task(sound)(sound.cloud)]
    wanted = summary(sound)
    deaths = 0
    while deaths < MOST_CALLS:
        ground = fresh(tmp_path / str(deaths + 1))
        step = task(ground)
        try:
            step(mortal(ground.cloud, Fate(deaths + 1)))
            break
        except Killed:
            deaths += 1
        again = step(ground.cloud)
        assert [type(event) for event in again] == told, f"killed at change {deaths}"
        assert summary(ground) == wanted, f"killed at change {deaths}"
        assert step(ground.cloud) == again

    assert 2 <= deaths < MOST_CALLS
