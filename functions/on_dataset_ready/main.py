r"""The door of on_dataset_ready: a dataset, or a person's request, becomes a job.

    functions-framework --source functions/on_dataset_ready/main.py --target on_dataset_ready \
        --signature-type cloudevent
"""

import functions_framework
from cloudevents.http import CloudEvent

from functions import edge
from functions.on_dataset_ready import requests
from functions.on_dataset_ready.step import order
from infra import ground
from schemas.events import CancelRequested, DatasetReady, DeleteRequested, RunApproved, RunRequested

STEPS: edge.Steps = {
    DatasetReady: order,
    RunRequested: requests.request,
    RunApproved: requests.approve,
    CancelRequested: requests.cancel,
    DeleteRequested: requests.delete,
}


@functions_framework.cloud_event
def on_dataset_ready(event: CloudEvent) -> None:
    """One CloudEvent; returning acknowledges it, raising asks for it again."""
    edge.serve(event, STEPS, ground.cloud)
