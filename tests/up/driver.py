"""`jinko up` with the jobs of another package and, given a seed, a network that doubles and reorders.

    python -m tests.up.driver FOLDER [SEED]

Everything else is the product's own. What an unruly network does to each message, by chance: it is delivered
twice in a row; its acknowledgement is lost, so that the queue delivers it again; a copy of it comes again
much later; and messages that wait are overtaken by others.
"""

import os
import random
import sys
import time
from collections.abc import Mapping

from cloudevents.http import CloudEvent

from infra import ground
from infra.local.dispatcher import Door
from infra.local.ground import LocalGround
from jinko import up, worker
from schemas.events import Topic

LATEST = 200  # deliveries until a late copy comes
LATER = 1.0  # seconds that a message may be overtaken by


class Lost(Exception):
    """The acknowledgement did not arrive."""


class Unruly:
    """Wraps the doors. Every chance is drawn from one seed."""

    def __init__(self, here: LocalGround, seed: int) -> None:
        self.here, self.chance = here, random.Random(seed)
        self.count = self.twice = self.again = 0
        self.lost: set[str] = set()
        self.late: list[tuple[int, Door, CloudEvent]] = []

    def doors(self) -> Mapping[Topic, Door]:
        """The deployed doors behind such a network."""
        return {topic: self._around(door) for topic, door in worker.doors().items()}

    def _around(self, door: Door) -> Door:
        def deliver(envelope: CloudEvent) -> None:
            self.count += 1
            door(envelope)
            if self.chance.random() < 0.2:
                self.twice += 1
                door(envelope)
            if self.chance.random() < 0.2:
                self.late.append((self.count + self.chance.randrange(LATEST), door, envelope))
            self._deliver_late()
            self._reorder()
            if self.chance.random() < 0.05 and envelope["id"] not in self.lost:
                self.lost.add(envelope["id"])
                raise Lost("the acknowledgement")

        return deliver

    def _deliver_late(self) -> None:
        due = [one for one in self.late if one[0] <= self.count]
        self.late = [one for one in self.late if one[0] > self.count]
        for _, door, envelope in due:
            door(envelope)
        self.again += len(due)

    def _reorder(self) -> None:
        """Put off some of the messages that wait and have not failed yet."""
        with self.here.db.writing() as c:
            waiting = c.execute("SELECT id FROM messages WHERE attempts = 0 AND topic != 'runs' LIMIT 50")
            for row in waiting.fetchall():
                if self.chance.random() < 0.1:
                    due = time.time() + self.chance.random() * LATER
                    c.execute("UPDATE messages SET due = ? WHERE id = ?", (due, row["id"]))


def main(folder: str, seed: str | None = None) -> int:
    """Run it; the exit code of `jinko up`."""
    here = ground.local()
    path = here.jobs.environment["PYTHONPATH"]
    in_front = os.pathsep.join([folder, path])
    here.jobs.environment = {**here.jobs.environment, "PYTHONPATH": in_front, "REAL_PATH": path}
    if seed is None:
        return up.run(here)
    unruly = Unruly(here, int(seed))
    up.doors = unruly.doors
    code = up.run(here)
    lost, twice, again = len(unruly.lost), unruly.twice, unruly.again
    print(f"{unruly.count} deliveries; {twice} twice, {lost} lost, {again} came again late")
    return code


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
