"""Images beside what is written about them: a caption each (same name, .txt), or a table that names them."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from functions.on_upload.reading.blocks import BadRow, Block, Nested, Opened, Row
from functions.on_upload.reading.packed import File
from schemas.errors import BadInput
from schemas.samples import Image

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
FILE_NAME: Final = "file_name"
MAX_IMAGE: Final = 50_000_000  # bytes
MAX_CAPTION: Final = 1_000_000  # bytes
BLOCK_BYTES: Final = 8 << 20
STEP: Final = "Put a caption beside each (cat.txt beside cat.png), or metadata.csv with a column file_name."


def is_picture(member: str) -> bool:
    """Whether a file is an image by its name."""
    return PurePosixPath(member).suffix.lower() in SUFFIXES


def is_metadata(member: str, header: tuple[str, ...] | None) -> bool:
    """Whether a table describes images by the convention of image folders."""
    return PurePosixPath(member).stem.lower() == "metadata" and (header is None or FILE_NAME in header)


class Album:
    """The images of an archive or folder. `find` gives one by its path, or by its name if only one has it."""

    def __init__(self, files: Sequence[File]) -> None:
        self._files = {_clean(member): (member, opener) for member, opener in files}
        self._names: dict[str, list[str]] = {}
        for member in self._files:
            self._names.setdefault(PurePosixPath(member).name, []).append(member)

    def __bool__(self) -> bool:
        return bool(self._files)

    def find(self, name: str, folder: PurePosixPath | None = None) -> Image | None:
        """An image, read when it is asked for. None if it is not there, or is too large to be one."""
        path = _clean(name)
        inside = _clean(str(folder / path)) if folder else path
        named = self._names.get(PurePosixPath(path).name, []) if path else []
        known = next((each for each in (inside, path) if each in self._files), None)
        ending = [each for each in named if each.endswith(f"/{path}")]
        known = known or (ending[0] if len(ending) == 1 else named[0] if len(named) == 1 else None)
        return self._read(known) if known else None

    def _read(self, path: str) -> Image | None:
        member, opener = self._files[path]
        return read_image(member, opener)

    def joined(self, block: Block, folder: PurePosixPath) -> Nested:
        """Rows of a table with the images that its `file_name` names in the column `image`."""
        rows, bad = [], list(block.bad)
        for row in rows_of(block):
            named = row.cells.get(FILE_NAME)
            image = self.find(named, folder) if isinstance(named, str) else None
            if image is None:
                finding = f"There is no image '{named or ''}' beside the table."
                bad.append(BadRow(row.line, finding, "Put it there, or mend its name."))
                continue
            others = {key: cell for key, cell in row.cells.items() if key != FILE_NAME}
            rows.append(Row(row.line, {"image": image, **others}))
        return Nested(block.source, tuple(rows), tuple(bad))


def rows_of(block: Block) -> Iterator[Row]:
    """The rows of a block, whichever kind it is."""
    if isinstance(block, Nested):
        yield from block.rows
        return
    for line, cells in zip(block.lines.to_pylist(), block.cells.to_pylist(), strict=True):
        yield Row(line, cells)


def read_image(member: str, opener: Any) -> Image | None:
    """An image's bytes as they lie in the file."""
    with opener() as stream:
        data = b""
        while len(data) <= MAX_IMAGE and (more := stream.read(1 << 20)):
            data += more
    return Image(data=data, name=member) if 0 < len(data) <= MAX_IMAGE else None


def captioned(name: str, pictures: Sequence[File], prose: Sequence[File], said: tuple[str, ...]) -> Opened:
    """Images with a text of the same name beside each, as rows of `image` and `text`."""
    return Opened("images", ("image", "text"), _captioned(name, pictures, prose), "row", said)


def _captioned(name: str, pictures: Sequence[File], prose: Sequence[File]) -> Iterator[Block]:
    captions = {str(PurePosixPath(_clean(member)).with_suffix("")): opener for member, opener in prose}
    rows: list[Row] = []
    bad: list[BadRow] = []
    size = 0
    for number, (member, opener) in enumerate(sorted(pictures, key=lambda file: file[0]), 1):
        stem = str(PurePosixPath(_clean(member)).with_suffix(""))
        found = _caption(captions[stem]) if stem in captions else None
        image = read_image(member, opener) if found is not None else None
        if found is None or image is None:
            what = "is empty or too large" if found is not None else "has no caption in UTF-8 beside it"
            bad.append(BadRow(number, f"The image '{member}' {what}.", STEP))
            continue
        rows.append(Row(number, {"image": image, "text": found}))
        size += len(image.data)
        if size > BLOCK_BYTES:
            yield Nested(name, tuple(rows), tuple(bad))
            rows, bad, size = [], [], 0
    if rows or bad:
        yield Nested(name, tuple(rows), tuple(bad))


def _caption(opener: Any) -> str | None:
    with opener() as stream:
        data = stream.read(MAX_CAPTION)
    try:
        return str(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, BadInput):
        return None


def _clean(name: str) -> str:
    """A path without the turns it may take: `./a\\b.png` is `a/b.png`."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts)
