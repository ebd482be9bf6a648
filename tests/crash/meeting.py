"""Two workers at once: one stops at each of its changes, the other works, then the first goes on.

    meet(meeting, folder)                  # the other works to its end
    meet(meeting, folder, every_pair=True) # the other stops at each of its changes too, and ends last

Each worker is a thread that a turnstile lets go or holds; what it does in between is real. The ending has to
be one that comes of one worker after the other, in either order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from infra.local.queue import Message
from tests.crash.ending import Ending, ending
from tests.crash.harness import KINDS, said
from tests.crash.mortal import SIDES, Fate, Side
from tests.crash.sound import look
from tests.crash.world import Fates, World

PATIENCE: Final = 60.0
Stop = tuple[int, Side]


class Meeting(NamedTuple):
    """A world with one message in its queue, for both workers, or with more: the first and the last meet."""

    name: str
    set_up: Callable[[World], None]
    limit: int = 5
    jobs: Fates | None = None
    any_end: bool = False
    """Details may differ from that of one after the other; how everything stands in the end may not."""
    also: tuple[str, ...] = ()
    """How everything may stand as well, where neither came after the other."""


@dataclass
class Met:
    """What came of it: how many times they met, and what went wrong."""

    meeting: Meeting
    times: int = 0
    losers: int = 0  # times that shards of more than one try lay there
    red: list[str] = field(default_factory=list)


class Worker:
    """Delivers one message in a thread of its own, and waits at `stop` until it may go on."""

    def __init__(self, world: World, message: Message, stop: Stop | None = None) -> None:
        self.world, self.message, self.stop = world, message, stop
        self.fate = Fate(self._hook)
        self.waits, self.may_go = Event(), Event()
        self.thread = Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Work until the stop, or to the end where that comes first."""
        self.thread.start()
        assert self.waits.wait(PATIENCE), "it neither stopped nor ended"

    def finish(self) -> None:
        """Go on to the end."""
        self.may_go.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def _hook(self, number: int, side: Side) -> None:
        if (number, side) == self.stop:
            self.waits.set()
            assert self.may_go.wait(PATIENCE)

    def _work(self) -> None:
        try:
            self.world.deliver_if_it_will(self.message, self.fate)
        finally:
            self.world.ground.db.close()
            self.waits.set()


def meet(
    meeting: Meeting,
    folder: Path,
    *,
    every_pair: bool = False,
    around: Callable[[World], None] | None = None,
) -> Met:
    """Let them meet at every change of the first (and of the second), and compare the endings."""
    start = World(folder / "start", meeting.limit, meeting.jobs)
    start.watch = look
    meeting.set_up(start)
    if around:
        around(start)
    met = Met(meeting)
    wanted = [_in_turn(start.copy(folder / f"in-turn-{second}"), second) for second in (False, True)]
    counts = [_count(start.copy(folder / f"count-{who}"), who) for who in (0, 1)]
    wanted += [{**wanted[0], "standing": sorted(meeting.also)}] if meeting.also else []
    kinds = KINDS["again"] if len(start.messages()) == 1 else KINDS["late"]
    kinds = frozenset({"standing", "queue"}) if meeting.any_end else kinds
    seen: dict[str, str] = {}
    for first, second in stops(counts, every_pair):
        met.times += 1
        world = start.copy(folder / f"meeting-{met.times}")
        _interleave(world, first, second)
        met.losers += len(list((world.home / "outbox" / "datasets").glob("*/*/train-00000.parquet"))) > 1
        now = str(ending(world))
        if now not in seen:
            try:
                world.end()
                seen[now] = said(world, wanted, kinds)
            except AssertionError as error:
                seen[now] = f"  {error}"
        if seen[now]:
            where = f"{meeting.name}: the first stopped {_at(first)}, the second {_at(second)}"
            met.red.append(f"{where}:\n{seen[now]}")
        world.forget()
    return met


def stops(counts: list[int], every_pair: bool) -> Iterator[tuple[Stop, Stop | None]]:
    """Where the two are held: the first before and after each change, the second before each.

    Who is held before a change has read what it is to change, and that may be old by then: the harder case.
    """
    firsts = [(n, side) for n in range(1, counts[0] + 1) for side in SIDES]
    seconds: list[Stop | None] = [(n, "before") for n in range(1, counts[1] + 1)]
    for first in firsts:
        yield from ((first, second) for second in (seconds if every_pair else [None]))


def _messages(world: World) -> tuple[Message, Message]:
    waiting = world.messages()
    return waiting[0], waiting[-1]


def _in_turn(world: World, second_first: bool) -> Ending:
    messages = _messages(world)
    for message in messages[::-1] if second_first else messages:
        world.deliver_if_it_will(message)
    world.end()
    return ending(world)


def _count(world: World, who: int) -> int:
    """How many changes this one makes when it comes first."""
    fate = Fate()
    world.deliver_if_it_will(_messages(world)[who], fate)
    return len(fate.calls)


def _interleave(world: World, first: Stop, second: Stop | None) -> None:
    one, other = _messages(world)
    a, b = Worker(world, one, first), Worker(world, other, second)
    a.start()
    b.start()
    a.finish()
    b.finish()


def _at(stop: Stop | None) -> str:
    return "nowhere" if stop is None else f"{stop[1]} change {stop[0]}"
