"""The durable queue: messages in SQLite, delivered at least once, dead-lettered after five failures.

`enqueue` works inside somebody's transaction, so that an object and its notice, or a job's state and its
notice, are durable together. There is one dispatcher (`infra.local.dispatcher`), so a message needs no lease:
it is there until `done` removes it. Messages of `runs` have no door of ours and stay for whoever reads them.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from infra.local.db import Database
from schemas import events
from schemas.events import Event, Topic

MAX_ATTEMPTS: Final = 5  # Pub/Sub's smallest, and what Terraform sets
BACKOFF_SECONDS: Final = (1.0, 2.0, 4.0, 8.0)


class Message(NamedTuple):
    """One message as the queue holds it. `attempts` counts deliveries that failed."""

    id: int
    topic: Topic
    data: bytes
    attributes: Mapping[str, str]
    published: float
    attempts: int
    error: str | None


def enqueue(c: sqlite3.Connection, topic: Topic, data: bytes, attributes: Mapping[str, str]) -> None:
    """Add a message within the caller's transaction."""
    c.execute(
        "INSERT INTO messages (topic, data, attributes, published) VALUES (?, ?, ?, ?)",
        (topic, data, json.dumps(dict(attributes)), time.time()),
    )


class Queue:
    """The queue, and the Bus of the local ground."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def publish(self, event: Event) -> None:
        """Put an event on its topic; durable when this returns."""
        with self.db.writing() as c:
            enqueue(c, events.TOPIC_OF[event.type], events.dumps(event), events.attributes(event))

    def due(self, topics: Sequence[Topic]) -> Message | None:
        """The oldest message of these topics whose time has come, or None."""
        marks = ",".join("?" * len(topics))
        query = (
            f"SELECT * FROM messages WHERE dead = 0 AND topic IN ({marks}) AND due <= ? ORDER BY id LIMIT 1"
        )
        with self.db.reading() as c:
            row = c.execute(query, (*topics, time.time())).fetchone()
        return _message(row) if row else None

    def done(self, message: Message) -> None:
        """Acknowledge: the message's effects are durable."""
        with self.db.writing() as c:
            c.execute("DELETE FROM messages WHERE id = ?", (message.id,))

    def failed(self, message: Message, error: str) -> None:
        """Deliver again after a growing pause, or set aside as dead after the last attempt."""
        attempts = message.attempts + 1
        dead = attempts >= MAX_ATTEMPTS
        pause = 0.0 if dead else BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]
        with self.db.writing() as c:
            c.execute(
                "UPDATE messages SET attempts = ?, due = ?, dead = ?, error = ? WHERE id = ?",
                (attempts, time.time() + pause, int(dead), error, message.id),
            )

    def forget(self, seconds: float) -> None:
        """Remove older dead letters and messages of `runs`; what waits for a door is never removed."""
        with self.db.writing() as c:
            c.execute(
                "DELETE FROM messages WHERE (dead = 1 OR topic = 'runs') AND published < ?",
                (time.time() - seconds,),
            )

    def waiting(self, topics: Sequence[Topic]) -> int:
        """How many messages of these topics are not yet delivered (dead ones are not waiting)."""
        marks = ",".join("?" * len(topics))
        with self.db.reading() as c:
            count = c.execute(
                f"SELECT count(*) FROM messages WHERE dead = 0 AND topic IN ({marks})", tuple(topics)
            )
            return int(count.fetchone()[0])

    def told(self, topic: Topic) -> list[Message]:
        """All living messages of a topic, oldest first: how one follows `runs`."""
        with self.db.reading() as c:
            rows = c.execute("SELECT * FROM messages WHERE dead = 0 AND topic = ? ORDER BY id", (topic,))
            return [_message(row) for row in rows.fetchall()]

    def dead(self) -> list[Message]:
        """The dead letters, oldest first."""
        with self.db.reading() as c:
            return [
                _message(row)
                for row in c.execute("SELECT * FROM messages WHERE dead = 1 ORDER BY id").fetchall()
            ]


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=row["id"],
        topic=row["topic"],
        data=bytes(row["data"]),
        attributes=json.loads(row["attributes"]),
        published=row["published"],
        attempts=row["attempts"],
        error=row["error"],
    )
