"""Worlds on a larger ground: files are left to jobs, machines are lent and cost money. No tests here."""

from dataclasses import replace
from typing import Final

from infra.ports import Cloud, Machine
from tests.crash import setups as to
from tests.crash.harness import Scenario
from tests.crash.sweeping import forgotten, killed
from tests.crash.world import CSV, World

L4: Final = Machine("g2-standard-4", 4, 16, "NVIDIA L4", 1, 24, 0.72, 0.42)
LONGER_THAN_ITS_MONEY: Final = 14 * 3600


def _too_big(on: Cloud) -> Cloud:
    return replace(on, max_function_bytes=10)


def _lends(on: Cloud) -> Cloud:
    return replace(on, machines=(L4,))


# ---------------------------------------------------------------- preparations


def big(w: World) -> None:
    w.around = _too_big
    w.drop()


def big_recipe(w: World) -> None:
    to.recipe_of_a_file(w)
    w.around = _too_big


def deleted_dataset(w: World) -> None:
    to.deleted_dataset(w)
    w.around = _too_big


def _job(w: World, content: str = CSV) -> str:
    """A drop whose job runs; the job's id."""
    w.around = _too_big
    w.drop("a.csv", content)
    w.work()
    (job,) = w.ground.jobs.living()
    w.say(job, "RUNNING")
    w.work()
    return job


def ends(w: World) -> None:
    """It ends as the scenario's fate says."""
    w.goes_on(_job(w), "RUNNING")


def finds_faults(w: World) -> None:
    w.goes_on(_job(w, "question,answer\na,\n"), "RUNNING")


def left_to_nobody(w: World) -> None:
    big(w)
    killed(w, "state.replace(drops preparing)")


def ends_unheard(w: World) -> None:
    ends(w)
    forgotten(w)


def next_left_to_nobody(w: World) -> None:
    w.jobs = {("prepare", 1): "lost"}
    ends(w)
    killed(w, "state.replace(drops preparing)")


# ---------------------------------------------------------------- machines


def lent(w: World) -> None:
    w.around = _lends
    to.new_run(w)


def used_up(w: World) -> None:
    w.around = _lends
    job = to.running(w)
    w.age(LONGER_THAN_ITS_MONEY)
    w.goes_on(job, "RUNNING")


SWEEPING: Final = [
    Scenario("sweep", "a drop that was left to nobody", left_to_nobody),
    Scenario("sweep", "a preparation that ended unheard", ends_unheard),
    Scenario("sweep", "a second preparation left to nobody", next_left_to_nobody),
]
