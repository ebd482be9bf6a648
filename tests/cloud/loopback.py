"""Jinko as it stands in a Google Cloud project, whole, on this machine's loopback addresses.

    with loopback(folder) as jinko:
        jinko.cp(file, base_model="tiny-gemma3")     # the real `gcloud storage cp`
        jinko.until(lambda: jinko.page("a.csv") is not None)

What Terraform makes in a project is made here on the official emulators: two buckets, the inbox's notices,
five topics with their push subscriptions and dead letters, the database. The three functions are served as
they are deployed (`tests.cloud.doors`), jobs run on the Batch stand-in (`tests.cloud.batch`).
`python -m tests.cloud` keeps one up for a person to play with.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra import ground as grounds
from infra.ports import Cloud
from infra.settings import BUNDLED_MODELS, GoogleSettings, Settings
from infra.stage import ROOT
from schemas import events, names
from schemas.events import Swept
from tests.cloud.batch import StandIn
from tests.cloud.doors import Door, doors
from tests.cloud.emulators import start_firestore, start_pubsub, start_storage
from tests.cloud.sink import Heard, Sink
from tests.cloud.wiring import LISTENED, PUSHED, make, push, topic_path

IMAGE: Final = f"us-central1-docker.pkg.dev/loopback/jinko/job@sha256:{'0' * 64}"
PATIENCE: Final = 180.0


@dataclass
class Loopback:
    """A project that stands. `environment` is what its functions have, and a person's command needs."""

    settings: Settings
    environment: dict[str, str]
    folder: Path
    batch: StandIn
    publisher: Any
    subscriber: Any
    sink: Sink
    doors: dict[str, Door] = field(default_factory=dict)

    @property
    def google(self) -> GoogleSettings:
        assert self.settings.google is not None
        return self.settings.google

    @property
    def on(self) -> Cloud:
        """The four ports, for a look behind the scenes."""
        return grounds.cloud(self.settings)

    def gcloud(self) -> dict[str, str]:
        """What `gcloud storage` and `gcloud pubsub` need in their environment to find this project."""
        server, messages = (self.environment[f"{it}_EMULATOR_HOST"] for it in ("STORAGE", "PUBSUB"))
        return {
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_CORE_PROJECT": self.google.project,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{server}/storage/v1/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": f"http://{messages}/",
        }

    def cp(self, file: Path, name: str = "", **settings: str) -> None:
        """Drop a file by the real `gcloud storage cp`; `training__epochs` is `training.epochs`."""
        given = ",".join(f"{key.replace('__', '.')}={value}" for key, value in settings.items())
        asked = ["gcloud", "storage", "cp", str(file), names.address(self.google.inbox, name or file.name)]
        asked += [f"--custom-metadata={given}"] if given else []
        done = subprocess.run(asked, env={**os.environ, **self.gcloud()}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def page(self, drop: str) -> str | None:
        """A drop's status page."""
        found = self.on.store.stat(self.google.outbox, names.status_page(drop))
        return self.on.store.read(found.bucket, found.name).decode() if found else None

    def publish(self, topic: str, data: bytes, **attributes: str) -> None:
        """Send anything to a topic."""
        self.publisher.publish(topic_path(self.google, topic), data, **attributes).result(30)

    def submitted(self) -> list[str]:
        """The ids of all jobs that Batch took, in their order."""
        return [name.rsplit("/", 1)[-1] for name in list(self.batch.jobs)]

    def tick(self) -> None:
        """What the scheduler sends every minute."""
        self.publish(names.topic("jobs"), events.dumps(Swept(at=datetime.now(UTC))))

    def heard(self, topic: str) -> list[Heard]:
        """What came to `jinko-runs` or to the dead letters since the last look."""
        return self.sink.taken(topic)

    def until(self, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait for something that the project does by itself."""
        end = time.monotonic() + patience
        while not true():
            assert time.monotonic() < end, f"it never happened\n{self.said()}"
            time.sleep(0.1)

    def said(self) -> str:
        """The last words of the three functions."""
        return "\n".join(f"--- {name}\n{door.said()[-3000:]}" for name, door in self.doors.items())

    def double(self) -> None:
        """From now on every message reaches its function twice."""
        self.wire("-again")

    def wire(self, suffix: str = "") -> None:
        """Push subscriptions to the functions, as they stand now."""
        for topic, function in PUSHED.items():
            name = names.topic(topic)
            address = self.doors[function].address
            push(self.google, self.subscriber, name, name + suffix, address, dead=True)


@contextmanager
def loopback(
    folder: Path,
    job_environment: Mapping[str, str] | None = None,
    served: Callable[..., Any] = doors,
    **settings: Any,
) -> Iterator[Loopback]:
    """Everything up, the functions wired; all of it stopped, by process ids, at the end.

    `job_environment` is above this process's for jobs. `settings` are GoogleSettings'. `max_active_runs` too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        pubsub, firestore = start_pubsub(folder), start_firestore(folder)
        stack.callback(pubsub.stop)
        stack.callback(firestore.stop)
        pubsub.wait()
        project = f"loopback-{uuid.uuid4().hex[:8]}"
        notices = (pubsub.host, project, names.topic("drops"), f"{project}-jinko-inbox")
        storage = start_storage(folder / "buckets", folder / "storage.log", notices)
        stack.callback(storage.stop)
        hosts = {
            "STORAGE_EMULATOR_HOST": f"http://{storage.wait().host}",
            "PUBSUB_EMULATOR_HOST": pubsub.host,
            "FIRESTORE_EMULATOR_HOST": firestore.wait().host,
            "GOOGLE_CLOUD_PROJECT": project,
        }
        stack.enter_context(_exported(hosts))
        jinko = _standing(folder, project, hosts, job_environment or {}, settings, stack)
        make(jinko.google, jinko.publisher, jinko.subscriber)
        for topic in LISTENED:
            push(
                jinko.google, jinko.subscriber, topic, f"{topic}-heard", jinko.sink.address(topic), dead=False
            )
        jinko.doors = stack.enter_context(served(folder, jinko.environment))
        jinko.wire()
        yield jinko


def _standing(
    folder: Path,
    project: str,
    hosts: Mapping[str, str],
    job_environment: Mapping[str, str],
    settings: dict[str, Any],
    stack: ExitStack,
) -> Loopback:
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    publisher, subscriber = PublisherClient(), SubscriberClient()
    stack.callback(subscriber.close)
    stack.callback(publisher.stop)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    jobs = {"PATH": path, "PYTHONPATH": str(ROOT), **hosts, **job_environment}
    batch = stack.enter_context(StandIn(publisher, folder / "jobs", jobs))
    active = settings.pop("max_active_runs", 5)
    google = GoogleSettings(
        project=project,
        inbox=f"{project}-jinko-inbox",
        outbox=f"{project}-jinko-outbox",
        gpu_image=IMAGE,
        cpu_image=IMAGE,
        job_account=f"jinko-job@{project}.iam.gserviceaccount.com",
        batch_emulator_host=batch.host,
        **settings,
    )
    chosen = Settings(home=folder / "home", models=BUNDLED_MODELS, max_active_runs=active, google=google)
    environment = {**hosts, **chosen.environment()}
    sink = stack.enter_context(Sink())
    return Loopback(chosen, environment, folder, batch, publisher, subscriber, sink)


@contextmanager
def _exported(variables: Mapping[str, str]) -> Iterator[None]:
    """Google's own clients read these where they are made, in this process too."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def ticking(jinko: Loopback, seconds: float) -> Iterator[None]:
    """The scheduler: a tick every so many seconds."""
    stopped = threading.Event()

    def tick() -> None:
        while not stopped.wait(seconds):
            jinko.tick()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def has_gcloud() -> bool:
    """Whether the real command is here."""
    return shutil.which("gcloud") is not None
