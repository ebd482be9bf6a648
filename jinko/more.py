"""`jinko export | publish`: more of a run that is trained, by a request on the bus, followed to its end.

The same requests can be sent by anybody on Pub/Sub (docs/pubsub.md). Nothing is trained.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Literal

from functions.story import Story
from infra import ledger
from jinko.ask import known_run, no_weights
from jinko.follow import follow, settled
from jinko.here import Here
from schemas import layers, names
from schemas.events import RunRequested
from schemas.records import DropRecord


def export(here: Here, name: str, formats: Sequence[str]) -> Story:
    """Make these formats of a run's weights. Raises BadInput for a format that there is not."""
    return _ask(here, name, "export", {"export": ",".join(formats)})


def publish(here: Here, name: str, repository: str, public: bool) -> Story:
    """Publish what a run made. Raises BadInput for a repository's name that cannot be."""
    settings = {"publish.repository": repository, "publish.private": not public}
    return _ask(here, name, "publish", settings)


def _ask(
    here: Here, name: str, wanted: Literal["export", "publish"], settings: Mapping[str, object]
) -> Story:
    """Send the request under a name of its own, and follow the record that it becomes."""
    layers.resolve([layers.layer_from_message(settings, wanted)])  # says what is wrong before it is sent
    run = known_run(here, name)
    if run.trained is None or run.state == "deleted":
        raise no_weights(run)
    request = f"{wanted}-{uuid.uuid4().hex[:8]}"
    event = RunRequested(request=wanted, run_id=run.id, request_id=request, settings=dict(settings))
    here.cloud.bus.publish(event)
    record = names.drop_id(here.cloud.inbox, names.requested(request), names.ASKED)
    return follow(here, lambda: ledger.find(here.cloud, DropRecord, record), settled, (record, request))
