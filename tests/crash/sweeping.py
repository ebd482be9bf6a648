"""Scenarios of the sweep: each kind of thing that has not ended, with nobody left who would tell of it."""

from datetime import timedelta
from typing import Final

from infra import ledger
from schemas import names
from schemas.events import DeleteRequested
from schemas.records import now
from schemas.runs import RunRecord
from tests.crash.harness import Scenario
from tests.crash.mortal import Died, Fate, dies
from tests.crash.world import CSV, World


def forgotten(w: World) -> None:
    """Every message that waits is lost; only the tick comes."""
    for message in w.messages():
        w.ground.queue.done(message)
    w.sweep()


def killed(w: World, call: str) -> None:
    """The first message is delivered to a worker that dies after a call like this one; it is lost."""
    counted, fate = w.copy(w.home.with_name(f"{w.home.name}-counted")), Fate()
    counted.deliver(counted.messages()[0], fate)
    counted.forget()
    number = next(n for n, made in enumerate(fate.calls, 1) if made.startswith(call))
    try:
        w.deliver(w.messages()[0], dies(number, "after"))
    except Died:
        forgotten(w)


def without_a_record(w: World) -> None:
    w.drop()
    forgotten(w)


def received(w: World) -> None:
    w.drop()
    killed(w, "state.create(drops received)")


def prepared(w: World) -> None:
    w.drop()
    w.deliver(w.messages()[0])
    forgotten(w)


def run_without_its_drop(w: World) -> None:
    w.drop()
    w.deliver(w.messages()[0])
    killed(w, "state.create(runs waiting)")


def not_submitted(w: World) -> None:
    w.drop()
    w.deliver(w.messages()[0])
    killed(w, "state.replace(runs ordered)")


def not_moved(w: World) -> None:
    w.drop()
    w.deliver(w.messages()[0])
    killed(w, "jobs.submit")


def unheard(w: World) -> None:
    w.drop()
    w.work()
    run = w.runs()[0]
    job = names.job_id(run.id, "train", 1)
    w.goes_on(job, "QUEUED")
    w.goes_on(job, "RUNNING")
    forgotten(w)


def slot_of_the_dead(w: World) -> None:
    """A run ended, whoever ended it died, and another waits for its place."""
    w.drop(confirm="true")
    w.drop("b.csv", CSV + "x,y\n")
    w.work()
    ledger.change(w.on, RunRecord, w.runs()[1].id, lambda it: it.moved("cancelled", ended=now()))
    w.on.jobs.cancel(names.job_id(w.runs()[1].id, "train", 1))
    w.drop("c.csv", CSV + "u,v\n")
    w.work()
    forgotten(w)


def unapproved(w: World) -> None:
    w.drop(confirm="true")
    w.work()
    w.sweep(now() + timedelta(days=7, hours=1))


def losers_shards(w: World) -> None:
    w.drop()
    other = w.copy(w.home.with_name(f"{w.home.name}-other"))
    other.deliver(other.messages()[0])
    w.deliver(w.messages()[0])
    for path in (other.home / "outbox" / "datasets").glob("*/*/*"):
        name = path.relative_to(other.home / "outbox").as_posix()
        w.on.store.upload(w.on.outbox, name, path)
    other.forget()
    w.work()
    w.live()
    w.sweep()


def half_deleted_run(w: World) -> None:
    w.drop()
    w.end()
    w.ask(DeleteRequested(what="run", id=w.runs()[0].id))
    killed(w, "store.delete")


def half_deleted_dataset(w: World) -> None:
    w.drop()
    w.end()
    w.ask(DeleteRequested(what="dataset", id=w.runs()[0].dataset_id))
    killed(w, "store.delete")


def stale_page(w: World) -> None:
    w.drop()
    w.work()
    w.on.store.write(w.on.outbox, names.status_page("a.csv"), b"An old story.")
    w.sweep()


SWEEPING: Final = [
    Scenario("sweep", "a file without a record", without_a_record),
    Scenario("sweep", "a drop that was received", received),
    Scenario("sweep", "a drop that was prepared", prepared),
    Scenario("sweep", "a run whose drop does not know it", run_without_its_drop),
    Scenario("sweep", "a run that was not submitted", not_submitted),
    Scenario("sweep", "a run that does not know it was submitted", not_moved),
    Scenario("sweep", "a job that ended unheard", unheard),
    Scenario("sweep", "a place held by a run that ended", slot_of_the_dead, limit=1),
    Scenario("sweep", "a yes that nobody gave", unapproved),
    Scenario("sweep", "shards of a try that lost", losers_shards),
    Scenario("sweep", "a run that is half deleted", half_deleted_run),
    Scenario("sweep", "a dataset that is half deleted", half_deleted_dataset),
    Scenario("sweep", "a page that is stale", stale_page),
]
