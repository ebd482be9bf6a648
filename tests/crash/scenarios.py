"""The table of scenarios: each step, before each of the things that it may be asked to do.

A scenario brings a fresh world to where the step's message is the first in the queue. How far it then goes by
itself is the world's business (`World.end`). Asking for a scenario of another kind is adding a line here.
"""

from typing import Final

from infra import ledger
from schemas import names
from schemas.events import CancelRequested, DeleteRequested, RunApproved, RunRequested
from schemas.records import DatasetRecord, DropRecord
from tests.crash.harness import Scenario
from tests.crash.sweeping import SWEEPING
from tests.crash.world import CSV, World

ALL = ("again", "late", "lost")  # a lost message is mended by the sweep alone
ONCE = ("again",)  # by the time it came late, it would mean something else

# ---------------------------------------------------------------- worlds


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
    w.drop("a.csv", "frage,antwort\na,b\n")


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
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def cancel_running(w: World) -> None:
    running(w)
    ordered(w, "b.csv", CSV + "x,y\n")
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def retry(w: World) -> None:
    done(w)
    w.jobs = {}
    assert w.runs()[0].state == "failed"
    w.ask(RunRequested(request="retry", run_id=w.runs()[0].id))


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


def a_drop(w: World) -> DropRecord:
    return ledger.every(w.on, DropRecord)[0]


PREPARE: Final = [
    Scenario("prepare", "a data file", data, thens=ALL),
    Scenario("prepare", "a file that cannot be used", unusable, thens=ALL),
    Scenario("prepare", "a setting that is none", wrong_setting, thens=ALL),
    Scenario("prepare", "the same content again", same_content, thens=ALL),
    Scenario("prepare", "a file replaced before it was read", replaced),
    Scenario("prepare", "a recipe naming a file", recipe_of_a_file, thens=ALL),
    Scenario("prepare", "a recipe naming a dataset", recipe_of_a_dataset, thens=ALL),
    Scenario("prepare", "a recipe naming a file to come", recipe_of_a_file_to_come, then=arrives, thens=ONCE),
    Scenario("prepare", "approve/ drop", approve_by_drop),
    Scenario("prepare", "cancel/ drop", cancel_by_drop, thens=ONCE),
    Scenario("prepare", "cancel/ drop of no run", cancel_of_nothing, thens=ALL),
    Scenario("prepare", "a deleted dataset anew", deleted_dataset, thens=ALL),
]
ORDER: Final = [
    Scenario("order", "a new run", new_run, thens=ALL),
    Scenario("order", "a base that is none", no_base, thens=ALL),
    Scenario("order", "confirm: true", asked, thens=ALL),
    Scenario("order", "again: true", again, thens=ALL),
    Scenario("order", "answered by an identical run", identical, thens=ALL),
    Scenario("order", "identical, but that one failed", identical_but_failed, thens=ALL),
    Scenario("order", "no free place", no_slot, limit=1, thens=ALL),
]
REQUESTS: Final = [
    Scenario("approve", "a run that asked", approve),
    Scenario("cancel", "a run that asked", cancel_asked),
    Scenario("cancel", "a run that waits", cancel_waiting, limit=1, thens=ONCE),
    Scenario("cancel", "a run that was submitted", cancel_submitted, thens=ONCE),
    Scenario("cancel", "a run that runs; another waits", cancel_running, limit=1, thens=ONCE),
    Scenario("retry", "after a training that failed", retry, jobs={("train", 1): "fails"}),
    Scenario("retry", "after an export that failed", retry, jobs={("export", 1): "fails"}),
    Scenario("retry", "after a cancellation", retry_cancelled, limit=1),
    Scenario("delete", "a run", delete_run),
    Scenario("delete", "a dataset", delete_dataset),
]
ADVANCE: Final = [
    Scenario("advance", "the training starts", starts, thens=ALL),
    Scenario("advance", "the training ended well", ends, thens=ALL),
    Scenario("advance", "the export ended well; another waits", export_ends, limit=1, thens=ALL),
    Scenario("advance", "the adapter is all that was wanted", adapter_only, thens=ALL),
    Scenario("advance", "the training failed", ends, jobs={("train", 1): "fails"}, thens=ALL),
    Scenario("advance", "the training was lost", ends, jobs={("train", 1): "lost"}, thens=ALL),
    Scenario("advance", "lost four times", ends, jobs={("train", n): "lost" for n in range(1, 5)}, thens=ALL),
    Scenario("advance", "the training was cancelled", is_cancelled, thens=ALL),
    Scenario("advance", "faults in the result", ends, jobs={("train", 1): "faults"}, thens=ALL),
]
SCENARIOS: Final = [*PREPARE, *ORDER, *REQUESTS, *ADVANCE, *SWEEPING]
