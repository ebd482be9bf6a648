"""`jinko check`: what is to be judged, found; the file read, with a bar for one that takes a while."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from functions.on_upload import check
from infra import settings
from infra.ports import Cloud
from jinko.drop import data_options, settings_given
from schemas import layers
from schemas.errors import BadInput, Fault

TAKES_A_WHILE: Final = 50_000_000  # bytes


def judged(named: str, given: list[str], every: bool) -> check.Verdict:
    """The verdict on a file or an address. Raises BadInput for settings that are none, and Unavailable."""
    options = settings_given(given)
    if "://" in named:
        layer = layers.Layer(source="metadata", place="--set", values=dict(options))
        return check.check_named(
            named, layers.resolve([layer]).recipe.preparing, lambda: _cloud(named), every
        )
    path = Path(named)
    with ExitStack() as stack:

        def with_bar(path: Path) -> IO[bytes]:
            from rich import progress
            from rich.console import Console

            shown = progress.open(
                path, "rb", description="Reading", transient=True, console=Console(stderr=True)
            )
            return stack.enter_context(shown)

        slow = every and sys.stderr.isatty() and path.is_file() and path.stat().st_size > TAKES_A_WHILE
        return check.check(path, data_options(path, options), every, with_bar if slow else None)


def _cloud(named: str) -> Cloud:
    """The ground whose buckets can be read. Raises BadInput on a laptop, which has none."""
    if settings.read().google is None:
        finding = "This is an address of Google Cloud, and Jinko works in a folder of this machine here."
        step = "Name your project (JINKO_PROJECT=…), or fetch the file and check it here."
        raise BadInput(Fault(place=named, finding=finding, next_step=step))
    from jinko.here import opened

    return opened().cloud
