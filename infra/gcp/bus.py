"""Events on Pub/Sub: one topic for each of ours, one message for each event, durable when `publish` returns.

Nothing is gathered before it is sent: an event is published right before its step is acknowledged, and a
function whose request has ended may get no processor to send anything with. Hence the package's generated
request: the client that gathers messages brings its threads and the subscriber along, 0.02 seconds of a cold
start.

Not here: making topics and subscriptions (Terraform does), receiving (push does).
"""

from functools import cached_property
from typing import Any, Final

from infra.gcp.clients import Service, lean, opened
from infra.gcp.faults import Resource, translated
from infra.settings import emulator
from schemas import events, names
from schemas.events import Event

TIMEOUT: Final = 30.0  # seconds for one request


class PubSubBus:
    """The Bus port on Pub/Sub. `patience`: seconds for which a request is tried again."""

    def __init__(self, project: str, patience: float = 60.0) -> None:
        self.project, self._patience = project, patience

    def ready(self) -> None:
        """Import the client and begin to connect, where it is not there yet."""
        self._client  # noqa: B018

    @cached_property
    def _client(self) -> Service:
        lean("google.pubsub_v1.services.publisher")
        from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport

        return opened(PublisherGrpcTransport, emulator("PUBSUB"))

    @cached_property
    def _retry(self) -> Any:
        from google.api_core import exceptions, retry

        again = retry.if_exception_type(
            exceptions.Aborted,
            exceptions.Cancelled,
            exceptions.DeadlineExceeded,
            exceptions.InternalServerError,
            exceptions.ResourceExhausted,
            exceptions.ServiceUnavailable,
            exceptions.Unknown,
        )
        return retry.Retry(predicate=again, initial=0.1, maximum=10.0, multiplier=2, timeout=self._patience)

    def publish(self, event: Event) -> None:
        topic = names.topic(events.TOPIC_OF[event.type])
        message = {"data": events.dumps(event), "attributes": events.attributes(event)}
        with translated(self._topic(topic)):
            self._client.publish(
                {"topic": f"projects/{self.project}/topics/{topic}", "messages": [message]},
                retry=self._retry,
                timeout=TIMEOUT,
            )

    def _topic(self, topic: str) -> Resource:
        project = f"--project={self.project}"
        return Resource(
            place=f"Pub/Sub topic {topic}",
            what="topic",
            project=self.project,
            api="pubsub.googleapis.com",
            make=f"gcloud pubsub topics create {topic} {project}",
            allow=f"gcloud pubsub topics add-iam-policy-binding {topic} --member={{member}} "
            f"--role=roles/pubsub.publisher {project}",
        )
