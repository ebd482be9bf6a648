"""The harness can go red: each guarantee is taken away on purpose, and some scenario has to notice.

What is broken is broken here alone: a function of the ledger or the edge is replaced while the test runs, or
the ports are wrapped so that two calls come in the wrong order.
"""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from functions import edge
from infra import ledger
from tests.crash.harness import survey
from tests.crash.meeting import meet
from tests.crash.meetings import MEETINGS
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import scratch

pytestmark = pytest.mark.crash


def surveyed(title, around=None):
    (scenario,) = [one for one in SCENARIOS if one.title == title]
    with scratch() as folder:
        return survey(scenario, folder, around=around)


def met(name):
    (meeting,) = [one for one in MEETINGS if one.name == name]
    with scratch() as folder:
        return meet(meeting, folder)


# ---------------------------------------------------------------- a compare-and-set


def overwrite(on, kind, id, to):
    """What `ledger.change` would be without its check: whoever writes last has it all."""
    before = ledger.load(on, kind, id)
    after = to(before)
    written = after == before
    while not written:
        newest = on.state.get(kind.kind, id).version
        written = on.state.replace(kind.kind, id, after.model_dump(mode="json"), newest)
    return after


@pytest.mark.parametrize(
    "name",
    [
        "approve and cancel",
        "advance and cancel",
        "cancel and approve, two places",
    ],
)
def test_a_move_without_its_compare_and_set_makes_it_red(name, monkeypatch):
    monkeypatch.setattr(ledger, "change", overwrite)
    monkeypatch.setattr(ledger, "move", lambda on, it, to: overwrite(on, type(it), it.id, to))

    assert met(name).red


# ---------------------------------------------------------------- acknowledging


def hasty(envelope, steps, ground):
    """What the edge would be if it acknowledged before it published."""
    told, on = edge.decode(envelope), ground()
    made = steps[type(told)](told, on)
    on.bus.port.done(SimpleNamespace(id=int(envelope["id"])))
    for event in made:
        on.bus.publish(event)


@pytest.mark.parametrize("title", ["order: a new run", "advance: the training failed"])
def test_an_acknowledgement_before_publishing_makes_it_red(title, monkeypatch):
    monkeypatch.setattr(edge, "serve", hasty)
    red = surveyed(title).red

    assert red
    assert all("bus.publish(RunChanged)" in said or "store.write_if(status/" in said for said in red)


# ---------------------------------------------------------------- the order of two writes


class Tardy:
    """A port some of whose calls are held back until another was made."""

    def __init__(self, port, late, until, held):
        self.port, self.late, self.until, self.held = port, late, until, held

    def __getattr__(self, method):
        return lambda *args, **kwargs: self.call(method, args, kwargs)

    def call(self, method, args, kwargs):
        told = f"{method} {args}"
        if re.match(self.late, told):
            *place, content = args  # a file is gone by the time that it is written
            data = content.read_bytes() if method == "upload" else content
            self.held.append(lambda: self.port.write(*place, data))
            return True
        answer = getattr(self.port, method)(*args, **kwargs)
        while re.match(self.until, told) and self.held:
            self.held.pop(0)()
        return answer


def swapped(late, until):
    """Breaks a world: what matches `late` is written only after a call that matches `until`."""

    def wrapped(on):
        held = []
        return replace(on, store=Tardy(on.store, late, until, held), jobs=Tardy(on.jobs, late, until, held))

    def broken(world):
        world.around = wrapped

    return broken


def test_a_manifest_before_its_shards_makes_it_red():
    red = surveyed("prepare: a data file", swapped(r"upload .*parquet", r"write_\w+ .*dataset.json")).red

    assert any("missing of the dataset" in said for said in red)


def test_a_job_before_its_order_makes_it_red():
    red = surveyed("order: a new run", swapped(r"write_once .*train/order.json", r"submit ")).red

    assert any("its order is missing" in said for said in red)


def test_the_same_with_nothing_swapped_is_green():
    assert not surveyed("order: a new run", swapped("never", "never")).red


def test_what_is_said_names_the_scenario_the_point_the_side_and_the_call():
    said = surveyed("order: a new run", swapped(r"write_once .*train/order.json", r"submit ")).red[0]
    told = r"order: a new run, point \d+ of \d+, died (before|after) \w+\.\w+\(.+\), again:\n  \S"

    assert re.match(told, said)
