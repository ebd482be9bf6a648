"""Wires the three doors to the local dispatcher, and works until somebody's drop is done.

What Pub/Sub's push and Batch's scheduler do in the cloud, this does on one machine; the doors are the very
functions that are deployed. Only one process dispatches a ground: where another one does, this one watches.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

from infra.local.dispatcher import Dispatcher, Door
from infra.local.ground import LocalGround
from schemas.events import Topic

WATCH_SECONDS: Final = 0.2  # between two looks while another process dispatches
SCAN_SECONDS: Final = 1.0  # between two looks into the inbox
TICK_SECONDS: Final = 60.0  # between two sweeps


def doors() -> Mapping[Topic, Door]:
    """The deployed functions' own doors, by the topic that wakes each."""
    from functions.on_dataset_ready.main import on_dataset_ready
    from functions.on_job_done.main import on_job_done
    from functions.on_upload.main import on_upload

    return {
        "drops": on_upload,
        "datasets": on_dataset_ready,
        "requests": on_dataset_ready,
        "jobs": on_job_done,
    }


def work(ground: LocalGround, until: Callable[[], bool]) -> None:
    """Deliver messages and look after jobs until `until` says so, or watch while another process does.

    It begins with a sweep: what an earlier process left half-done goes on.
    """
    wired = doors()
    while not until():
        with Dispatcher.hold(ground) as dispatcher:
            if dispatcher is not None:
                dispatcher.tick()
                dispatcher.run(wired, ticking(dispatcher, until))
                return
        time.sleep(WATCH_SECONDS)


def ticking(dispatcher: Dispatcher, until: Callable[[], bool]) -> Callable[[], bool]:
    """`until`, which also looks into the inbox every second and rings for the sweep every minute."""
    ticked, scanned = time.monotonic(), 0.0

    def done() -> bool:
        nonlocal ticked, scanned
        if time.monotonic() - scanned >= SCAN_SECONDS:
            dispatcher.scan()
            scanned = time.monotonic()
        if time.monotonic() - ticked >= TICK_SECONDS:
            ticked = time.monotonic()
            dispatcher.tick()
        return until()

    return done
