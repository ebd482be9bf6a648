"""Drops that are handed to a job, and jobs that are noted. No tests here."""

import dataclasses
from datetime import timedelta

import pytest

from functions.on_job_done.step import advance
from functions.on_job_done.sweep import sweep
from functions.on_upload.step import prepare
from infra import ledger
from schemas import names
from schemas.events import JobChanged, Swept
from schemas.records import DropRecord, now
from tests.conftest import drop, remembered
from tests.functions.runs import CSV, TINY


class Noting:
    """The ground's jobs; what was submitted is noted."""

    def __init__(self, jobs):
        self._jobs, self.specs = jobs, []

    def submit(self, job):
        self.specs.append(job)
        return self._jobs.submit(job)

    def __getattr__(self, name):
        return getattr(self._jobs, name)


@pytest.fixture
def on(ground):
    """A ground whose functions read nothing above ten bytes."""
    return dataclasses.replace(ground.cloud, max_function_bytes=10, jobs=Noting(ground.jobs))


def record(on, event):
    return ledger.load(on, DropRecord, names.drop_id(event.bucket, event.name, event.generation))


def handed(ground, on, content=CSV, **settings):
    """A drop that was handed to a job."""
    event = drop(ground, "a.csv", content, TINY | settings)
    assert prepare(event, on) == []
    return record(on, event)


def ended(ground, on, job, state="SUCCEEDED", detail="", lost=False):
    """The scheduler says this of a job; what the step tells, the same twice."""
    with ground.db.writing() as c:
        said = c.execute("UPDATE jobs SET state=?, detail=?, lost=? WHERE id=?", (state, detail, lost, job))
        assert said.rowcount == 1
    told = advance(JobChanged(job_id=job, state=state), on)
    before = remembered(ground)
    assert advance(JobChanged(job_id=job, state=state), on) == told
    assert remembered(ground) == before
    return told


def tick(on, after=timedelta(minutes=5)):
    """What the sweep tells, so long after now."""
    return sweep(Swept(at=now() + after), on)
