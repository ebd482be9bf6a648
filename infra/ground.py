"""Builds the ground that the settings name, once a process, and only what it needs.

Called by the three functions' main.py, the job's front door and the command; by nobody else. Each ground is
imported when it is asked for: a deployed function has no local one, and a laptop none of Google's clients.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from infra import settings as reader
from infra.ports import Cloud
from infra.settings import Settings
from schemas.errors import BadInput, Fault

if TYPE_CHECKING:
    from infra.local.ground import LocalGround


def cloud(settings: Settings | None = None) -> Cloud:
    """The ground of these settings (the environment's, if left out). Same settings, same ground."""
    chosen = settings or reader.read()
    return _google(chosen) if chosen.google else _local(chosen).cloud


def local(settings: Settings | None = None) -> "LocalGround":
    """The local ground itself, for the command, which also dispatches. Raises BadInput on another ground."""
    chosen = settings or reader.read()
    if chosen.google:
        finding = (
            f"This works on this machine alone, and the settings name the project {chosen.google.project}."
        )
        step = "Set JINKO_GROUND=local (or leave JINKO_PROJECT out) to work on this machine."
        raise BadInput(Fault(place="JINKO_GROUND", finding=finding, next_step=step))
    return _local(chosen)


@lru_cache(maxsize=8)
def _local(settings: Settings) -> "LocalGround":
    from infra.local.ground import LocalGround

    return LocalGround(
        settings.home,
        settings.models,
        reader.process_environment(settings),
        settings.max_active_runs,
        settings.publish_namespaces,
    )


@lru_cache(maxsize=8)
def _google(settings: Settings) -> Cloud:
    from infra.gcp.ground import GoogleGround

    assert settings.google is not None
    return GoogleGround(
        settings.google,
        settings.models,
        settings.max_active_runs,
        publish_namespaces=settings.publish_namespaces,
    ).cloud
