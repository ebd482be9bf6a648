"""The Batch stand-in as fixtures: `batch` by itself, with a publisher that only remembers.

    def test_something(batch, google):      # the service, and settings that lead to it
        BatchJobs(google).submit(...)

`standing_in` is the same for a test that has Pub/Sub's emulator: give it the real client.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from infra.ports import Jobs, JobStatus
from infra.settings import GoogleSettings
from schemas.events import JOB_ENDED
from tests.conftest import until

if TYPE_CHECKING:
    from tests.cloud.batch import StandIn
    from tests.cloud.batch_notices import Publisher

DIGEST = "@sha256:" + "a1" * 32
IMAGES = "us-central1-docker.pkg.dev/jinko-test/jinko"
JOB_ACCOUNT = "jinko-jobs@jinko-test.iam.gserviceaccount.com"


class Message(NamedTuple):
    """A message that was published."""

    topic: str
    data: bytes
    attributes: dict[str, str]


class Remembers:
    """As Pub/Sub's client publishes; keeps what it is given."""

    def __init__(self) -> None:
        self.published: list[Message] = []

    def publish(self, topic: str, data: bytes, **attributes: str) -> "Future[str]":
        self.published.append(Message(topic, data, attributes))
        done: Future[str] = Future()
        done.set_result(str(len(self.published)))
        return done

    def states(self) -> list[str]:
        """What was told of jobs, in order."""
        return [message.attributes["NewJobState"] for message in self.published]


def led_to(batch: "StandIn", settings: GoogleSettings) -> GoogleSettings:
    """The settings of a project, with what its jobs need."""
    told = {
        "batch_emulator_host": batch.host,
        "gpu_image": f"{IMAGES}/gpu{DIGEST}",
        "cpu_image": f"{IMAGES}/cpu{DIGEST}",
        "job_account": JOB_ACCOUNT,
    }
    return settings.model_copy(update=told)


@contextmanager
def standing_in(
    publisher: "Publisher", logs: Path, environment: Mapping[str, str], grace: float = 0.5
) -> Iterator["StandIn"]:
    """The service, up; gone with everything that it started afterwards."""
    from tests.cloud.batch import StandIn

    with StandIn(publisher, logs, environment, grace=grace) as batch:
        yield batch


def ended(batch: "StandIn", jobs: Jobs, job: str) -> JobStatus:
    """Let the jobs run that were held, until this one has ended; what is said of it then."""
    batch.at_once = max(1, batch.at_once)
    last = [jobs.status(job)]

    def over() -> bool:
        last[0] = jobs.status(job)
        return last[0] is not None and last[0].state in JOB_ENDED

    until(over)
    assert last[0] is not None
    return last[0]


@pytest.fixture
def told() -> Remembers:
    """The publisher of `batch`."""
    return Remembers()


@pytest.fixture
def batch(told: Remembers, tmp_path: Path, job_environment: dict[str, str]) -> Iterator["StandIn"]:
    """A Batch whose containers are the small program of `tests/conftest.py`."""
    with standing_in(told, tmp_path / "batch", job_environment) as service:
        yield service


@pytest.fixture
def google(batch: "StandIn") -> GoogleSettings:
    """A project whose jobs go to `batch`."""
    return led_to(batch, GoogleSettings(project="jinko-test", inbox="in", outbox="out"))
