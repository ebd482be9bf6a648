"""The local ground put together: one home folder, its database, store, state, queue and jobs."""

from collections.abc import Mapping
from pathlib import Path

from infra.local.db import Database
from infra.local.jobs import LocalJobs
from infra.local.queue import Queue
from infra.local.state import LocalState
from infra.local.store import LocalStore
from infra.ports import Cloud

INBOX = "inbox"
OUTBOX = "outbox"


class LocalGround:
    """A home folder opened; making it is opening it. Several processes may hold the same one open."""

    def __init__(
        self,
        home: Path,
        models: Path,
        environment: Mapping[str, str],
        max_active_runs: int = 5,
        publish_namespaces: tuple[str, ...] = (),
    ) -> None:
        self.home = home
        for bucket in (INBOX, OUTBOX):
            (home / bucket).mkdir(parents=True, exist_ok=True)
        self.db = Database(home / "jinko.db")
        self.store = LocalStore(self.db, home, INBOX)
        self.state = LocalState(self.db)
        self.queue = Queue(self.db)
        self.jobs = LocalJobs(self.db, home / "jobs", environment)
        self.cloud = Cloud(
            store=self.store,
            state=self.state,
            bus=self.queue,
            jobs=self.jobs,
            inbox=INBOX,
            outbox=OUTBOX,
            models=models,
            folders=True,
            max_active_runs=max_active_runs,
            publish_namespaces=publish_namespaces,
        )
