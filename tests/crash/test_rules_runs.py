"""The rules of runs: places and the queue, attempts and their seconds, a yes, and second thoughts."""

import re
from datetime import timedelta

import pytest

from infra import ledger
from schemas import names
from schemas.events import CancelRequested, RunApproved, RunRequested
from schemas.orders import ExportOrder
from schemas.records import DropRecord, now
from schemas.runs import RunRecord
from tests.crash.mortal import Died, Fate, dies
from tests.crash.setups import first_job, ordered, running
from tests.crash.sound import look, wrong
from tests.crash.world import CSV, World, scratch


@pytest.fixture
def world():
    with scratch() as folder:
        made = World(folder / "home")
        made.watch = look
        yield made


def state(w, job):
    return w.on.jobs.status(job).state


def page(w, name):
    return w.on.store.read(w.on.outbox, names.status_page(name)).decode()


# ---------------------------------------------------------------- places


def test_of_seven_drops_two_run_and_five_wait_in_line_and_their_pages_say_so(tmp_path):
    with scratch() as folder:
        world = World(folder / "home", limit=2)
        world.watch = look
        for number in range(7):
            world.drop(f"{number}.csv", CSV + f"x{number},y\n")
        world.work()
        states = [run.state for run in world.runs()]
        world.sweep()
        world.work()
        said = [re.search(r"after (\d) other run", page(world, f"{number}.csv")) for number in range(7)]
        ahead = [int(found[1]) if found else None for found in said]
        world.end()

        assert states == ["submitted"] * 2 + ["waiting"] * 5
        assert ahead == [None, None, None, 1, 2, 3, 4]  # the first in line waits for a run that is active
        assert [run.state for run in world.runs()] == ["succeeded"] * 7
        assert not wrong(world)


# ---------------------------------------------------------------- attempts


def test_attempts_follow_one_another_and_their_seconds_add_up(world):
    world.jobs = {("train", 1): "runs", ("train", 2): "runs", ("train", 3): "runs", ("export", 1): "runs"}
    ordered(world)
    for attempt in (1, 2):
        world.live()
        world.age(100 * attempt)
        world.say(first_job(world), "FAILED", "The machine was taken away.", lost=True)
        world.work()
        (run,) = world.runs()
        assert (run.state, run.attempt, round(run.spent, -2)) == (
            "submitted",
            attempt + 1,
            (0, 100, 300)[attempt],
        )
    world.live()
    world.age(100)
    world.jobs = {}
    world.end()
    (run,) = world.runs()

    assert (run.state, run.trained, round(run.spent, -2)) == ("succeeded", 3, 400)


def test_the_next_attempt_starts_only_when_the_scheduler_says_that_the_last_is_gone(world):
    job = running(world)
    (run,) = world.runs()
    world.ask(CancelRequested(run_id=run.id))
    world.ask(RunRequested(request="retry", run_id=run.id))
    world.work()
    world.sweep()
    world.work()
    waits = world.runs()[0]
    world.say(job, "CANCELLED")
    world.work()
    after = world.runs()[0]

    assert (waits.state, waits.attempt) == ("waiting", 2)
    assert (after.state, after.attempt) == ("submitted", 2)


def test_a_retry_repeats_the_failed_stage_alone(world):
    world.jobs = {("export", 1): "fails"}
    world.drop()
    world.end()
    world.jobs = {}
    world.ask(RunRequested(request="retry", run_id=world.runs()[0].id))
    world.end()
    (run,) = world.runs()

    assert (run.state, run.trained, run.exported) == ("succeeded", 1, 2)
    assert world.on.jobs.status(names.job_id(run.id, "train", 2)) is None


# ---------------------------------------------------------------- second thoughts


def test_a_run_cancelled_between_its_job_and_its_move_has_its_job_cancelled(world):
    world.drop()
    world.deliver(world.messages()[0])
    fate = Fate()

    def hook(number, side):
        if fate.calls[-1].startswith("jobs.submit") and side == "after":
            (run,) = world.runs()
            ledger.change(world.on, RunRecord, run.id, lambda it: it.moved("cancelled", ended=now()))

    fate.hook = hook
    world.deliver(world.messages()[0], fate)
    job = first_job(world)
    world.end()

    assert any(call.startswith("jobs.cancel") for call in fate.calls)
    assert (world.runs()[0].state, state(world, job)) == ("cancelled", "CANCELLED")


@pytest.mark.parametrize("by", ["message", "drop"])
def test_a_cancellation_stops_the_run_and_its_meter_and_lets_the_next_one_in(by):
    with scratch() as folder:
        world = World(folder / "home", limit=1)
        world.watch = look
        job = running(world)
        ordered(world, "b.csv", CSV + "x,y\n")
        first = world.runs()[0].id
        if by == "message":
            world.ask(CancelRequested(run_id=first))
        else:
            world.drop(f"cancel/{first}.txt", "")
        world.end()

        assert [run.state for run in world.runs()] == ["cancelled", "succeeded"]
        assert state(world, job) == "CANCELLED"
        assert 100 <= world.runs()[0].spent < 150
        assert not wrong(world)


@pytest.mark.parametrize("by", ["message", "drop"])
def test_a_yes_by_drop_or_by_message_starts_the_run(world, by):
    ordered(world, confirm="true")
    (run,) = world.runs()
    assert run.state == "asked"
    if by == "message":
        world.ask(RunApproved(run_id=run.id))
    else:
        world.drop(f"approve/{run.id}", "")
    world.end()

    assert world.runs()[0].state == "succeeded"


@pytest.mark.parametrize(("hours", "state"), [(6 * 24 + 23, "asked"), (7 * 24, "lapsed")])
def test_a_yes_that_nobody_gave_lapses_after_seven_days(world, hours, state):
    ordered(world, confirm="true")
    world.sweep(world.runs()[0].created + timedelta(hours=hours))
    world.work()
    (run,) = world.runs()

    assert run.state == state
    assert (ledger.every(world.on, DropRecord)[0].state, world.on.jobs.status(first_job(world))) == (
        "started",
        None,
    )


def test_what_was_trained_again_after_a_cancellation_is_what_is_exported(world):
    """A training ended and its export was ordered, but whoever did so died, and a person cancelled."""
    world.goes_on(running(world), "RUNNING")
    with pytest.raises(Died):
        world.deliver(world.messages()[0], dies(1, "after"))
    (run,) = world.runs()
    for event in (CancelRequested(run_id=run.id), RunRequested(request="retry", run_id=run.id)):
        world.ask(event)
        world.deliver(world.messages()[-1])
    world.end()
    order = ExportOrder.model_validate_json(
        world.on.store.read(world.on.outbox, names.order(run.id, "export", world.runs()[0].paper))
    )

    assert world.runs()[0].trained == 2
    assert order.adapter == names.weights(run.id, "train", 2, "adapter")
