r"""The door of on_job_done: a job's notice becomes the run's next stage or its ending.

    functions-framework --source functions/on_job_done/main.py --target on_job_done \
        --signature-type cloudevent
"""

import functions_framework
from cloudevents.http import CloudEvent

from functions import edge
from functions.on_job_done.step import advance
from functions.on_job_done.sweep import sweep
from infra import ground
from schemas.events import JobChanged, Swept

STEPS: edge.Steps = {JobChanged: advance, Swept: sweep}


@functions_framework.cloud_event
def on_job_done(event: CloudEvent) -> None:
    """One CloudEvent; returning acknowledges it, raising asks for it again."""
    edge.serve(event, STEPS, ground.cloud)
