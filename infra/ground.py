"""Builds the ground that the settings name, once a process, and only what it needs.

Called by the three functions' main.py, the job's front door and the command; by nobody else.
"""

from functools import lru_cache

from infra import settings as reader
from infra.local.ground import LocalGround
from infra.ports import Cloud
from infra.settings import Settings


def cloud(settings: Settings | None = None) -> Cloud:
    """The ground of these settings (the environment's, if left out). Same settings, same ground."""
    return local(settings).cloud


def local(settings: Settings | None = None) -> LocalGround:
    """The local ground itself, for the command, which also dispatches."""
    return _opened(settings or reader.read())


@lru_cache(maxsize=8)
def _opened(settings: Settings) -> LocalGround:
    return LocalGround(
        settings.home, settings.models, reader.process_environment(settings), settings.max_active_runs
    )
