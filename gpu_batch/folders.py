"""Folders of files between this machine and the outbox: adapters and merged models.

Not a program. Object names come from `schemas.names`; nothing here decides where a folder belongs.
"""

from pathlib import Path

from infra.ports import Cloud, Gone
from schemas.errors import BadInput, Fault


def upload_folder(on: Cloud, folder: Path, prefix: str) -> int:
    """Send every file of a folder to the outbox under `prefix`; how many bytes. A repeat overwrites."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return sum(
        on.store.upload(on.outbox, prefix + path.relative_to(folder).as_posix(), path).size for path in files
    )


def download_folder(on: Cloud, prefix: str, folder: Path) -> Path:
    """Fetch everything of the outbox under `prefix` into `folder`. Raises BadInput if nothing is there."""
    found = list(on.store.list(on.outbox, prefix))
    for object in found:
        download(on, object.name, folder / object.name.removeprefix(prefix))
    if not found:
        raise _gone(prefix)
    return folder


def download(on: Cloud, name: str, path: Path) -> Path:
    """Fetch one object of the outbox into a file. Raises BadInput if it is not there (any more)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        on.store.download(on.outbox, name, path)
    except Gone as error:
        raise _gone(name) from error
    return path


def _gone(name: str) -> BadInput:
    finding = "This is not in the outbox any more, and the run needs it."
    return BadInput(Fault(place=name, finding=finding, next_step="Drop the file again to start a new run."))
