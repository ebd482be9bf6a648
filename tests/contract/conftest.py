"""The grounds that the contract is held against: the local one, and Google's on its emulators.

`world` is a ground's store, state and bus, and what came in on a topic; `scheduler` its jobs, and a way to
wait for one. Google's are marked `cloud`, and each test has a project of its own. Cloud Batch has no emulator
of Google's: there a stand-in of ours speaks its protocol (`tests.cloud.batch`).
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from infra.local.ground import LocalGround
from infra.ports import Bus, Jobs, JobStatus, State, Store
from schemas.events import JOB_ENDED, Topic
from tests.conftest import settled, until

IMAGE: Final = f"us-central1-docker.pkg.dev/test/jinko/job@sha256:{'0' * 64}"
IMAGES: Final = {
    "cpu_image": IMAGE,
    "gpu_image": IMAGE,
    "job_account": "jinko-job@test.iam.gserviceaccount.com",
}


class Message(NamedTuple):
    """A message as whoever subscribes sees it."""

    data: bytes
    attributes: dict[str, str]


class UnderContract(NamedTuple):
    """Three ports of one ground, and what a test needs to see of the world behind them."""

    store: Store
    state: State
    bus: Bus
    received: Callable[[Topic], list[Message]]
    inbox: str
    outbox: str


class Scheduler(NamedTuple):
    """The fourth port. `ended` waits until a job has, and returns its status; `hold` lets none start."""

    jobs: Jobs
    hold: Callable[[], None]
    ended: Callable[[str], JobStatus]
    received: Callable[[Topic], list[Message]]


GROUNDS = ["local", pytest.param("gcp", marks=pytest.mark.cloud)]


@pytest.fixture(params=GROUNDS)
def world(request: pytest.FixtureRequest) -> UnderContract:
    """One ground, empty."""
    if request.param == "local":
        here = request.getfixturevalue("here")
        cloud = here.cloud
        return UnderContract(
            cloud.store, cloud.state, cloud.bus, _heard(here.queue.told), cloud.inbox, cloud.outbox
        )
    from infra.gcp.bus import PubSubBus
    from infra.gcp.state import FirestoreState
    from infra.gcp.store import GoogleStore

    project = request.getfixturevalue("project")
    name, given = project.settings.project, project.settings
    ports = GoogleStore(name), FirestoreState(name, given.database), PubSubBus(name)
    return UnderContract(*ports, _heard(project.told), given.inbox, given.outbox)


@pytest.fixture(params=GROUNDS)
def scheduler(request: pytest.FixtureRequest) -> Iterator[Scheduler]:
    """One ground's jobs, of which there are none yet."""
    environment = request.getfixturevalue("job_environment")
    if request.param == "local":
        here = request.getfixturevalue("here")

        def hold() -> None:
            """Nothing starts by itself here: the dispatcher's turn does it, and `ended` takes turns."""

        yield Scheduler(here.jobs, hold, lambda job: settled(here.jobs, job), _heard(here.queue.told))
        return
    from infra.gcp.jobs import BatchJobs
    from tests.cloud.batch import StandIn

    project = request.getfixturevalue("project")
    folder = request.getfixturevalue("tmp_path") / "batch"
    with StandIn(project.publisher, folder, environment) as batch:
        jobs = BatchJobs(project.settings.model_copy(update={"batch_emulator_host": batch.host, **IMAGES}))

        def hold() -> None:
            batch.at_once = 0

        def ended(job: str) -> JobStatus:
            until(lambda: jobs.status(job).state in JOB_ENDED)
            return jobs.status(job)

        yield Scheduler(jobs, hold, ended, _heard(project.told))


@pytest.fixture
def here(tmp_path: Path, job_environment: dict[str, str]) -> LocalGround:
    """A local ground of the test's own."""
    return LocalGround(tmp_path / "home", tmp_path, job_environment)


def _heard(told: Callable[[Topic], Iterable[Any]]) -> Callable[[Topic], list[Message]]:
    return lambda topic: [Message(one.data, dict(one.attributes)) for one in told(topic)]


@pytest.fixture
def store(world: UnderContract) -> Store:
    return world.store


@pytest.fixture
def state(world: UnderContract) -> State:
    return world.state


@pytest.fixture
def bus(world: UnderContract) -> Bus:
    return world.bus


@pytest.fixture
def out(world: UnderContract) -> str:
    """The outbox's name."""
    return world.outbox
