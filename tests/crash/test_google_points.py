"""Twice is once on Google's own protocols: on_upload and on_dataset_ready die at every point there too.

The sentence is that of `test_points`; the ground is Firestore, Cloud Storage and Pub/Sub on their emulators,
on which every call takes milliseconds. So scenarios whose points mostly repeat another's are for `make soak`.
"""

from contextlib import ExitStack

import pytest

from functions import edge
from tests.crash.google import GoogleWorld
from tests.crash.harness import survey
from tests.crash.scenarios import ORDER, PREPARE, REQUESTS
from tests.crash.test_goes_red import hasty
from tests.crash.world import scratch

pytestmark = pytest.mark.cloud

IN_THE_GATE = {
    "prepare: a data file",
    "prepare: a file that cannot be used",
    "prepare: a setting that is none",
    "prepare: a file replaced before it was read",
    "prepare: a recipe naming a file",
    "prepare: approve/ drop",
    "prepare: cancel/ drop",
    "prepare: cancel/ drop of no run",
    "order: a new run",
    "order: a base that is none",
    "order: confirm: true",
    "order: answered by an identical run",
    "order: no free place",
}
SCENARIOS = [
    pytest.param(
        scenario, id=scenario.title, marks=[] if scenario.title in IN_THE_GATE else [pytest.mark.soak]
    )
    for scenario in (*PREPARE, *ORDER, *REQUESTS)
]


def surveyed(scenario, project):
    with scratch() as folder, ExitStack() as stack:

        def begin(home, limit, jobs):
            return GoogleWorld(home, limit, jobs, project, stack)

        return survey(scenario, folder, begin=begin)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_death_at_any_point_is_mended_on_googles_ground(scenario, project):
    outcome = surveyed(scenario, project)

    assert not outcome.red, "\n".join(outcome.red)
    assert outcome.deaths == 2 * len(outcome.calls) > 0


def test_what_is_in_the_gate_is_there():
    assert {scenario.title for scenario in (*PREPARE, *ORDER)} >= IN_THE_GATE


def test_an_acknowledgement_before_publishing_makes_it_red_there_too(project, monkeypatch):
    (scenario,) = [one for one in ORDER if one.name == "confirm: true"]
    monkeypatch.setattr(edge, "serve", hasty)
    red = surveyed(scenario, project).red

    assert red
    assert all("bus.publish(RunChanged)" in said for said in red)
