"""What Terraform makes in a project, made on the emulators: buckets, topics, push subscriptions.

No retry policy is set, unlike in a real project: with one, the emulator (0.8.20) stops pushing a message that
was refused three times or so, and never calls it dead. No tests here.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from google.cloud import storage

from infra.settings import GoogleSettings
from schemas import names
from schemas.events import Topic

PUSHED: Final[Mapping[Topic, str]] = {
    "drops": "on_upload",
    "datasets": "on_dataset_ready",
    "requests": "on_dataset_ready",
    "jobs": "on_job_done",
}
LISTENED: Final = (names.topic("runs"), names.DEAD_LETTERS)
DEADLINE: Final = 600  # seconds
ATTEMPTS: Final = 5


def topic_path(google: GoogleSettings, topic: str) -> str:
    return f"projects/{google.project}/topics/{topic}"


def make(google: GoogleSettings, publisher: Any, subscriber: Any) -> None:
    """The two buckets, all topics, and the dead letters' subscription, which a person pulls."""
    client = storage.Client(project=google.project)
    for bucket in (google.inbox, google.outbox):
        client.create_bucket(bucket)
    client.close()
    for topic in (*map(names.topic, get_args(Topic)), names.DEAD_LETTERS):
        publisher.create_topic(name=topic_path(google, topic))
    subscriber.create_subscription(
        request={
            "name": f"projects/{google.project}/subscriptions/{names.DEAD_LETTERS}",
            "topic": topic_path(google, names.DEAD_LETTERS),
        }
    )


def push(google: GoogleSettings, subscriber: Any, topic: str, name: str, address: str, dead: bool) -> None:
    """A push subscription; `dead`: with dead letters."""
    policy = {"dead_letter_topic": topic_path(google, names.DEAD_LETTERS), "max_delivery_attempts": ATTEMPTS}
    subscriber.create_subscription(
        request={
            "name": f"projects/{google.project}/subscriptions/{name}",
            "topic": topic_path(google, topic),
            "push_config": {"push_endpoint": address},
            "ack_deadline_seconds": DEADLINE,
            **({"dead_letter_policy": policy} if dead else {}),
        }
    )
