"""The one dispatcher of a local ground: what Pub/Sub's push and Batch's scheduler are in the cloud.

    with Dispatcher.hold(ground) as dispatcher:      # None if another process holds this ground
        dispatcher.run(doors, until=lambda: done())

Messages arrive at the doors as the CloudEvents that functions-framework makes of a Pub/Sub push. A door that
returns has acknowledged; a door that raises gets the message again after a pause, at most five times, and
then it is set aside as a dead letter.
"""

import base64
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from cloudevents.http import CloudEvent

from infra.local.ground import LocalGround
from infra.local.queue import Message
from schemas.events import Swept, Topic
from schemas.records import now

RETENTION_SECONDS: Final = 7 * 24 * 3600.0  # of dead letters and of `runs`, as on Pub/Sub
PAUSE_SECONDS: Final = 0.1  # between two looks when nothing was due
Door = Callable[[CloudEvent], None]


class Dispatcher:
    """Delivers messages and looks after jobs, for whoever holds the ground's lock."""

    def __init__(self, ground: LocalGround) -> None:
        self.ground = ground

    @classmethod
    @contextmanager
    def hold(cls, ground: LocalGround) -> Iterator["Dispatcher | None"]:
        """Hold the ground's dispatcher lock; None while another process does. The lock dies with us."""
        handle = os.open(ground.home / "dispatcher.lock", os.O_RDWR | os.O_CREAT)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            os.truncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            yield cls(ground)
        finally:
            os.close(handle)

    @staticmethod
    def holder(ground: LocalGround) -> int | None:
        """The process id that is written in the lock: who holds it, or held it last."""
        path = ground.home / "dispatcher.lock"
        text = path.read_text() if path.is_file() else ""
        return int(text) if text.isdecimal() else None

    def turn(self, doors: Mapping[Topic, Door]) -> bool:
        """Look at the jobs, deliver one message. True if there was anything to do."""
        changed = self.ground.jobs.turn()
        message = self.ground.queue.due(tuple(doors))
        if message is None:
            return changed
        try:
            doors[message.topic](envelope(message))
        except Exception as error:  # noqa: BLE001 - this is the sender: whatever a door raises, it delivers again
            self.ground.queue.failed(message, f"{type(error).__name__}: {error}")
        else:
            self.ground.queue.done(message)
        return True

    def run(self, doors: Mapping[Topic, Door], until: Callable[[], bool]) -> None:
        """Turn until `until` says so, resting while there is nothing to do."""
        while not until():
            if not self.turn(doors):
                time.sleep(PAUSE_SECONDS)

    def tick(self) -> None:
        """Ring for the sweep, as the cloud's scheduler does every few minutes."""
        self.ground.queue.forget(RETENTION_SECONDS)
        self.ground.queue.publish(Swept(at=now()))

    def scan(self) -> None:
        """See what was put into the inbox by hand; each new file rings the bell."""
        for _ in self.ground.store.list(self.ground.cloud.inbox):
            pass

    def idle(self, doors: Mapping[Topic, Door]) -> bool:
        """Whether nothing waits and no job lives."""
        return not self.ground.queue.waiting(tuple(doors)) and not self.ground.jobs.living()


def envelope(message: Message) -> CloudEvent:
    """The CloudEvent that functions-framework makes of a Pub/Sub push of this message."""
    published = datetime.fromtimestamp(message.published, UTC).isoformat()
    attributes = {
        "id": str(message.id),
        "source": f"//pubsub.googleapis.com/projects/local/topics/{message.topic}",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "datacontenttype": "application/json",
        "time": published,
    }
    body = {
        "@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage",
        "data": base64.b64encode(message.data).decode(),
        "attributes": dict(message.attributes),
        "messageId": str(message.id),
        "publishTime": published,
    }
    return CloudEvent(attributes, {"message": body})
