"""The harness: a scenario is counted once undisturbed, then dies at every point, and has to end the same.

    outcome = survey(scenario, folder)     # one crash point for each change that the step makes, both sides
    outcome.red                            # what went wrong, in words; empty if nothing did

Three things may happen after a death. `again`: the message comes again at once. `late`: it comes again after
all else has come to rest and was swept. `lost`: it never comes again, and the sweep alone has to mend it.

The state of the world at the death decides what follows, so a world that was seen before (to have died after
a call is mostly to have died before the next) is not run to its end again.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tests.crash.ending import Ending, difference, ending
from tests.crash.mortal import SIDES, Died, Fate, Side, dies
from tests.crash.sound import look, wrong
from tests.crash.world import Fates, World

Then = Literal["again", "late", "lost"]
# Who tells late tells of the run as it is then, and who died after the last move tells nothing of it.
KINDS: Final[dict[Then, frozenset[str]]] = {
    "again": frozenset({"records", "objects", "pages", "jobs", "told on runs", "published", "queue"}),
    "late": frozenset({"records", "objects", "pages", "jobs", "queue"}),
    "lost": frozenset({"records", "objects", "pages", "jobs", "queue"}),
}


class Scenario(NamedTuple):
    """A world brought to where the step's message is the first in the queue."""

    step: str
    name: str
    set_up: Callable[[World], None]
    limit: int = 5
    jobs: Fates | None = None
    then: Callable[[World], None] | None = None
    """What people do afterwards, once all is at rest."""
    thens: tuple[Then, ...] = ("again", "late")

    @property
    def title(self) -> str:
        return f"{self.step}: {self.name}"


@dataclass
class Outcome:
    """What a survey found: the calls of the step, in order, and what went wrong after which death."""

    scenario: Scenario
    calls: list[str] = field(default_factory=list)
    deaths: int = 0
    red: list[str] = field(default_factory=list)
    hurt: Counter[Side] = field(default_factory=Counter)  # deaths of each side that were not mended


def survey(
    scenario: Scenario,
    folder: Path,
    thens: tuple[Then, ...] = ("again",),
    around: Callable[[World], None] | None = None,
    begin: Callable[[Path, int, Fates | None], World] = World,
) -> Outcome:
    """Die at every point and compare the endings. `around` may break the world first, to see it go red.

    `begin` makes the empty world, on whichever ground.
    """
    start = begin(folder / "start", scenario.limit, scenario.jobs)
    start.watch = look
    scenario.set_up(start)
    if around:
        around(start)
    outcome = Outcome(scenario)
    sound = start.copy(folder / "sound")
    fate = Fate()
    undisturbed(sound, scenario, fate)
    wanted = ending(sound)
    outcome.red = [f"{scenario.title}, undisturbed: {one}" for one in wrong(sound)]
    outcome.red += _twice(start.copy(folder / "twice"), scenario)
    outcome.calls = fate.calls
    seen: dict[str, str] = {}
    for then in [then for then in thens if then in scenario.thens]:
        for number, side in points(fate.calls):
            world = start.copy(folder / f"{then}-{number}-{side}")
            told = _dies_and_lives(world, scenario, then, (number, side), wanted, seen)
            outcome.deaths += 1
            if told:
                call = fate.calls[number - 1]
                where = f"{scenario.title}, point {number} of {len(fate.calls)}, died {side} {call}, {then}"
                outcome.red.append(f"{where}:\n{told}")
                outcome.hurt[side] += 1
            world.forget()
    return outcome


def points(calls: list[str]) -> Iterator[tuple[int, Side]]:
    """Every crash point: (number, side)."""
    for number in range(1, len(calls) + 1):
        for side in SIDES:
            yield number, side


def undisturbed(world: World, scenario: Scenario, fate: Fate) -> None:
    """Deliver the step's message with nobody dying, and live to the end."""
    message = world.messages()[0]
    world.deliver_if_it_will(message, fate)
    _to_the_end(world, scenario)


def _twice(world: World, scenario: Scenario) -> list[str]:
    """Delivered twice in a row with nobody dying: the second changes nothing and tells the same."""
    message, first, second = world.messages()[0], Fate(), Fate()
    world.deliver_if_it_will(message, first)
    facts = world.facts()
    world.deliver_if_it_will(message, second)
    same = world.facts() == facts and second.published == first.published
    return [] if same else [f"{scenario.title}, delivered twice:\n  the second did {', '.join(second.calls)}"]


def _dies_and_lives(
    world: World, scenario: Scenario, then: Then, at: tuple[int, Side], wanted: Ending, seen: dict[str, str]
) -> str:
    """What is wrong with the ending after this death; empty if nothing is."""
    message = world.messages()[0]
    try:
        world.deliver_if_it_will(message, dies(*at))
    except Died:
        pass
    else:
        return "  it did not die: the step makes other calls each time"
    now = f"{then} {ending(world)}"
    if now not in seen:
        if then == "lost":
            world.ground.queue.done(message)
        try:
            _to_the_end(world, scenario, message.id if then == "late" else None)
            seen[now] = said(world, [wanted], KINDS[then])
        except AssertionError as error:
            seen[now] = f"  {error}"
    return seen[now]


def said(world: World, wanted: list[Ending], kinds: frozenset[str]) -> str:
    """What is wrong with this ending, if it has to be one of those; empty if nothing is."""
    found = ending(world)
    apart = [difference(one, found, kinds) for one in wanted]
    nearest = min(apart, key=len, default="")
    return "\n".join([*(f"  {one}" for one in wrong(world)), *filter(None, [nearest])])


def _to_the_end(world: World, scenario: Scenario, late: int | None = None) -> None:
    if late is not None:
        world.end(but=late)
    world.end()
    if scenario.then:
        scenario.then(world)
        world.end()
