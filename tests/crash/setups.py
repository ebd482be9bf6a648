"""Worlds brought to where the message of a step is the first in the queue. No tests here.

One function for each thing a step may be asked to do; how far a world then goes is `World.end`'s business.
"""

from infra import ledger
from schemas import names
from schemas.events import CancelRequested, DeleteRequested, RunApproved, RunRequested
from schemas.records import DatasetRecord
from tests.crash.world import BASE, CSV, World


def ordered(w: World, name: str = "a.csv", content: str = CSV, **settings: str) -> None:
    """A drop whose run was ordered, and submitted where there was a place."""
    w.drop(name, content, **settings)
    w.work()


def running(w: World, number: int = -1) -> str:
    """A run whose job runs; its job's id."""
    ordered(w)
    job = first_job(w, number)
    w.say(job, "RUNNING")
    w.work()
    w.age()
    return job


def first_job(w: World, number: int = -1) -> str:
    run = w.runs()[number]
    return names.job_id(run.id, run.stage, run.attempt)


def done(w: World, name: str = "a.csv", **settings: str) -> None:
    """A drop that came to its end."""
    w.drop(name, **settings)
    w.end()


def prepared(w: World, name: str = "a.csv", content: str = CSV, **settings: str) -> None:
    """A drop whose DatasetReady waits to be delivered."""
    w.drop(name, content, **settings)
    w.deliver(w.messages()[0])


def dataset(w: World) -> str:
    (made,) = ledger.every(w.on, DatasetRecord)
    return made.id


# ---------------------------------------------------------------- prepare


def data(w: World) -> None:
    w.drop()


def unusable(w: World) -> None:
    w.drop("a.csv", "height,weight\n1.7,60\n")


def wrong_setting(w: World) -> None:
    w.drop("a.csv", learning_rate="1")


def same_content(w: World) -> None:
    done(w)
    w.drop("b.csv")


def replaced(w: World) -> None:
    w.drop()
    w.drop("a.csv", CSV + "x,y\n")


def recipe_of_a_file(w: World) -> None:
    done(w)
    w.drop("r.yaml", "data: {from: a.csv, test_size: 0.3}\n")


def recipe_of_a_dataset(w: World) -> None:
    done(w)
    w.drop("r.yaml", f"data: {{from: {dataset(w)}}}\ntraining: {{epochs: 2}}\n")


def recipe_of_a_file_to_come(w: World) -> None:
    """The file was there once, so that its generation is known; `arrives` brings it back."""
    done(w, "b.csv")
    (w.home / "inbox" / "b.csv").rename(w.home / "inbox" / ".b.csv")
    w.drop("r.yaml", "data: {from: b.csv}\ntraining: {epochs: 2}\n")


def arrives(w: World) -> None:
    (w.home / "inbox" / ".b.csv").rename(w.home / "inbox" / "b.csv")


def approve_by_drop(w: World) -> None:
    ordered(w, confirm="true")
    w.drop(f"approve/{w.runs()[0].id}", "")


def cancel_by_drop(w: World) -> None:
    running(w)
    w.drop(f"cancel/{w.runs()[0].id}.txt", "")


def cancel_of_nothing(w: World) -> None:
    w.drop("cancel/0123456789abcdef", "")


def deleted_dataset(w: World) -> None:
    done(w)
    w.ask(DeleteRequested(what="dataset", id=dataset(w)))
    w.end()
    w.drop("b.csv", again="true")


# ---------------------------------------------------------------- order


def new_run(w: World) -> None:
    prepared(w)


def no_base(w: World) -> None:
    prepared(w, base_model="no-such-base")


def asked(w: World) -> None:
    prepared(w, confirm="true")


def again(w: World) -> None:
    done(w)
    prepared(w, "b.csv", again="true")


def identical(w: World) -> None:
    done(w)
    prepared(w, "b.csv")


def identical_but_failed(w: World) -> None:
    running(w)
    w.say(first_job(w), "FAILED", "out of memory")
    w.work()
    prepared(w, "b.csv")


def no_slot(w: World) -> None:
    running(w)
    prepared(w, "b.csv", CSV + "x,y\n")


# ---------------------------------------------------------------- requests


def approve(w: World) -> None:
    ordered(w, confirm="true")
    w.ask(RunApproved(run_id=w.runs()[0].id))


def cancel_asked(w: World) -> None:
    ordered(w, confirm="true")
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def cancel_waiting(w: World) -> None:
    running(w)
    ordered(w, "b.csv", CSV + "x,y\n")
    w.ask(CancelRequested(run_id=w.runs()[1].id))


def cancel_submitted(w: World) -> None:
    ordered(w)
    w.age()  # on a slow ground it would be told of seconds, on a fast one of none
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def cancel_running(w: World) -> None:
    running(w)
    ordered(w, "b.csv", CSV + "x,y\n")
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def retry(w: World) -> None:
    done(w)
    w.jobs = {}
    (failed,) = [run.id for run in w.runs() if run.state == "failed"]
    w.ask(RunRequested(request="retry", run_id=failed))


def retry_cancelled(w: World) -> None:
    cancel_running(w)
    w.end()
    w.ask(RunRequested(request="retry", run_id=w.runs()[0].id))


def delete_run(w: World) -> None:
    done(w)
    w.ask(DeleteRequested(what="run", id=w.runs()[0].id))


def delete_dataset(w: World) -> None:
    done(w)
    w.ask(DeleteRequested(what="dataset", id=dataset(w)))


def train(w: World) -> None:
    done(w)
    settings = {"base_model": BASE, "training.epochs": 2}
    w.ask(RunRequested(request="train", dataset_id=dataset(w), request_id="gentle-1", settings=settings))


def train_on_nothing(w: World) -> None:
    w.ask(RunRequested(request="train", dataset_id="0123456789abcdef", request_id="gentle-1"))


# ---------------------------------------------------------------- advance


def starts(w: World) -> None:
    ordered(w)
    w.say(first_job(w), "RUNNING")


def ends(w: World) -> None:
    """The job ends as the scenario's fate says."""
    w.goes_on(running(w), "RUNNING")


def export_ends(w: World) -> None:
    """The export ends, and another run waits for the place."""
    ends(w)
    w.work()
    ordered(w, "b.csv", CSV + "x,y\n")
    w.say(first_job(w, 0), "RUNNING")
    w.work()
    w.goes_on(first_job(w, 0), "RUNNING")


def adapter_only(w: World) -> None:
    ordered(w, export="adapter")
    w.say(first_job(w), "RUNNING")
    w.work()
    w.goes_on(first_job(w), "RUNNING")


def is_cancelled(w: World) -> None:
    w.say(running(w), "CANCELLED")
