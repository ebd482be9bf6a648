"""A Google Cloud project as a ground: its four ports, none of which speaks to Google before it is used."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.gcp.bus import PubSubBus
from infra.gcp.jobs import BatchJobs
from infra.gcp.machines import MACHINES
from infra.gcp.state import FirestoreState
from infra.gcp.store import GoogleStore
from infra.ports import Cloud, Port
from infra.settings import GoogleSettings

PATIENCE: Final = 60.0  # seconds for which a request is tried again, before the message is


class GoogleGround:
    """A project opened. Making it costs nothing: no client is imported and nothing is asked."""

    def __init__(
        self,
        google: GoogleSettings,
        models: Path,
        max_active_runs: int = 5,
        patience: float = PATIENCE,
        publish_namespaces: tuple[str, ...] = (),
    ) -> None:
        self.store = GoogleStore(google.project, patience)
        self.state = FirestoreState(google.project, google.database, patience)
        self.bus = PubSubBus(google.project, patience)
        self.jobs = BatchJobs(google, patience)
        self.cloud = Cloud(
            store=self.store,
            state=self.state,
            bus=self.bus,
            jobs=self.jobs,
            inbox=google.inbox,
            outbox=google.outbox,
            models=models,
            folders=False,
            max_active_runs=max_active_runs,
            machines=MACHINES,
            max_function_bytes=google.max_function_bytes,
            publish_namespaces=publish_namespaces,
            ready=self._ready,
        )

    def _ready(self, *ports: Port) -> None:
        from google.auth.exceptions import GoogleAuthError

        opening: dict[Port, Callable[[], None]] = {
            "store": self.store.ready,
            "state": self.state.ready,
            "bus": self.bus.ready,
            "jobs": self.jobs.ready,
        }
        for port in ports:
            with suppress(GoogleAuthError):  # whoever uses the port is told, in words
                opening[port]()
