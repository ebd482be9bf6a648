"""Worlds in which somebody wants more of a run than its training: GGUF files, at once or later."""

from typing import Final

from infra import ledger
from schemas.events import CancelRequested, RunRequested
from schemas.runs import RunRecord
from tests.crash import setups as to
from tests.crash.harness import Scenario
from tests.crash.world import CSV, World

Q8: Final = {"export": "q8_0"}


def wants(w: World, settings: dict[str, str] | None = None) -> None:
    """A request for more of the only run."""
    given = dict(settings or Q8)
    w.ask(RunRequested(request="export", run_id=w.runs()[0].id, request_id="q8-1", settings=given))


def later(w: World) -> None:
    """Of a run that succeeded long ago."""
    to.done(w)
    wants(w)


def nonsense(w: World) -> None:
    to.done(w)
    wants(w, settings={"training.epochs": "2"})


def of_no_weights(w: World) -> None:
    """The training failed, so there is nothing to export."""
    to.done(w)
    wants(w)


def taken_up(w: World) -> None:
    """The request was noted; its run turns to it next."""
    later(w)
    w.deliver(w.messages()[0])


def taken_up_while_busy(w: World) -> None:
    """Its run trains: the request waits."""
    to.running(w)
    wants(w)
    w.deliver(w.messages()[0])


def gguf_ends(w: World) -> None:
    """The job that makes GGUF files ends."""
    taken_up(w)
    w.work()
    w.age()
    w.goes_on(to.first_job(w), "RUNNING")


def merged_and_published(w: World) -> None:
    """A recipe that asks for everything: the export ends, two stages follow.

    That it is going to be published is put into its record: there is no Hub here to be asked beforehand.
    """
    to.ordered(w, "a.csv", CSV, export="merged, q8_0")
    (run,) = w.runs()
    ledger.change(w.on, RunRecord, run.id, lambda it: it.moved(todo=(*it.todo, "publish")))
    w.age()
    w.goes_on(to.first_job(w), "RUNNING")
    w.work()
    w.age()
    w.goes_on(to.first_job(w), "RUNNING")


def cancelled_and_tried_again(w: World) -> None:
    """A request of which somebody thought better, and then better still."""
    taken_up(w)
    w.work()
    w.ask(CancelRequested(run_id=w.runs()[0].id))
    w.work()
    w.say(to.first_job(w), "CANCELLED")
    w.work()
    w.ask(RunRequested(request="retry", run_id=w.runs()[0].id))


def dropped_again(w: World) -> None:
    """The same content with another format: the run that there is makes it."""
    to.done(w)
    to.prepared(w, "b.csv", export="merged, q8_0")


def dropped_again_while_busy(w: World) -> None:
    to.running(w)
    to.prepared(w, "b.csv", export="merged, q8_0")


def dropped_after_a_failed_export(w: World) -> None:
    to.done(w)
    w.jobs = {}
    to.prepared(w, "b.csv")


WISHES: Final = [
    Scenario("order", "an identical run, and another format", dropped_again, thens=("again", "late", "lost")),
    Scenario("order", "another format of a run that is busy", dropped_again_while_busy),
    Scenario(
        "order",
        "a run whose export failed, dropped again",
        dropped_after_a_failed_export,
        jobs={("export", 1): "fails"},
    ),
    Scenario("train", "GGUF of a run that succeeded", later),
    Scenario("train", "with settings that it cannot have", nonsense),
    Scenario("order", "GGUF of a run that succeeded", taken_up, thens=("again", "late", "lost")),
    Scenario("order", "GGUF of a run that is busy", taken_up_while_busy),
    Scenario("train", "GGUF without weights", of_no_weights, jobs={("train", 1): "fails"}),
    Scenario("advance", "the GGUF files are made", gguf_ends, thens=("again", "late", "lost")),
    Scenario("advance", "the GGUF files differ", gguf_ends, jobs={("gguf", 1): "faults"}),
    Scenario("advance", "making GGUF files was lost", gguf_ends, jobs={("gguf", 1): "lost"}),
    Scenario("advance", "merged, GGUF and published", merged_and_published, thens=("again", "late", "lost")),
    Scenario("retry", "after a cancelled request", cancelled_and_tried_again),
]
