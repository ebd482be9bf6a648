"""Drops as a table: where each stands, how far its job is, and what a person is asked for.

    tables.drops(stories, width=80)

Used by `jinko status` and, redrawn every second, by `jinko up`. A row is one line, however long the name.
"""

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from functions import pages
from functions.story import Phase, Story, left, phase
from functions.verdict import current
from schemas import names
from schemas.names import Stage

RUNNING: Final[dict[Stage, str]] = {
    "train": "training",
    "export": "exporting",
    "gguf": "exporting",
    "publish": "publishing",
    "generate": "answering",
}
OTHERS: Final = 67  # columns of the screen that are not the drop's name
SHORTEST: Final = 13
STYLES: Final[dict[Phase, str]] = {
    "succeeded": "green",
    "running": "bold",
    "refused": "red",
    "failed": "red",
    "asked": "yellow",
    "waiting": "yellow",
}


def status(told: Sequence[Story], console: Console, where: str) -> None:
    """Every drop on a line, the newest first, and what to type about them."""
    if not told:
        console.print(f"Nothing was dropped here yet ({where}).", soft_wrap=True, highlight=False)
        console.print("Drop a file: jinko drop FILE. Dropped one elsewhere? Ask from that folder.")
        return
    console.print(drops(told, console.width))
    for line in todo(told):
        console.print(line, highlight=False, markup=False)
    console.print("One of them in full: jinko status RUN, or the name of its file")


def todo(told: Sequence[Story]) -> list[str]:
    """What waits for a person: a line each."""
    asked = {one.run.id: one.drop.name for one in told if one.run and phase(one) == "asked"}
    return [f"{name} waits for your yes: jinko approve {run}" for run, name in asked.items()]


def drops(told: Sequence[Story], width: int) -> Table:
    """Drops as a table, as wide as the screen at most."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("drop", no_wrap=True)
    table.add_column("stage", no_wrap=True, min_width=11)
    table.add_column("progress", no_wrap=True, min_width=8)
    table.add_column("loss", justify="right", no_wrap=True)
    table.add_column("time left", justify="right", no_wrap=True)
    table.add_column("run", no_wrap=True, min_width=names.ID_LENGTH)
    if not told:
        table.add_row("none yet")
    for one in told:
        progress = current(one)
        left = progress.seconds_left if progress and progress.step < progress.steps else None
        table.add_row(
            Text(_shortened(one.drop.name, max(SHORTEST, width - OTHERS))),
            Text(word(one), style=STYLES.get(phase(one), "")),
            _done(one),
            f"{progress.loss:.3f}" if progress and progress.loss is not None else "",
            _short(left) if left is not None else "",
            one.drop.run_id or "",
        )
    return table


def word(one: Story) -> str:
    """Where a drop stands, in a word or two."""
    at, run = phase(one), one.run
    asked = names.request_of(one.drop.name)
    if asked and run:
        return "a yes" if asked[0] == "approve" else "a stop"
    if left(one):
        return "over"
    if at == "waiting" and run:
        return f"waits, no. {one.position}"
    words: dict[Phase, str] = {
        "prepared": "preparing",
        "asked": "your yes?",
        "waiting": "trying again",
        "starting": "in line",
        "running": RUNNING[run.stage] if run else "",
        "succeeded": "done",
    }
    said = words.get(at, at)
    again = run.tries if run and at in ("starting", "running") else 1
    return f"{said} ({again})" if again > 1 else said


def _done(one: Story) -> str:
    """How far the job is; of a run that succeeded, how many answers are right."""
    progress = current(one)
    if progress is not None:
        return f"{progress.step:,}/{progress.steps:,}" if progress.steps else ""
    told = one.drop.of is None and phase(one) == "succeeded"
    after = one.trained.after if one.trained and told else None
    if after is None or after.exact_match is None:
        return ""
    return f"{pages.percent(after.exact_match)} right"


def _short(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def _shortened(name: str, most: int) -> str:
    """Both ends of a long name: people put what differs at the end."""
    name = pages.visible(name)
    if len(name) <= most:
        return name
    end = (most - 1) * 3 // 5
    return f"{name[: most - 1 - end]}…{name[-end:]}"
