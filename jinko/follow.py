"""Works on this folder's ground until a drop or a run has its answer, and shows how far it is.

Where another process dispatches the ground already (`jinko up`, another `jinko drop`), this one only watches.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

from rich.console import Console

from functions.story import Story, over, phase, tell
from infra import ledger
from infra.local.ground import LocalGround
from infra.ports import Object
from jinko.live import Live
from jinko.worker import work
from schemas import names
from schemas.errors import Unavailable
from schemas.records import DropRecord, RunRecord

LOOK_SECONDS: Final = 0.3  # between two looks at the records


def follow(
    ground: LocalGround, find: Callable[[], DropRecord | None], until: Callable[[Story], bool]
) -> Story:
    """Work (or watch) until the drop's story is as wished. Raises Unavailable if it ends as a dead letter."""
    already_dead = {message.id for message in ground.queue.dead()}
    last_look = 0.0
    story: Story | None = None

    with Live(Console(file=sys.stderr)) as live:

        def done() -> bool:
            nonlocal story, last_look
            if time.monotonic() - last_look < LOOK_SECONDS:
                return False
            last_look = time.monotonic()
            record = find()
            story = tell(ground.cloud, record) if record else None
            live.show(story)
            if story is not None and until(story):
                return True
            for message in ground.queue.dead():
                if message.id not in already_dead:
                    raise Unavailable(f"{message.error}")
            return False

        work(ground, done)
    assert story is not None  # `work` returns only once `done` saw a story
    return story


def follow_drop(ground: LocalGround, dropped: Object) -> Story:
    """Follow a drop to its answer, or to the question whether to start."""
    drop_id = names.drop_id(dropped.bucket, dropped.name, dropped.generation)
    return follow(ground, lambda: ledger.find(ground.cloud, DropRecord, drop_id), settled)


def follow_run(ground: LocalGround, run_id: str, until: Callable[[Story], bool]) -> Story:
    """Follow a run, told as its first drop."""

    def first() -> DropRecord | None:
        run = ledger.find(ground.cloud, RunRecord, run_id)
        return ledger.find(ground.cloud, DropRecord, run.drop_id) if run else None

    return follow(ground, first, until)


def settled(story: Story) -> bool:
    """Whether nothing more happens by itself."""
    return over(story) or phase(story) == "asked"
