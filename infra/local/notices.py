"""The notices of a bucket and of Cloud Batch, as they look on Pub/Sub: (data, attributes) of a message.

What they look like in the cloud is in `schemas/json/events/`; here they are made, so that the local doors see
the same.
"""

import json

from infra.ports import Object
from schemas.events import JobState

Notice = tuple[bytes, dict[str, str]]


def object_notice(made: Object) -> Notice:
    """OBJECT_FINALIZE: the data is the object resource, in which numbers are strings."""
    resource = {
        "kind": "storage#object",
        "bucket": made.bucket,
        "name": made.name,
        "generation": str(made.generation),
        "size": str(made.size),
        "md5Hash": made.md5,
        "metadata": dict(made.metadata),
    }
    attributes = {
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "JSON_API_V1",
        "bucketId": made.bucket,
        "objectId": made.name,
        "objectGeneration": str(made.generation),
    }
    return json.dumps(resource).encode(), attributes


def job_notice(id: str, state: JobState) -> Notice:
    """JOB_STATE_CHANGED: everything is in the attributes; the data is a sentence that nobody reads."""
    attributes = {
        "Type": "JOB_STATE_CHANGED",
        "JobName": f"projects/local/locations/local/jobs/{id}",
        "JobUID": id,
        "NewJobState": state,
    }
    return f"Job state was updated: {id} is {state}.".encode(), attributes
