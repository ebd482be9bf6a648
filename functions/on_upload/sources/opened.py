"""A pinned source, opened for its rows: a bucket's files at their generations, the Hub's at their commit."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from functions.on_upload.manifest import replaced
from functions.on_upload.reading.blocks import Opened
from functions.on_upload.reading.open import open_several, open_source
from functions.on_upload.sources.hub_layout import IMAGES
from infra import hub
from infra.ports import Cloud, Gone
from schemas.data_options import DataOptions
from schemas.errors import BadInput
from schemas.sources import HubFiles, Source, SourceFile

Opener = Callable[[], IO[bytes]]


def opened_source(source: Source, options: DataOptions, on: Cloud, scratch: Path, stack: ExitStack) -> Opened:
    """Open what was pinned; read the blocks before `stack` is left. `scratch` is for what has to be fetched.

    Of several files each is opened when it is its turn. Raises BadInput for what cannot be read and for a
    file that was replaced since; Unavailable where the Hub does not answer.
    """
    files = (
        _of_the_hub(source.hub, scratch)
        if source.hub
        else [(f.name, _of_a_bucket(f, on)) for f in source.files]
    )
    if len(files) > 1:
        return open_several(source.name, files, options)
    (name, opener), *_ = files
    stream = stack.enter_context(opener())
    shown = name if not source.hub else f"{source.name}/{name}"
    return open_source(shown, stream, options, source.size)


def _of_a_bucket(file: SourceFile, on: Cloud) -> Opener:
    def opener() -> IO[bytes]:
        try:
            return on.store.open(file.bucket, file.name, file.generation)
        except Gone:
            raise BadInput(replaced(file.name)) from None

    return opener


def _of_the_hub(files: HubFiles, scratch: Path) -> list[tuple[str, Opener]]:
    """What is learned from before what is held out."""
    return [(name, _fetched(files, name, scratch)) for name in (*files.files, *files.held_out)]


def _fetched(files: HubFiles, name: str, scratch: Path) -> Opener:
    def opener() -> IO[bytes]:
        path = hub.fetch_dataset_file(files.repository, files.commit, name, scratch)
        stream = path.open("rb")
        if not name.lower().endswith(IMAGES):  # images may be looked at again
            path.unlink()  # its bytes are there until it is closed: one file lies on the disk at a time
        return stream

    return opener
