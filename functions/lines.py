"""Lines of the functions' log that a machine reads too: JSON, which Google's logging takes apart.

Metrics and alerts (infra/terraform/monitoring.tf) count them by their type. They hold ids and states, never
content; on a laptop nobody shows them.
"""

import json
import logging

from schemas import events
from schemas.events import Event

log = logging.getLogger("jinko")


def told(event: Event) -> None:
    """An event was published. A repeat writes the line again."""
    log.info(json.dumps({"message": f"told {event.type}", **events.attributes(event)}))


def awaited(run_id: str, job_id: str, minutes: int) -> None:
    """A job has waited so long for its machine; written by each sweep that sees it."""
    message = f"run {run_id} has waited {minutes} minutes for a machine"
    line = {"message": message, "severity": "WARNING", "type": "MachineAwaited"}
    log.info(json.dumps({**line, "run_id": run_id, "job_id": job_id}))
