"""`jinko check`: what is to be judged, found; the file read, with a bar for one that takes a while."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from functions.on_upload import check
from infra import settings
from infra.ports import Cloud
from jinko.drop import layers_given, settings_given
from schemas import layers
from schemas.defaults import Known
from schemas.errors import BadInput, Fault

TAKES_A_WHILE: Final = 50_000_000  # bytes


def judged(named: str, given: list[str], every: bool) -> check.Verdict:
    """The verdict on a file or an address. Raises BadInput for settings that are none, and Unavailable."""
    given_here = settings_given(given)
    path = Path(named)
    if "://" in named:
        found = [layers.Layer(source="metadata", place="--set", values=dict(given_here))]
    else:
        found = layers_given(path, given_here)
    options = layers.resolve(found).recipe.preparing
    if "://" in named:
        return _as_trained(check.check_named(named, options, lambda: _cloud(named), every), found)
    with ExitStack() as stack:

        def with_bar(path: Path) -> IO[bytes]:
            from rich import progress
            from rich.console import Console

            shown = progress.open(
                path, "rb", description="Reading", transient=True, console=Console(stderr=True)
            )
            return stack.enter_context(shown)

        slow = every and sys.stderr.isatty() and path.is_file() and path.stat().st_size > TAKES_A_WHILE
        return _as_trained(check.check(path, options, every, with_bar if slow else None), found)


def _as_trained(verdict: check.Verdict, found: Sequence[layers.Layer]) -> check.Verdict:
    """Not usable, where what is set of the training does not fit what the rows turned out to be."""
    given = layers.resolve(found).sources
    if verdict.code or verdict.kind is None or not any(key.startswith("training.") for key in given):
        return verdict
    try:
        layers.resolve(found, Known(verdict.kind, verdict.counts.train, images=verdict.images))
    except BadInput as error:
        why = error.faults[0].finding
        told = {"why": why, "faults": tuple(error.faults), "findings": tuple(error.faults)}
        return verdict.model_copy(update={"code": check.NOT_USABLE, **told})
    return verdict


def _cloud(named: str) -> Cloud:
    """The ground whose buckets can be read. Raises BadInput on a laptop, which has none."""
    if settings.read().google is None:
        finding = "This is an address of Google Cloud, and Jinko works in a folder of this machine here."
        step = "Name your project (JINKO_PROJECT=…), or fetch the file and check it here."
        raise BadInput(Fault(place=named, finding=finding, next_step=step))
    from jinko.here import opened

    return opened().cloud
