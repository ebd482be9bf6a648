"""The rules of drops: pinned once, superseded in words, identical ones are one run, data is waited for."""

from datetime import timedelta

import pytest

from infra import ledger
from schemas import names
from schemas.errors import Unavailable
from schemas.orders import TrainOrder
from schemas.records import DropRecord, now
from tests.conftest import at_once
from tests.crash.mortal import Died, dies
from tests.crash.world import CSV, World, scratch


@pytest.fixture
def world():
    with scratch() as folder:
        yield World(folder / "home")


def drops(w, **equal):
    return ledger.every(w.on, DropRecord, **equal)


def page(w, name):
    return w.on.store.read(w.on.outbox, names.status_page(name)).decode()


def epochs(w, run):
    order = w.on.store.read(w.on.outbox, names.order(run.id, "train"))
    return TrainOrder.model_validate_json(order).settings.recipe.training.epochs


# ---------------------------------------------------------------- pins


def test_a_jinko_yaml_changed_between_two_deliveries_does_not_change_the_answer(world):
    world.drop("jinko.yaml", "training: {epochs: 2}\n")
    world.drop("a.csv")
    notice = world.messages()[-1]
    with pytest.raises(Died):
        world.deliver(notice, dies(1, "after"))
    world.drop("jinko.yaml", "training: {epochs: 9}\n")
    world.end()
    world.drop("b.csv")
    world.end()

    assert [epochs(world, run) for run in world.runs()] == [2, 9]


def test_a_recipe_s_data_replaced_between_two_deliveries_is_said_to_be(world):
    world.drop("a.csv")
    world.end()
    world.drop("r.yaml", "data: {from: a.csv, seed: 7}\n")
    with pytest.raises(Died):
        world.deliver(world.messages()[0], dies(2, "after"))  # its source is pinned
    world.drop("a.csv", CSV + "x,y\n")
    world.end()
    (recipe,) = drops(world, name="r.yaml")

    assert recipe.state == "refused"
    assert "replaced" in recipe.faults[0].finding


def test_a_generation_that_is_gone_is_superseded_in_words_and_the_newer_one_answered(world):
    world.drop("a.csv")
    world.drop("a.csv", CSV + "x,y\n")
    world.end()
    states = {drop.generation: drop.state for drop in drops(world, name="a.csv")}
    (refused,) = drops(world, state="refused")

    assert [states[generation] for generation in sorted(states)] == ["refused", "started"]
    assert "replaced or removed before it was read" in refused.faults[0].finding
    assert "the newer one is answered by itself" in refused.faults[0].next_step
    assert page(world, "a.csv").index("Done") < page(world, "a.csv").index("Refused")


# ---------------------------------------------------------------- the fingerprint


def ten_at_once(w, start):
    """Ten identical files dropped, and each of their notices delivered by a worker of its own."""
    for number in range(start, start + 10):
        w.drop(f"{number}.csv")
    for _ in range(2):  # the notices, then what became of them
        waiting = w.messages()
        at_once(len(waiting), lambda n, told=waiting: w.deliver_if_it_will(told[n]))
    w.end()


def test_ten_identical_drops_at_once_are_one_run_and_ten_answers(world):
    ten_at_once(world, 0)
    (run,) = world.runs()

    assert [drop.run_id for drop in drops(world)] == [run.id] * 10
    assert all("## Done" in page(world, f"{number}.csv") for number in range(10))


def test_the_same_after_a_failure_is_a_new_run_for_all_of_them(world):
    world.jobs = {("train", 1): "fails"}
    ten_at_once(world, 0)
    world.jobs = {}
    ten_at_once(world, 10)
    failed, second = world.runs()

    assert (failed.state, second.state) == ("failed", "succeeded")
    assert {drop.run_id for drop in drops(world) if int(drop.name[:-4]) >= 10} == {second.id}


def test_again_true_is_a_new_run_though_an_identical_one_succeeded(world):
    world.drop("a.csv")
    world.end()
    world.drop("b.csv", again="true")
    world.end()

    assert [run.state for run in world.runs()] == ["succeeded", "succeeded"]


# ---------------------------------------------------------------- a recipe's data


def aged(w, name, minutes):
    """The record of a drop as if it had been made so many minutes ago."""
    made = (now() - timedelta(minutes=minutes)).isoformat()
    with w.ground.db.writing() as c:
        c.execute(
            "UPDATE documents SET data = json_set(data, '$.created', ?) WHERE kind = 'drops' "
            "AND json_extract(data, '$.name') = ?",
            (made, name),
        )


def test_a_recipe_waits_ten_minutes_for_its_data_and_then_says_what_it_waited_for(world):
    world.drop("r.yaml", "data: {from: late.csv}\n")
    (message,) = world.messages()
    for minutes in (0, 9):
        if minutes:
            aged(world, "r.yaml", minutes)
        with pytest.raises(Unavailable, match=r"late\.csv"):
            world.deliver(message)
        assert drops(world)[0].waiting
    aged(world, "r.yaml", 11)
    world.end()
    (recipe,) = drops(world)

    assert recipe.state == "refused"
    assert "late.csv" in recipe.faults[0].finding
    assert "ten minutes" in recipe.faults[0].finding
    assert world.messages() == []


def test_data_that_comes_in_time_is_taken(world):
    world.drop("r.yaml", "data: {from: late.csv}\ntraining: {epochs: 1}\n")
    with pytest.raises(Unavailable):
        world.deliver(world.messages()[0])
    world.drop("late.csv")
    world.end()

    assert sorted(epochs(world, run) for run in world.runs()) == [1, 10]  # of twelve rows, unasked
    assert {drop.state for drop in drops(world)} == {"started"}
