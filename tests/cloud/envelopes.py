"""The envelopes in which functions are told of things: Pub/Sub's push, the native trigger's CloudEvent.

What lies in them is what Google sends: a bucket's notice, Batch's notice, our own events.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from infra.ports import Object
from infra.settings import GoogleSettings

JSON: Final = {"content-type": "application/json"}
AT: Final = "2026-11-21T01:23:09.804Z"


def push(data: bytes = b"", attributes: Mapping[str, str] | None = None) -> bytes:
    """The body of a Pub/Sub push."""
    message = {"data": base64.b64encode(data).decode(), "attributes": dict(attributes or {})}
    message |= {"messageId": "1", "publishTime": AT}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def resource(made: Object) -> dict[str, Any]:
    """An object as Cloud Storage describes it: numbers are strings, and a composite object has no md5."""
    told: dict[str, Any] = {
        "kind": "storage#object",
        "bucket": made.bucket,
        "name": made.name,
        "generation": str(made.generation),
        "size": str(made.size),
        "metadata": dict(made.metadata),
        "timeCreated": AT,
    }
    return told | ({"md5Hash": made.md5} if made.md5 else {})


def bucket_notice(made: Object, event: str = "OBJECT_FINALIZE") -> tuple[bytes, dict[str, str]]:
    """What a bucket publishes: data and attributes."""
    attributes = {
        "eventType": event,
        "payloadFormat": "JSON_API_V1",
        "bucketId": made.bucket,
        "objectId": made.name,
        "objectGeneration": str(made.generation),
        "eventTime": AT,
    }
    return json.dumps(resource(made)).encode(), attributes


def storage_event(made: Object) -> tuple[bytes, dict[str, str]]:
    """What the native trigger sends: body and headers."""
    headers = {
        "ce-id": "1",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{made.bucket}",
        "ce-subject": f"objects/{made.name}",
        "ce-time": AT,
    }
    return json.dumps(resource(made)).encode(), headers | JSON


def batch_notice(google: GoogleSettings, job: str, state: str) -> tuple[bytes, dict[str, str]]:
    """What Cloud Batch publishes of a job: all of it is in the attributes."""
    attributes = {
        "Type": "JOB_STATE_CHANGED",
        "JobName": f"projects/{google.project}/locations/{google.region}/jobs/{job}",
        "JobUID": f"{job}-uid",
        "NewJobState": state,
    }
    return f"Job state was updated: currentState={state}".encode(), attributes
