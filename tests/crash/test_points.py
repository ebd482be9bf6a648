"""Twice is once: who dies before or after anything that a step writes is mended by the next delivery.

One test a scenario; in it, every point and both sides. `make crash` prints the same as a table.
"""

import pytest

from infra import ports
from tests.crash.harness import Scenario, survey
from tests.crash.mortal import CHANGES, READS
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import scratch

pytestmark = pytest.mark.crash

MOST_CALLS = 40  # that a step may need before this test no longer believes that it ends


def by_title(scenario: Scenario) -> str:
    return scenario.title


@pytest.mark.parametrize("scenario", SCENARIOS, ids=by_title)
def test_a_death_at_any_point_is_mended_by_the_next_delivery(scenario):
    with scratch() as folder:
        outcome = survey(scenario, folder)

    assert not outcome.red, "\n".join(outcome.red)
    assert 1 <= len(outcome.calls) <= MOST_CALLS
    assert outcome.deaths == 2 * len(outcome.calls)


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if "late" in s.thens], ids=by_title)
def test_a_delivery_that_comes_days_late_or_never_is_mended_too(scenario):
    with scratch() as folder:
        outcome = survey(scenario, folder, ("late", "lost"))

    assert not outcome.red, "\n".join(outcome.red)


def test_every_call_of_the_ports_is_known_to_change_the_world_or_not_to():
    for port in (ports.Store, ports.State, ports.Bus, ports.Jobs):
        name = port.__name__.lower()
        calls = {call for call in vars(port) if not call.startswith("_")}
        assert calls == CHANGES[name] | READS[name]
        assert not CHANGES[name] & READS[name]


def test_every_event_that_has_a_step_dies_in_some_scenario():
    asked = {scenario.step for scenario in SCENARIOS}

    assert asked == {"prepare", "order", "approve", "cancel", "train", "retry", "delete", "advance", "sweep"}
    assert len({scenario.title for scenario in SCENARIOS}) == len(SCENARIOS)
