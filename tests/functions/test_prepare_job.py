"""A file that is too big for a function is handed to a job once, and the job does what the function would."""

import dataclasses
import subprocess
import sys

import pytest

from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_upload.job import main, run_job
from functions.on_upload.step import prepare
from infra import ground as grounds
from infra import ledger
from schemas import names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.events import DatasetReady, JobChanged
from schemas.records import DropRecord
from schemas.results import PrepareResult
from tests.conftest import at_once, drop, remembered, settled
from tests.functions.handing import Noting, ended, handed, on, record
from tests.functions.runs import CSV, TINY, jobs, page

__all__ = ["on"]  # a fixture


# ---------------------------------------------------------------- handed over


def test_a_big_file_is_handed_to_a_job_once_and_its_page_says_so(ground, on):
    event = drop(ground, "a.csv", CSV, TINY)
    assert prepare(event, on) == []
    made = record(on, event)
    (spec,) = on.jobs.specs

    assert (made.state, made.job, made.dataset_id) == ("preparing", 1, None)
    assert spec.id == names.prepare_job_id(made.id, 1)
    assert spec.arguments == ("--drop", made.id, "--attempt", "1")
    assert (spec.program, spec.placement) == ("functions.on_upload.job", None)
    assert "## Reading the file, which is large, by a job of its own" in page(ground)
    assert "a job on a machine of its own" in page(ground)
    assert list(on.store.list(on.outbox, "datasets/")) == []

    before = remembered(ground)
    assert prepare(event, on) == []  # submitted again, which is once
    assert len(on.jobs.specs) == 2
    assert remembered(ground) == before


def test_a_file_that_a_function_can_read_and_a_laptops_are_not_handed_over(ground, on):
    small = dataclasses.replace(on, max_function_bytes=len(CSV))
    laptop = dataclasses.replace(on, max_function_bytes=None)

    assert prepare(drop(ground, "a.csv", CSV, TINY), small)
    assert prepare(drop(ground, "b.csv", CSV + "x,y\n", TINY), laptop)
    assert jobs(ground) == {}


def test_what_counts_is_the_data_that_a_recipe_names(ground, on):
    drop(ground, "a.csv", CSV)
    event = drop(ground, "r.yaml", "data: {from: a.csv}\nbase_model: tiny-gemma3\n")
    half = dataclasses.replace(on, max_function_bytes=len(CSV) - 1)
    assert prepare(event, half) == []
    made = record(on, event)
    assert made.state == "preparing"
    drop(ground, "a.csv", "question,answer\nother,file\n")  # what was pinned is gone

    assert run_job(on, made.id, 1) == 0
    assert ended(ground, on, names.prepare_job_id(made.id, 1)) == []
    assert "replaced" in record(on, event).faults[0].finding


def test_several_that_hand_it_over_at_once_make_one_job(ground, on):
    event = drop(ground, "a.csv", CSV, TINY)

    assert at_once(3, lambda _: prepare(event, on)) == [[], [], []]
    assert list(jobs(ground)) == [names.prepare_job_id(record(on, event).id, 1)]


def test_a_job_that_cannot_be_submitted_refuses_the_drop_or_is_waited_for(ground, on):
    class Closed(Noting):
        def submit(self, job):
            raise error

    event = drop(ground, "a.csv", CSV, TINY)
    closed = dataclasses.replace(on, jobs=Closed(ground.jobs))
    error = Unavailable("Cloud Batch does not answer.")
    with pytest.raises(Unavailable):
        prepare(event, closed)
    assert record(on, event).waiting == "Cloud Batch does not answer."
    assert "## Waiting" in page(ground)

    error = BadInput(Fault(place="JINKO_CPU_IMAGE", finding="It is not set.", next_step="Set it."))
    assert prepare(event, closed) == []
    assert record(on, event).state == "refused"
    assert "JINKO_CPU_IMAGE" in page(ground)


# ---------------------------------------------------------------- the job


def test_the_job_makes_the_dataset_that_the_function_would_have_made(ground, on):
    made = handed(ground, on)
    assert run_job(on, made.id, 1) == 0
    (ready,) = ended(ground, on, names.prepare_job_id(made.id, 1))
    by_function = prepare(drop(ground, "b.csv", CSV, TINY), ground.cloud)[0]

    assert ready == DatasetReady(drop_id=made.id, dataset_id=by_function.dataset_id)
    after = ledger.load(on, DropRecord, made.id)
    assert (after.state, after.dataset_id, after.waiting) == ("prepared", ready.dataset_id, None)
    assert "40 rows are ready" in page(ground)
    assert order(ready, on)[0].state == "submitted"


def test_a_job_whose_result_is_there_does_nothing_more(ground, on, capsys):
    made = handed(ground, on)
    assert run_job(on, made.id, 1) == 0
    before = remembered(ground)

    assert run_job(on, made.id, 1) == 0
    assert remembered(ground) == before
    assert "nothing to do" in capsys.readouterr().out


def test_what_is_wrong_with_the_file_is_told_as_the_function_would_tell_it(ground, on):
    made = handed(ground, on, "question,answer\na,\n")
    assert run_job(on, made.id, 1) == 0
    assert ended(ground, on, names.prepare_job_id(made.id, 1)) == []
    after = ledger.load(on, DropRecord, made.id)
    prepare(drop(ground, "b.csv", "question,answer\na,\n", TINY), ground.cloud)

    assert after.state == "refused"
    told = page(ground, "b.csv").replace("b.csv", "a.csv")
    assert "a.csv" in after.faults[0].place
    assert page(ground).split("### Why")[1] == told.split("### Why")[1]


def test_its_front_door_says_by_its_code_what_may_be_done(ground, on, monkeypatch, capsys):
    monkeypatch.setattr(grounds, "cloud", lambda: on)
    made = handed(ground, on)

    assert main(["--drop", "0123456789abcdef", "--attempt", "1"]) == 75
    assert "is not there yet" in capsys.readouterr().err
    assert main(["--drop", made.id, "--attempt", "1"]) == 0
    assert PrepareResult.model_validate_json(on.store.read(on.outbox, names.prepare_result(made.id, 1)))
    with ground.db.writing() as c:
        c.execute("UPDATE documents SET data = '{}' WHERE kind = 'drops'")
    assert main(["--drop", made.id, "--attempt", "2"]) == 1
    assert "Traceback" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["--drop", made.id, "--attempt", "0"])
    assert left.value.code == 2


def test_its_help_teaches():
    command = [sys.executable, "-m", "functions.on_upload.job", "--help"]
    told = subprocess.run(command, capture_output=True, text=True).stdout

    assert "result.json last" in told
    assert "exit codes: 0" in told


def test_as_a_process_of_its_own_it_prepares_the_file(ground, on):
    made = handed(ground, on)
    job = names.prepare_job_id(made.id, 1)
    status = settled(ground.jobs, job)

    assert (status.state, status.detail) == ("SUCCEEDED", "")
    assert advance(JobChanged(job_id=job, state="SUCCEEDED"), on)[0].drop_id == made.id
