"""Works on this folder's ground until a drop or a run has its answer, and shows how far it is.

Where another process dispatches the ground already (`jinko up`, another `jinko drop`), and in the cloud, this
one only watches. A message that cannot be delivered ends the wait, if it is about what is waited for; others'
do not. In the cloud such a message lies on the dead-letter topic, which this command does not read.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Final

from rich.console import Console

from functions.story import Story, over, phase, tell
from infra import ledger
from infra.local.queue import Message
from infra.ports import Object
from jinko.here import Here
from jinko.live import Live
from jinko.worker import work
from schemas import names
from schemas.errors import Unavailable
from schemas.records import DropRecord
from schemas.runs import RunRecord

LOOK_SECONDS: Final = 0.3  # between two looks at the records
CLOUD_LOOK_SECONDS: Final = 2.0  # each look there is paid for
_AGAIN: Final = "Unavailable: "  # how the queue notes what did not answer


def watch(here: Here, done: Callable[[], bool], about: Callable[[], Iterable[str]]) -> None:
    """Work (or watch) until `done`. Raises Unavailable if a message with one of `about` is set aside."""
    if here.local is None:
        while not done():
            time.sleep(CLOUD_LOOK_SECONDS)
        return
    queue = here.local.queue
    already_dead = {message.id for message in queue.dead()}
    last_look = 0.0

    def looked() -> bool:
        nonlocal last_look
        if time.monotonic() - last_look < LOOK_SECONDS:
            return False
        last_look = time.monotonic()
        if done():
            return True
        for message in queue.dead():
            if message.id not in already_dead and any(id in _said(message) for id in about()):
                raise Unavailable((message.error or "").removeprefix(_AGAIN))
        return False

    work(here.local, looked)


def _said(message: Message) -> str:
    return message.data.decode(errors="replace") + json.dumps(dict(message.attributes))


def follow(
    here: Here,
    find: Callable[[], DropRecord | None],
    until: Callable[[Story], bool],
    about: Iterable[str],
    quiet: bool = False,
) -> Story:
    """Show a drop's story until it is as wished. `about`: ids that are in every message about it."""
    story: Story | None = None

    with Live(Console(file=sys.stderr)) as live:

        def done() -> bool:
            nonlocal story
            record = find()
            story = tell(here.cloud, record) if record else None
            if not quiet:
                live.show(story)
            return story is not None and until(story)

        watch(here, done, lambda: [*about, *([story.run.id] if story and story.run else [])])
    assert story is not None  # `watch` returns only once `done` saw a story
    return story


def follow_drop(here: Here, dropped: Object) -> Story:
    """Follow a drop to its answer, or to the question whether to start."""
    drop_id = names.drop_id(dropped.bucket, dropped.name, dropped.generation)
    about = (drop_id, str(dropped.generation))
    return follow(here, lambda: ledger.find(here.cloud, DropRecord, drop_id), settled, about)


def follow_run(here: Here, run_id: str, until: Callable[[Story], bool], quiet: bool = False) -> Story:
    """Follow a run, told as its first drop."""

    def first() -> DropRecord | None:
        run = ledger.find(here.cloud, RunRecord, run_id)
        return ledger.find(here.cloud, DropRecord, run.drop_id) if run else None

    return follow(here, first, until, (run_id,), quiet)


def settled(story: Story) -> bool:
    """Whether nothing more happens by itself."""
    return over(story) or phase(story) == "asked"
