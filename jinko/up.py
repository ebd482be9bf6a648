"""`jinko up`: a folder that is watched until Ctrl-C. What is dropped in its inbox is answered.

It begins with a sweep: messages, jobs that outlived an earlier process, and files that were dropped meanwhile
all go on. Stopping it stops nothing that trains.
"""

import contextlib
import signal
import sys
import time
from types import FrameType
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from functions.story import Story, tell
from functions.verdict import verdict
from infra import ledger
from infra.local.dispatcher import Dispatcher
from infra.local.ground import LocalGround
from jinko import tables
from jinko.worker import SCAN_SECONDS, doors, ticking
from schemas.errors import Unavailable
from schemas.records import DropRecord

PAUSE_AFTER_TROUBLE: Final = 2.0  # seconds
DRAW_SECONDS: Final = 1.0  # between two pictures of the table
SHOWN_DROPS: Final = 15
SAME_SECONDS: Final = 2.0  # a second wish to stop within these is the first once more


class _Stop:
    """A wish to stop: what is being delivered is finished first. A second wish, a while later, stops at once.

    Raising in the middle would leave a page behind its run, and turn into another error inside an import.
    Libraries that watch for Ctrl-C themselves send what they saw once more.
    """

    def __init__(self) -> None:
        self.asked = False
        self._at = 0.0

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked and time.monotonic() - self._at > SAME_SECONDS:
            raise KeyboardInterrupt
        self.asked, self._at = True, time.monotonic()


def run(ground: LocalGround) -> int:
    """Watch and work until Ctrl-C or SIGTERM; the exit code. 1 if another process works this folder."""
    out = Console()
    with Dispatcher.hold(ground) as dispatcher:
        if dispatcher is None:
            out.print(
                f"This folder is being worked by process {Dispatcher.holder(ground)} already: {ground.home}"
            )
            out.print("It answers what is dropped while it runs. To work here instead, stop it first.")
            return 1
        stop = _Stop()
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, stop)
        inbox = ground.home / ground.cloud.inbox
        out.print(f"Watching {inbox}", soft_wrap=True, highlight=False)
        out.print("Copy a file there; read the answer in outbox/status. Ctrl-C stops watching.\n")
        with contextlib.suppress(KeyboardInterrupt):
            _watch(ground, dispatcher, out, stop)
        out.print(_farewell(ground))
    return 0


def _watch(ground: LocalGround, dispatcher: Dispatcher, out: Console, stop: _Stop) -> None:
    table = _Table(ground, out)
    looked = 0.0
    misnamed: set[str] = set()

    def stopped() -> bool:
        nonlocal looked
        if time.monotonic() - looked >= SCAN_SECONDS:
            _tell_misnamed(ground, misnamed, out)
            looked = time.monotonic()
        table.draw()
        return stop.asked

    wired = doors()
    said = ""
    with table.live:
        while not stop.asked:
            try:
                dispatcher.tick()
                dispatcher.run(wired, ticking(dispatcher, stopped))
            except (Unavailable, OSError) as error:  # a full disk, a locked database: it may pass
                if str(error) != said:
                    out.print(f"Trying again: {error}", markup=False, soft_wrap=True)
                said = str(error)
                time.sleep(PAUSE_AFTER_TROUBLE)


def _tell_misnamed(ground: LocalGround, told: set[str], out: Console) -> None:
    """Say once of each file in the inbox that its name keeps it from being a drop: no page can say it."""
    for name in ground.store.unfit(ground.cloud.inbox):
        if name not in told:
            told.add(name)
            out.print(f"{name}: this name cannot be a drop's. Rename it.", markup=False, soft_wrap=True)


class _Table:
    """The newest drops, redrawn while there is a screen; a line for each answer where there is none."""

    def __init__(self, ground: LocalGround, out: Console) -> None:
        self.ground, self.out = ground, out
        self.live = Live(console=out, refresh_per_second=4, transient=True, auto_refresh=out.is_terminal)
        self._drawn = 0.0
        self._said: set[tuple[str, str]] = set()

    def draw(self) -> None:
        if time.monotonic() - self._drawn < DRAW_SECONDS:
            return
        self._drawn = time.monotonic()
        drops = ledger.every(self.ground.cloud, DropRecord)
        told = [tell(self.ground.cloud, drop) for drop in drops[:SHOWN_DROPS]]
        if self.out.is_terminal:
            more = f"and {len(drops) - len(told)} earlier drops" if len(drops) > len(told) else ""
            notes = "\n".join(line for line in (more, *tables.todo(told)) if line)
            self.live.update(Group(tables.drops(told, self.out.width), Text(notes, style="dim")))
        else:
            for story in reversed(told):
                self._say(story)

    def _say(self, story: Story) -> None:
        said = (story.drop.id, tables.word(story))
        if said not in self._said:
            self._said.add(said)
            print(f"{story.drop.name}: {verdict(story)}", file=sys.stdout, flush=True)


def _farewell(ground: LocalGround) -> str:
    living = ground.jobs.living()
    if not living:
        return "Stopped. Nothing is running; what is dropped meanwhile is answered by the next jinko up."
    if len(living) == 1:
        return "Stopped watching. The job that is running goes on; the next jinko up takes its result."
    waiting = len(living) - 1
    return f"Stopped watching. The running job goes on and {waiting} wait; the next jinko up takes them on."
