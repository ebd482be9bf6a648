r"""The door of on_upload: a bucket's notice wakes it; a dropped file becomes a dataset.

functions-framework --source functions/on_upload/main.py --target on_upload \
        --signature-type cloudevent
"""

import functions_framework
from cloudevents.http import CloudEvent

from functions import edge
from functions.on_upload.step import prepare
from infra import ground
from schemas.events import FileDropped

STEPS: edge.Steps = {FileDropped: prepare}


@functions_framework.cloud_event
def on_upload(event: CloudEvent) -> None:
    """One CloudEvent; returning acknowledges it, raising asks for it again."""
    edge.serve(event, STEPS, ground.cloud)
