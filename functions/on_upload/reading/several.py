"""Several files as one dataset: tables one after the other, images with what is written about them.

Files that lie about in such folders and are no data (a README, a licence) are left out, and it is said. Where
the files or their folders are called train and test, a column `split` says so.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any, Final, NamedTuple

import pyarrow as pa

from functions.on_upload.reading import images
from functions.on_upload.reading.blocks import Attached, Block, Flat, Nested, Opened, Row
from functions.on_upload.reading.packed import File
from functions.on_upload.reading.refusals import refused, suffix_of
from schemas.errors import BadInput, Fault

MAX_HINT: Final = 1_000_000  # bytes of a side file
HINTS: Final = ("dataset_info.json", "axolotl.yaml", "axolotl.yml")
NO_DATA: Final = re.compile(
    r"(readme|licen[cs]e|changelog|notice|citation|dataset_infos?|\.git|\.ds_store|sha256sums?|checksums?)",
    re.I,
)
NO_DATA_SUFFIXES: Final = (".yaml", ".yml", ".py", ".lock", ".toml", ".cfg", ".ini", ".sh", ".license")
PROSE: Final = (".md", ".markdown", ".txt", ".text", ".rst", ".log")
_SPLIT: Final = re.compile(
    r"^(train|test|validation|valid|val|dev|eval)(?:ing)?(?:[-_. ].*)?$", re.IGNORECASE
)
Open = Callable[[str, IO[bytes]], Opened]


class _Sorted(NamedTuple):
    data: list[File]
    pictures: list[File]
    hints: dict[str, str]
    left: list[str]


def together(name: str, files: Sequence[File], open_one: Open) -> Opened:
    """Open what these files are together. Raises BadInput if that is nothing."""
    sorted_ = _sorted(name, files)
    album = images.Album(sorted_.pictures)
    said = (
        [f"Not read: {', '.join(sorted_.left[:5])}{' …' * (len(sorted_.left) > 5)}."] if sorted_.left else []
    )
    prose = [file for file in sorted_.data if suffix_of(file[0]) in PROSE]
    if sorted_.pictures and len(prose) == len(sorted_.data):
        if not prose:
            finding = f"It holds {len(sorted_.pictures):,} images and nothing that says what they show."
            raise refused(name, finding, images.STEP)
        return images.captioned(name, sorted_.pictures, prose, tuple(said))
    data = sorted_.data
    if not data:
        finding = "It holds no file that can be read" + (
            f": {', '.join(sorted_.left[:5])}." if sorted_.left else "."
        )
        raise refused(
            name, finding, "Put CSV, JSONL, Parquet, workbooks, texts, or images with captions in it."
        )
    if 0 < len(prose) < len(data):
        data = [file for file in data if file not in prose]
        said.append(f"Only the tables are read, not {', '.join(member for member, _ in prose[:5])}.")
    return _chained(name, data, open_one, album, tuple(said), sorted_.hints)


def _sorted(name: str, files: Sequence[File]) -> _Sorted:
    found = _Sorted([], [], {}, [])
    for member, opener in files:
        path = PurePosixPath(member)
        if path.name in HINTS:
            with opener() as stream:
                found.hints[path.name] = stream.read(MAX_HINT).decode("utf-8", "replace")
        elif images.is_picture(member):
            found.pictures.append((member, opener))
        elif len(files) > 1 and (NO_DATA.match(path.name) or path.suffix.lower() in NO_DATA_SUFFIXES):
            found.left.append(member)
        else:
            found.data.append((member, opener))
    return found


def _chained(
    name: str,
    data: Sequence[File],
    open_one: Open,
    album: images.Album,
    said: tuple[str, ...],
    hints: dict[str, str],
) -> Opened:
    splits = {member: split_of(member) for member, _ in data}
    named = len(set(splits.values())) > 1 and None not in splits.values()
    (member, opener), *others = data
    stream = opener()
    try:
        first = open_one(_shown(name, member), stream)
    except BadInput:
        stream.close()
        raise
    by_metadata = images.is_metadata(member, first.header) and bool(album)

    def blocks() -> Iterator[Block]:
        yield from _one(first, stream, member)
        for following, opened in others:
            inner = opened()
            yield from _one(
                _alike(first, open_one(_shown(name, following), inner), following), inner, following
            )

    def _one(opened: Opened, source: IO[bytes], of: str) -> Iterator[Block]:
        with source:
            has_pictures = bool(album) and images.is_metadata(of, opened.header)
            for each in opened.blocks:
                block = album.joined(each, PurePosixPath(of).parent) if has_pictures else each
                yield _with_split(block, splits[of]) if named else block

    header = first.header
    if by_metadata and header is not None:
        header = ("image", *(column for column in header if column != images.FILE_NAME))
    if named and header is not None and "split" not in header:
        header = (*header, "split")
    if len(data) > 1:
        said = (f"It is {len(data):,} files, read as one.", *said)
    return Opened(first.format, header, blocks(), first.unit, (*first.said, *said), _attached(album), hints)


def _attached(album: images.Album) -> Attached:
    return album.find if album else lambda name: None


def _alike(first: Opened, other: Opened, member: str) -> Opened:
    if first.header is not None and other.header is not None and set(first.header) != set(other.header):
        finding = (
            f"Its columns are {', '.join(other.header[:8])}; the first file's {', '.join(first.header[:8])}."
        )
        raise BadInput(Fault(place=member, finding=finding, next_step="Drop files of one kind together."))
    return other


def _shown(name: str, member: str) -> str:
    """How people should see a file of several: below the archive or folder it lies in."""
    above = name.partition("*")[0].rpartition("/")[0] if "*" in name else name.rstrip("/")
    return member if not above or member.startswith(f"{above}/") else f"{above}/{member}"


def split_of(member: str) -> str | None:
    """The split that a file's name or folder says (train, test, validation), if one does."""
    path = PurePosixPath(member)
    for part in (path.stem, *reversed(path.parts[:-1])):
        if found := _SPLIT.match(part):
            return found[1].lower()
    return None


def _with_split(block: Block, split: str | None) -> Block:
    if isinstance(block, Flat):
        if "split" in block.cells.column_names:
            return block
        column = pa.array([split] * len(block.lines), pa.string())
        return block._replace(cells=block.cells.append_column("split", column))
    rows: Any = (Row(row.line, {**row.cells, "split": row.cells.get("split", split)}) for row in block.rows)
    return Nested(block.source, tuple(rows), block.bad)
