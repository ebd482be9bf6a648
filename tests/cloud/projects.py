"""A project of a test's own on the emulators, with what Terraform would make in it: buckets, topics.

A subscription to each topic is there from the start, so that everything ever published can be heard.
"""

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, get_args

from google.api_core.exceptions import DeadlineExceeded
from google.cloud import storage
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from infra.settings import GoogleSettings
from schemas import names
from schemas.events import Topic

PATIENCE = 20.0  # seconds until a message that was published has to have arrived


class Told(NamedTuple):
    """A message as it arrived."""

    data: bytes
    attributes: dict[str, str]
    id: str = ""


class Project:
    """Buckets and topics, made through Google's own clients. The emulators' variables must be set; they are
    also in `environment`, for a process that a test starts."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        name = f"test-{uuid.uuid4().hex[:12]}"
        inbox, outbox = f"{name}-inbox", f"{name}-outbox"
        self.environment = dict(environment)
        self.settings = GoogleSettings(project=name, inbox=inbox, outbox=outbox)
        self._heard: dict[Topic, list[Told]] = {topic: [] for topic in get_args(Topic)}
        client = storage.Client(project=name)
        for bucket in (inbox, outbox):
            client.create_bucket(bucket)
        for topic in self._heard:
            self.publisher.create_topic(name=self.topic(topic))
            self._subscriber.create_subscription(name=self._subscription(topic), topic=self.topic(topic))

    def topic(self, topic: Topic) -> str:
        return f"projects/{self.settings.project}/topics/{names.topic(topic)}"

    def _subscription(self, topic: Topic) -> str:
        return f"projects/{self.settings.project}/subscriptions/{names.topic(topic)}"

    @cached_property
    def publisher(self) -> Any:
        return PublisherClient()

    @cached_property
    def _subscriber(self) -> Any:
        return SubscriberClient()

    def send(self, topic: Topic, data: bytes, attributes: dict[str, str]) -> None:
        """Publish something that is no event of ours: a bucket's notice, Batch's, nonsense."""
        self.publisher.publish(self.topic(topic), data, **attributes).result(PATIENCE)

    def told(self, topic: Topic) -> list[Told]:
        """Everything that ever arrived on a topic. A mark of ours that is sent last says that all is here."""
        mark = uuid.uuid4().hex
        self.send(topic, b"mark", {"mark": mark})
        arrived = False
        while not arrived:
            for message in self._pull(topic):
                arrived |= message.attributes.get("mark") == mark
                if "mark" not in message.attributes:
                    self._heard[topic].append(message)
        return list(self._heard[topic])

    def take(self, topic: Topic, count: int) -> list[Told]:
        """The next so many messages of a topic, which must have been published."""
        taken: list[Told] = []
        while len(taken) < count:
            taken += self._pull(topic)
        return taken

    def _pull(self, topic: Topic) -> list[Told]:
        """What has arrived, acknowledged."""
        subscription = self._subscription(topic)
        try:
            pulled = self._subscriber.pull(subscription=subscription, max_messages=1000, timeout=PATIENCE)
        except DeadlineExceeded as error:
            raise AssertionError(f"nothing arrived on {topic}") from error
        ids = [one.ack_id for one in pulled.received_messages]
        if ids:
            self._subscriber.acknowledge(subscription=subscription, ack_ids=ids)
        return [
            Told(one.message.data, dict(one.message.attributes), one.message.message_id)
            for one in pulled.received_messages
        ]

    def close(self) -> None:
        """Let the connections go."""
        self._subscriber.close()
        self.publisher.stop()
        self.publisher.transport.close()
