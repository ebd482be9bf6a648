"""Side files of other tools beside data: read when a drop is pinned, kept as far as they are about it.

LLaMA-Factory's `dataset_info.json`; an axolotl config called `axolotl.yaml`, or as the data (`poems.yaml`
beside `poems.jsonl`). What they say about other data does not shape this dataset, nor its id.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from functions.on_upload.meaning.sidecars import hint
from infra.ports import Cloud, Gone
from schemas import names
from schemas.errors import BadInput, Fault

MAX_BYTES: Final = 1_000_000  # of a side file
MAX_KEPT: Final = 100_000  # characters of what is kept of it: the drop's record must stay small
MAX_LOOKED_FOR: Final = 40  # side files, beside all files of a dataset together


def hints(bucket: str, files: Sequence[str], on: Cloud) -> dict[str, str]:
    """What side files say of these objects, by the side files' names. Raises BadInput for one too big."""
    found: dict[str, str] = {}
    for name in islice(dict.fromkeys(_candidates(files)), MAX_LOOKED_FOR):
        text = _text(bucket, name, on)
        said = hint(name, text, files) if text is not None else None
        if said is not None and len(said) > MAX_KEPT:
            finding = f"It says {len(said):,} characters about this data; {MAX_KEPT:,} are read."
            raise BadInput(Fault(place=name, finding=finding, next_step="Shorten its entry, or remove it."))
        if said is not None:
            found[name] = said
    return found


def hints_of_file(path: Path) -> dict[str, str]:
    """The same of a file on this machine. Raises BadInput, OSError."""
    texts = {side.name: _decoded(side.read_bytes()) or "" for side in side_files(path)}
    return {name: said for name, text in texts.items() if (said := hint(name, text, [path.name])) is not None}


def side_files(path: Path) -> list[Path]:
    """Other tools' mappings in the folder of a file on this machine that say something of this file."""
    beside = (path.with_name(name) for name in names.MAPPINGS)
    there = [side for side in beside if side.is_file() and side.stat().st_size <= MAX_BYTES]
    return [
        side for side in there if (text := _decoded(side.read_bytes())) and hint(side.name, text, [path.name])
    ]


def _candidates(files: Sequence[str]) -> Iterator[str]:
    for name in files:
        yield from (names.beside(name, side) for side in names.MAPPINGS)
    for name in files:
        yield from (str(PurePosixPath(name).with_suffix(suffix)) for suffix in names.RECIPE_SUFFIXES)


def _text(bucket: str, name: str, on: Cloud) -> str | None:
    """A side file's text; None where there is none, or something that is no settings file at all."""
    try:
        with on.store.open(bucket, name) as stream:
            return _decoded(stream.read(MAX_BYTES + 1))
    except Gone:
        return None


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig") if len(data) <= MAX_BYTES else None
    except UnicodeDecodeError:
        return None
