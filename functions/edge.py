"""The edge of every function: a CloudEvent in, one step, then acknowledge or raise.

The only retry policy in the project: returning acknowledges, raising asks for the message again (and, after
five failures, sets it aside as a dead letter where a person sees it). So nothing is acknowledged before the
step's effects are durable and its events published. A step records what a person did wrong and returns; it
raises Unavailable where trying again may help.

Two envelopes are understood: a Pub/Sub push (a bucket's notice, Batch's notice, our own events) and the
native storage trigger's CloudEvent.
"""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from cloudevents.http import CloudEvent

from functions import lines
from infra.ports import Cloud
from schemas import events
from schemas.errors import BadInput, Fault
from schemas.events import Event, Swept

PUBSUB: Final = "google.cloud.pubsub.topic.v1.messagePublished"
FINALIZED: Final = "google.cloud.storage.object.v1.finalized"
Step = Callable[[Any, Cloud], list[Event]]
Steps = Mapping[type[Event], Step]

log = logging.getLogger("jinko")


def serve(envelope: CloudEvent, steps: Steps, ground: Callable[[], Cloud]) -> None:
    """Run the step for what the envelope holds, publish what it returns, and so acknowledge.

    What is none of this function's business (another kind of notice, a filter that a stand-in does not
    honour) is acknowledged at once. Raises whatever the step raises, and BadInput for a message that is no
    event: both mean "not acknowledged".
    """
    told = decode(envelope)
    step = steps.get(type(told)) if told else None
    if told is None or step is None:
        log.info("nothing to do for %s", envelope["type"])
        return
    on = ground()
    for made in step(told, on):
        on.bus.publish(made)
        lines.told(made)


def decode(envelope: CloudEvent) -> Event | None:
    """The event in an envelope; None for notices that ask for nothing. Raises BadInput for anything else."""
    body = envelope.data
    try:
        if envelope["type"] == FINALIZED:
            return events.from_object(body)
        if envelope["type"] == PUBSUB:
            return _from_message(body["message"])
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise _unreadable(envelope, f"a part is missing or malformed ({error})") from error
    raise _unreadable(envelope, f"its type is {envelope['type']!r}")


def _from_message(message: Mapping[str, Any]) -> Event | None:
    attributes = message.get("attributes") or {}
    data = base64.b64decode(message.get("data") or "")
    if "eventType" in attributes:
        wanted = attributes["eventType"] == "OBJECT_FINALIZE"
        return events.from_object(json.loads(data)) if wanted else None
    if "Type" in attributes:
        return events.from_batch(attributes)
    if attributes.get("type") == "Swept" and not data:  # a scheduler cannot write down when it ticks
        return Swept(at=message["publishTime"])
    return events.parse(data)


def _unreadable(envelope: CloudEvent, why: str) -> BadInput:
    return BadInput(
        Fault(
            place=f"message {envelope['id']}",
            finding=f"This message cannot be read: {why}.",
            next_step="It is set aside as a dead letter; see schemas/json/events for what is understood.",
        )
    )
