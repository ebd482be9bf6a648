"""People read on the page what became of their file, also while Cloud Batch does not answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.on_dataset_ready.requests import cancel
from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_job_done.sweep import sweep
from functions.on_upload.step import prepare
from infra import ledger
from schemas import names
from schemas.errors import Unavailable
from schemas.events import JobChanged, Swept
from schemas.runs import RunRecord
from tests.conftest import drop, lines, say_of_job
from tests.functions.runs import ordered, page, prepared, said, trained, write_export, write_training

OTHER = lines(["question,answer", *(f"x{n},y{n}" for n in range(40))])


class Away:
    """Cloud Batch when it does not answer."""

    def _asked(self, *_):
        raise Unavailable("Cloud Batch does not answer.")

    submit = status = cancel = _asked


@pytest.fixture
def away(ground):
    return replace(ground.cloud, jobs=Away())


@pytest.fixture
def old(ground):
    """A run that succeeded two hours ago, of a.csv."""
    run = trained(ground)
    write_export(ground, run)
    said(ground, run, "export", "SUCCEEDED")
    ended = datetime.now(UTC) - timedelta(hours=2)
    return ledger.change(ground.cloud, RunRecord, run.id, lambda it: it.moved(ended=ended))


def test_a_drop_whose_job_cannot_be_submitted_has_its_page(ground, away):
    with pytest.raises(Unavailable):
        order(prepared(ground, "c.csv", OTHER), away)
    assert "## Starting" in page(ground, "c.csv")


def test_a_request_that_cannot_be_followed_yet_has_its_page(ground, away, old):
    (asked,) = prepare(drop(ground, f"cancel/{old.id}", ""), ground.cloud)
    prepared(ground, "c.csv", OTHER)
    with pytest.raises(Unavailable):
        order(prepared(ground, "c.csv", OTHER), away)  # so that something waits for a job
    with pytest.raises(Unavailable):
        cancel(asked, away)
    assert f"of run `{old.id}`" in page(ground, f"cancel/{old.id}")


def test_a_run_whose_next_job_cannot_be_submitted_is_told_as_it_stands(ground, away):
    run = ordered(ground)
    write_training(ground, run)
    job = say_of_job(ground, run.id, "train", "SUCCEEDED")
    away.jobs.status = ground.jobs.status
    with pytest.raises(Unavailable):
        advance(JobChanged(job_id=job, state="SUCCEEDED"), away)
    assert "75%" in page(ground)


def test_the_sweep_writes_the_page_of_a_drop_that_follows_an_old_run_and_died_before_it_was_told(ground, old):
    on = ground.cloud
    (changed,) = order(prepared(ground, "b.csv"), on)
    assert changed.run_id == old.id
    told = page(ground, "b.csv")
    on.store.delete(on.outbox, names.status_page("b.csv"))
    sweep(Swept(at=datetime.now(UTC)), on)
    assert page(ground, "b.csv") == told
