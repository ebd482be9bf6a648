"""retry, cancel, approve, delete and the lists, as a person types them; the jobs are stand-ins."""

import io
import json
import threading
from contextlib import contextmanager

import pytest

from infra import ledger
from jinko.drop import put
from jinko.worker import work
from schemas.records import DatasetRecord
from schemas.runs import RunRecord
from tests.conftest import lines, until

TINY = ("--set", "base_model=tiny-gemma3")
ROWS = lines(["question,answer", *(f"q{n},a{n}" for n in range(20))])


@pytest.fixture
def dropped(tmp_path, jinko, here):
    """Drop a file of this name; exit code, what was printed, and its newest run."""

    def drop(name, *options, rows=ROWS):
        (tmp_path / name).write_text(rows)
        code, out, _ = jinko("drop", name, *TINY, *options)
        return code, out, run_of(here, name)

    return drop


def run_of(here, name):
    from jinko.ask import known_run

    return known_run(here, name)


@contextmanager
def worked(here):
    """Somebody else works this ground meanwhile, as `jinko up` does."""
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(here, stop.is_set))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


# ---------------------------------------------------------------- drop


def test_a_drop_ends_with_what_to_do_and_the_same_drop_again_with_the_run_that_answers_it(dropped, jinko):
    code, out, run = dropped("a.csv")
    again, same, answered_by = dropped("a.csv")
    _, page, _ = jinko("status", "a.csv")

    assert (code, again, answered_by.id) == (0, 0, run.id)
    assert "Done: 3 of 4 held-out answers are right (before: 0)." in out
    assert "the status page" in out
    assert "How to ask it something: jinko status a.csv" in out
    assert "twice" not in out
    assert "nothing is trained twice" in same
    assert "--set again=true" in same
    assert page.count("How well it answers") == 1  # the earlier drop is told in a sentence
    assert dropped("a.csv", "--set", "again=true")[2].id != run.id


def test_a_recipe_whose_data_nobody_dropped_is_refused_before_it_is_dropped(tmp_path, jinko, here):
    (tmp_path / "gentle.yaml").write_text("data: {from: a.csv}\n")
    code, _, said = jinko("drop", "gentle.yaml")

    assert code == 2
    assert "'data.from: a.csv' is neither in the inbox nor a dataset prepared here." in said
    assert "jinko drop a.csv" in said
    assert list((here.home / "inbox").iterdir()) == []


# ---------------------------------------------------------------- confirm, approve, cancel


def test_a_run_that_waits_for_a_yes_is_told_everywhere_and_runs_once_it_has_one(dropped, jinko):
    code, out, run = dropped("a.csv", "--set", "confirm=true")
    _, listed, _ = jinko("status")
    approved, done, _ = jinko("approve", run.id)
    late, _, said = jinko("approve", run.id)

    assert (code, approved, late) == (0, 0, 2)
    assert f"jinko approve {run.id}" in out
    assert f"jinko cancel {run.id}" in out
    assert f"a.csv waits for your yes: jinko approve {run.id}" in listed
    assert "your yes?" in listed
    assert "Done: 3 of 4" in done
    assert "The run has succeeded; it does not wait for a yes." in said


def test_a_run_is_declined_by_the_name_of_its_file_and_taken_up_after_all(dropped, jinko, here):
    _, _, run = dropped("a.csv", "--set", "confirm=true")
    code, out, _ = jinko("cancel", "a.csv")
    twice, _, said = jinko("cancel", "a.csv")
    yes, _, hint = jinko("approve", "a.csv")
    after_all, done, _ = jinko("retry", "a.csv")

    assert (code, twice, yes, after_all) == (0, 2, 2, 0)
    assert f"Run {run.id}: cancelled." in out
    assert f"jinko retry {run.id}" in out
    assert "The run was cancelled; there is nothing to stop." in said
    assert f"jinko retry {run.id}" in hint
    assert "Done: 3 of 4" in done
    assert run_of(here, "a.csv").attempt == 1  # nothing had been tried before


def test_a_running_job_is_gone_when_cancel_returns(tmp_path, jinko, here):
    (tmp_path / "wait.csv").write_text(ROWS)
    with worked(here):
        put(here, tmp_path / "wait.csv", {"base_model": "tiny-gemma3"})
        until(lambda: ledger.every(here.cloud, RunRecord, state="running"))
        _, shown, _ = jinko("status")
        code, out, _ = jinko("cancel", "wait.csv")

    assert code == 0
    assert "training" in shown
    assert "cancelled." in out
    assert here.jobs.living() == []


# ---------------------------------------------------------------- retry


