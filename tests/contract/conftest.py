"""The grounds that the contract is held against: today the local one; another one is another parameter.

A ground under contract offers the four ports and two things that no port has: what came in on a topic, and
waiting until a job has ended.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from infra.local.ground import LocalGround
from infra.ports import Bus, Jobs, JobStatus, State, Store
from schemas.events import Topic
from tests.conftest import settled


class UnderContract(NamedTuple):
    """The ports of one ground, and what a test needs to see of the world behind them."""

    store: Store
    state: State
    bus: Bus
    jobs: Jobs
    received: Callable[[Topic], list[bytes]]
    ended: Callable[[str], JobStatus]


@pytest.fixture(params=["local"])
def world(request: pytest.FixtureRequest) -> UnderContract:
    """One ground, empty."""
    makers = {"local": local}
    return makers[request.param](request)


def local(request: pytest.FixtureRequest) -> UnderContract:
    here = LocalGround(
        request.getfixturevalue("tmp_path") / "home",
        request.getfixturevalue("tmp_path"),
        request.getfixturevalue("job_environment"),
    )
    return UnderContract(
        here.store,
        here.state,
        here.queue,
        here.jobs,
        lambda topic: [message.data for message in here.queue.told(topic)],
        lambda job: settled(here.jobs, job),
    )


@pytest.fixture
def store(world: UnderContract) -> Store:
    return world.store


@pytest.fixture
def state(world: UnderContract) -> State:
    return world.state
