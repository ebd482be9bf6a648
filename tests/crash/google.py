"""The crash world on Google's adapters: records in Firestore, objects in Cloud Storage, events by Pub/Sub.

Each world has a storage server on its own folder, since a world that is copied must keep its buckets' names
and its objects' generations, and a Firestore project of its own. What arrives on a topic is taken into the
local queue, which keeps it until it was delivered, as a push subscription does. The stand-in for the jobs is
the local one.

Not here: Cloud Batch; the emulators themselves (`tests.cloud.emulators`).
"""

import json
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args

from infra.gcp.bus import PubSubBus
from infra.gcp.state import FirestoreState
from infra.gcp.store import GoogleStore
from infra.local.notices import object_notice
from infra.local.queue import Message, enqueue
from infra.ports import Cloud
from schemas import events
from schemas.events import Event, Topic
from schemas.records import RecordKind, now
from tests.cloud.emulators import start_storage
from tests.cloud.projects import Project
from tests.crash.world import BASE, CSV, Fates, World

KINDS: Final = get_args(RecordKind)


class Told:
    """The Pub/Sub bus, and how many of its messages have not been taken from their topics yet.

    `done` acknowledges, as the local queue's does: a test that breaks the house needs to do so early.
    """

    def __init__(self, bus: PubSubBus, done: Callable[[Message], None]) -> None:
        self.bus, self.waiting, self.done = bus, Counter[Topic](), done

    def publish(self, event: Event) -> None:
        self.bus.publish(event)
        self.waiting[events.TOPIC_OF[event.type]] += 1


class GoogleWorld(World):
    """A world whose store, state and bus are Google's. `project` lends its topics to one world at a time.

    What is still running when `stack` closes is stopped then.
    """

    def __init__(
        self, home: Path, limit: int, jobs: Fates | None, project: Project, stack: ExitStack
    ) -> None:
        super().__init__(home, limit, jobs)
        self.project, self.stack = project, stack
        self.server = start_storage(home, log=home.with_name(f"{home.name}.log"))
        stack.callback(self.server.stop)
        self.server.wait()
        os.environ["STORAGE_EMULATOR_HOST"] = f"http://{self.server.host}"
        self.store = GoogleStore("crash", patience=5.0)
        self.store.stat("inbox", "the client is made now, while the variable names this server")
        self.state = FirestoreState(f"crash-{uuid.uuid4().hex[:12]}", "jinko", patience=5.0)
        self.bus = Told(PubSubBus(project.settings.project, patience=5.0), self.ground.queue.done)

    @property
    def on(self) -> Cloud:
        return replace(self.ground.cloud, store=self.store, state=self.state, bus=self.bus)

    def copy(self, home: Path) -> "GoogleWorld":
        self.messages()
        home.mkdir()
        self.copy_database(home)
        for bucket in ("inbox", "outbox"):  # with what the server notes of each file beside it
            shutil.copytree(self.home / bucket, home / bucket)
        again = GoogleWorld(home, self.limit, self.jobs, self.project, self.stack)
        for kind, id, _, data in self.documents():
            assert again.state.create(kind, id, json.loads(data))
        again.around, again.watch = self.around, self.watch
        return again

    def forget(self) -> None:
        self.messages()
        self.server.stop()
        super().forget()

    # ---------------------------------------------------------------- people

    def drop(self, name: str = "a.csv", content: str = CSV, **settings: str) -> None:
        given = {key.replace("__", "."): value for key, value in settings.items()}
        source = self.home.with_name("to-drop")
        source.write_text(content)
        metadata = {"base_model": BASE, "data.test_size": "0.2"} | given
        made = self.store.upload("inbox", name, source, metadata)
        self.project.send("drops", *object_notice(made))
        self.bus.waiting["drops"] += 1

    def ask(self, event: Event) -> None:
        self.bus.publish(event)

    # ---------------------------------------------------------------- what is there

    def messages(self) -> list[Message]:
        """What was published is taken into the queue first."""
        for topic, count in self.bus.waiting.items():
            for told in self.project.take(topic, count):
                with self.ground.db.writing() as c:
                    enqueue(c, topic, told.data, told.attributes)
        self.bus.waiting.clear()
        return super().messages()

    def documents(self) -> list[tuple[str, str, str, str]]:
        found = [(kind, doc) for kind in sorted(KINDS) for doc in self.state.find(kind)]
        return [(kind, doc.id, doc.version, json.dumps(doc.data, ensure_ascii=False)) for kind, doc in found]

    def generations(self) -> list[tuple[str, str, int]]:
        return [(it.bucket, it.name, it.generation) for b in ("inbox", "outbox") for it in self.store.list(b)]

    def age(self, seconds: int = 100) -> None:
        since = (now() - timedelta(seconds=seconds)).isoformat()
        for doc in self.state.find("runs"):
            data: dict[str, Any] = doc.data
            if data["counted_from"] is not None:
                assert self.state.replace("runs", doc.id, data | {"counted_from": since}, doc.version)
