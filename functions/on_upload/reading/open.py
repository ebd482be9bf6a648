"""Any file that people have, opened as what its bytes say it is; several files as one dataset.

Known by its first bytes, whatever its name: workbooks, Parquet, Arrow, archives, JSON. By its name where
bytes do not tell: a table of text, or a text. Pickles and other files that run code are never opened.
"""

import io
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import IO, Final

from functions.on_upload.reading import packed, refusals
from functions.on_upload.reading.blocks import Opened
from functions.on_upload.reading.csv_dialect import is_table
from functions.on_upload.reading.delimited import open_delimited
from functions.on_upload.reading.encoding import encoding_of
from functions.on_upload.reading.json_open import open_json
from functions.on_upload.reading.plain import open_plain
from functions.on_upload.reading.refusals import refused, suffix_of
from functions.on_upload.reading.several import together
from functions.on_upload.reading.text import HEAD_BYTES, Text
from schemas.data_options import DataOptions

OLE: Final = b"\xd0\xcf\x11\xe0"
PARQUET, ARROW, ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
ONCE: Final = "Drop what is in the inner one."


def open_source(name: str, stream: IO[bytes], options: DataOptions, size: int | None = None) -> Opened:
    """Look at the start of a file and open it as what it is. Raises BadInput for what cannot be read.

    `size` in bytes is not needed. Who holds the result keeps `stream` open until its blocks are read.
    """
    refusals.refuse_by_name(name)
    head = _head(stream)
    if head.startswith((packed.GZIP, packed.ZSTD)):
        inner = packed.unpacked(name, stream, head)
        head = _head(inner)
        if head.startswith((packed.GZIP, packed.ZSTD)) or _is_archive(head):
            raise refused(name, "This is an archive in an archive.", ONCE)
        return _open(name, inner, head, options)
    if _is_archive(head):
        return _with_seek(name, stream, head, lambda file: _archive(name, file, options))
    return _open(name, stream, head, options)


def open_several(
    name: str, files: Sequence[tuple[str, Callable[[], IO[bytes]]]], options: DataOptions
) -> Opened:
    """Several files as one dataset: a folder's, a wildcard's, the Hub's. Each is opened when it is its turn.

    Images beside a table are found by the names that its cells give. Raises BadInput as `open_source` does.
    """
    return together(name, files, lambda shown, stream: _member(shown, stream, options))


def _archive(name: str, file: IO[bytes], options: DataOptions) -> Opened:
    if packed.is_workbook(file):
        return _workbook(name, file, options)
    if packed.is_document(file):
        raise refused(name, "This is a document, not a table.", refusals.EXPORT)
    return open_several(name, packed.members(name, file), options)


def _member(name: str, stream: IO[bytes], options: DataOptions) -> Opened:
    """A file of several; one that is an archive itself is not looked into."""
    refusals.refuse_by_name(name)
    head = _head(stream)
    if head.startswith((packed.GZIP, packed.ZSTD)):
        return open_source(name, io.BufferedReader(_Again(head, stream)), options)
    if not _is_archive(head):
        return _open(name, stream, head, options)

    def open_book(file: IO[bytes]) -> Opened:
        if packed.is_workbook(file):
            return _workbook(name, file, options)
        raise refused(name, "This is an archive in an archive.", ONCE)

    return _with_seek(name, stream, head, open_book)


def _open(name: str, stream: IO[bytes], head: bytes, options: DataOptions) -> Opened:
    if head.startswith(OLE):
        return _with_seek(name, stream, head, lambda file: _workbook(name, file, options))
    if options.sheet is not None:
        finding = f"It is no workbook, so it has no sheet '{options.sheet}'."
        raise refused(name, finding, "Leave out data.sheet, or drop the workbook.")
    if head.startswith((PARQUET, ARROW, ARROW_STREAM)):
        from functions.on_upload.reading.arrow_tables import open_arrow, open_parquet

        if head.startswith(PARQUET):
            return _with_seek(name, stream, head, lambda file: open_parquet(name, file))
        is_stream = head.startswith(ARROW_STREAM)
        return _with_seek(name, stream, head, lambda file: open_arrow(name, file, is_stream=is_stream))
    refusals.refuse_by_start(name, head)
    return _text(name, Text(stream, head, encoding_of(head)))


def _text(name: str, text: Text) -> Opened:
    refusals.refuse_binary(name, text.head)
    if text.whole and not text.head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise refused(name, "The file is empty.", "Drop a file that has rows.")
    opened = open_json(name, text)
    if opened is not None:
        return opened
    suffix = suffix_of(name)
    if suffix in refusals.JSONS:
        return open_delimited(name, text)  # a table for all its name
    if suffix in refusals.TABLES or (suffix in refusals.TEXTS and not suffix.startswith(".m")):
        if suffix in refusals.TABLES or is_table(text.head, whole=text.whole):
            return open_delimited(name, text)
        return open_plain(name, text)
    if suffix in refusals.TEXTS:
        return open_plain(name, text)
    raise refused(name, f"Files named '*{suffix}' are not read.", refusals.READABLE)


def _workbook(name: str, file: IO[bytes], options: DataOptions) -> Opened:
    from functions.on_upload.reading.workbook import open_workbook

    file.seek(0)
    return open_workbook(name, file, options)


def _head(stream: IO[bytes]) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(head))):
        head += more
    return head


def _is_archive(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _with_seek(name: str, stream: IO[bytes], head: bytes, opener: Callable[[IO[bytes]], Opened]) -> Opened:
    """Open what must be read from several places: as it lies, or in a copy that is kept for its blocks."""
    if stream.seekable():
        stream.seek(0)
        return opener(stream)
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        file.write(head)
        shutil.copyfileobj(stream, file, HEAD_BYTES)
        file.seek(0)
        opened = opener(file)
        weakref.finalize(opened.blocks, stack.pop_all().close)
    return opened


class _Again(io.RawIOBase):
    """A stream with what was read of it put back."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head, self._stream = io.BytesIO(head), stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # a writable buffer, as the io module gives
        data = self._head.read(len(view)) or self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)