def test_a_failure_is_told_once_for_all_rows_alike_and_a_retry_is_the_second_attempt(dropped, jinko, here):
    code, out, run = dropped("fail.csv")
    _, shown, _ = jinko("show", "fail.csv")
    (here.home / "mended").touch()
    retried, done, _ = jinko("retry", run.id)
    again, _, refused = jinko("retry", run.id)
    _, page, _ = jinko("status", "fail.csv")

    assert (code, retried, again) == (1, 0, 2)
    assert "fail.csv:2: The row is 62 tokens long" in shown
    assert "{" not in shown
    assert out.count("tokens long") == 1
    assert "fail.csv:2" in out
    assert "20 times; also in lines 3, 4, 5, 6, 7 and 14 more" in out
    assert "there may be more" in out
    assert f"jinko retry {run.id}" in out
    assert run_of(here, "fail.csv").trained == 2
    assert "Done: 3 of 4" in done
    assert "only one that failed, was cancelled or lapsed can be tried again" in refused
    assert "Done: 3 of 4" in page


def test_what_is_asked_of_something_that_is_no_run_is_answered_with_where_to_look(tmp_path, jinko, here):
    (tmp_path / "bad.csv").write_text("height,weight\n1.7,60\n")
    jinko("drop", "bad.csv")
    for verb in ("retry", "cancel", "approve"):
        unknown, _, said = jinko(verb, "0123456789abcdef")
        no_run, _, why = jinko(verb, "bad.csv")
        assert (unknown, no_run) == (2, 2)
        assert "There is no run of this id here." in said
        assert "jinko status" in said
        assert "bad.csv: No run came of this file." in why
        assert "jinko status bad.csv" in why


# ---------------------------------------------------------------- delete


def test_a_deletion_asks_first_happens_once_and_leaves_what_is_in_use(dropped, jinko, here, monkeypatch):
    _, _, run = dropped("a.csv")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))  # nobody is there to answer
    unsure, kept, _ = jinko("delete", run.id)
    assert (unsure, "Nothing was removed." in kept) == (1, True)
    assert f"run {run.id} (a.csv, " in kept
    assert list((here.home / "outbox" / "runs").iterdir())

    sure, out, _ = jinko("delete", run.id, "--yes")
    twice, again, _ = jinko("delete", run.id, "--yes")
    _, shown, _ = jinko("show", run.id)
    _, page, _ = jinko("status", "a.csv")
    gone, _, said = jinko("retry", run.id)
    assert (sure, twice, gone) == (0, 0, 2)
    assert f"Removed all files of run {run.id}" in out
    assert "was deleted before; nothing is left to remove" in again
    assert "deleted" in shown
    assert "Deleted: this run's files were removed" in page
    assert "To train anew, drop the file again." in said


def test_a_dataset_in_use_stays_and_a_file_is_not_deleted_by_its_name(dropped, jinko, here):
    _, _, run = dropped("a.csv", "--set", "confirm=true")
    used, _, said = jinko("delete", run.dataset_id, "--yes")
    alive, _, first = jinko("delete", run.id, "--yes")
    named, _, hint = jinko("delete", "a.csv", "--yes")
    jinko("cancel", run.id)
    free, out, _ = jinko("delete", run.dataset_id, "--yes")
    _, listed, _ = jinko("datasets")
    _, page, _ = jinko("status", "a.csv")

    assert (used, alive, named, free) == (2, 2, 2, 0)
    assert f"Run {run.id} uses this dataset and has not ended." in said
    assert "The run waits for your yes; only a run that has ended can be deleted." in first
    assert f"of it came run {run.id} and dataset {run.dataset_id}" in hint
    assert f"Removed all files of dataset {run.dataset_id}" in out
    assert ledger.load(here.cloud, DatasetRecord, run.dataset_id).state == "deleted"
    assert listed == "No dataset here yet.\n"
    assert "its prepared rows were removed since" in page


# ---------------------------------------------------------------- lists


def test_what_there_is_is_listed_and_shown_with_figures_and_the_source_of_every_setting(dropped, jinko):
    _, _, run = dropped("a.csv", "--set", "training.epochs=2")
    (dataset,), (model,) = (json.loads(jinko(verb, "--json")[1]) for verb in ("datasets", "models"))
    told = json.loads(jinko("show", run.id, "--json")[1])
    words, of_dataset, listed, tables = (
        jinko(*typed)[1]
        for typed in (("show", "a.csv"), ("show", run.dataset_id), ("models",), ("datasets",))
    )

    assert (dataset["dataset"], dataset["rows"]) == (run.dataset_id, 20)
    assert (model["run"], model["right before"], model["right after"]) == (run.id, 0.0, 0.75)
    assert told["settings"]["training.epochs"] == {"value": "2.0", "from": "metadata"}
    assert told["after"]["exact_match"] == 0.75
    assert ["training.epochs", "2.0", "metadata,", "or", "--set"] in [
        line.split() for line in words.split("\n")
    ]
    assert "3 of 4 (75%)" in words
    assert f"{run.id}       succeeded" in of_dataset
    assert "0% → 75%" in listed
    assert run.dataset_id in tables
