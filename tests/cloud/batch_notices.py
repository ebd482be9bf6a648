"""The notices of Cloud Batch: everything is in the attributes, the body is a sentence for people.

A test may hold them back, and then let them go late, in another order, or more than once: Pub/Sub promises
neither order nor once. Notices about tasks are not made: nobody of ours asks for them.
"""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from google.cloud.batch_v1 import types

STATE = types.JobStatus.State


class Publisher(Protocol):
    """As Pub/Sub's own client publishes."""

    def publish(self, topic: str, data: bytes, **attributes: str) -> Any:
        """A future."""


class Notice(NamedTuple):
    """A message on its way."""

    topic: str
    data: bytes
    attributes: dict[str, str]


class Notices:
    """Sends what jobs' notifications ask for. `silent`: states that are never told, such as CANCELLED."""

    def __init__(self, publisher: Publisher) -> None:
        self.silent: set[str] = set()
        self.held: list[Notice] = []
        self._publisher, self._holding, self._lock = publisher, False, threading.Lock()

    def tell(self, job: types.Job, old: str, new: str) -> None:
        """A job's state changed."""
        for wanted in job.notifications:
            message = wanted.message
            about_jobs = message.type_ == types.JobNotification.Type.JOB_STATE_CHANGED
            if about_jobs and message.new_job_state in (STATE.STATE_UNSPECIFIED, STATE[new]):
                self._send(_notice(wanted.pubsub_topic, job, old, new))

    def _send(self, notice: Notice) -> None:
        with self._lock:
            if notice.attributes["NewJobState"] in self.silent:
                return
            if self._holding:
                self.held.append(notice)
                return
        self.publish([notice])

    def hold(self) -> None:
        """Keep every notice from now on."""
        self._holding = True

    def release(self) -> list[Notice]:
        """Keep none any more; what was held is the caller's, to publish as it likes."""
        with self._lock:
            self._holding, held, self.held = False, self.held, []
        return held

    def publish(self, notices: Sequence[Notice]) -> None:
        """Send these, in this order."""
        for notice in notices:
            self._publisher.publish(notice.topic, notice.data, **notice.attributes).result(timeout=30)


def _notice(topic: str, job: types.Job, old: str, new: str) -> Notice:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    body = f"Job state was updated: jobUID={job.uid}, previousState={old}, currentState={new}, timestamp={at}"
    attributes = {"Type": "JOB_STATE_CHANGED", "JobName": job.name, "JobUID": job.uid, "NewJobState": new}
    return Notice(topic, body.encode(), attributes)
