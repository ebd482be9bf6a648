"""gzip, Zstandard and ZIP: what is in them, unpacked as it is read, and never a byte more than makes sense.

A bomb is told by how much more comes out than went in. Members of a ZIP are read where they lie; nothing is
ever written under a name that a ZIP gives.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Final, cast

from functions.on_upload.reading.refusals import refused

FREE_BYTES: Final = 64 << 20  # as much may come out of anything, however small
MAX_RATIO: Final = 200  # texts pack 3 to 20 times, tables of few words up to 100
MAX_BYTES: Final = 100 << 30
MAX_MEMBERS: Final = 200_000
GZIP, ZSTD, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK"
STEP: Final = "Drop the file as it was before it was packed."
File = tuple[str, Callable[[], IO[bytes]]]


class _Counted(io.RawIOBase):
    """The packed bytes, counted."""

    def __init__(self, stream: IO[bytes], head: bytes = b"") -> None:
        self._stream, self._head, self.taken = stream, head, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._head and size >= 0:
            data, self._head = self._head[:size], self._head[size:]
        else:
            data = self._head + self._stream.read(size)
            self._head = b""
        self.taken += len(data)
        return data

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # a writable buffer, as the io module gives
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


class Unpacked(io.RawIOBase):
    """What comes out of a packed stream. Raises BadInput when it is far more than went in, or broken."""

    def __init__(self, name: str, inner: IO[bytes], packed: Callable[[], int]) -> None:
        self._name, self._inner, self._packed, self._given = name, inner, packed, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        from_packed = _errors()
        try:
            data = self._inner.read(size if size >= 0 else FREE_BYTES)
        except from_packed as error:
            raise refused(self._name, f"It cannot be unpacked: {error}.", "Pack it again.") from error
        self._given += len(data)
        if self._given > FREE_BYTES + MAX_RATIO * self._packed() or self._given > MAX_BYTES:
            finding = f"It unpacks to more than {MAX_RATIO} times its size, as no data of people does."
            raise refused(self._name, finding, STEP)
        return data


def _errors() -> tuple[type[Exception], ...]:
    return (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError, NotImplementedError)


def unpacked(name: str, stream: IO[bytes], head: bytes) -> IO[bytes]:
    """The one file in a gzip or Zstandard stream that starts with `head`, already read."""
    counted = _Counted(stream, head)
    if head.startswith(GZIP):
        inner: IO[bytes] = gzip.GzipFile(fileobj=counted, mode="rb")  # type: ignore[assignment]
    else:
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        source = cast(IO[bytes], counted)
        found = _Zstd(reader.stream_reader(source, read_across_frames=True), zstandard.ZstdError)
        inner = cast(IO[bytes], found)
    return Unpacked(name, inner, lambda: counted.taken)  # type: ignore[return-value]


class _Zstd(io.RawIOBase):
    """Zstandard's reader, with the errors that other readers raise."""

    def __init__(self, reader: IO[bytes], error: type[Exception]) -> None:
        self._reader, self._error = reader, error

    def read(self, size: int = -1) -> bytes:
        try:
            return self._reader.read(size)
        except self._error as error:
            raise OSError(str(error)) from error


def members(name: str, stream: IO[bytes]) -> list[File]:
    """The files of a ZIP, by name, in its order. Raises BadInput for one that is broken, locked or a bomb."""
    try:
        packed = zipfile.ZipFile(stream)
    except _errors() as error:
        raise refused(name, f"The ZIP file cannot be opened: {error}.", "Pack it again.") from error
    found = [
        member for member in packed.infolist() if not member.is_dir() and not _is_hidden(member.filename)
    ]
    if len(found) > MAX_MEMBERS:
        finding = f"It holds {len(found):,} files; {MAX_MEMBERS:,} can be read."
        raise refused(name, finding, "Drop several smaller ones, or Parquet.")
    if any(member.flag_bits & 1 for member in found):
        raise refused(name, "The ZIP file is protected by a password.", "Pack it without one.")
    total = sum(member.file_size for member in found)
    size = sum(member.compress_size for member in found)
    end = stream.seek(0, io.SEEK_END)
    if total > FREE_BYTES + MAX_RATIO * min(size, end) or total > MAX_BYTES:
        finding = f"It would unpack to {total >> 20:,} MB, more than {MAX_RATIO} times its size."
        raise refused(name, finding, STEP)
    return [(member.filename, _opener(name, packed, member)) for member in found]


def _opener(name: str, packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    shown = f"{name}/{member.filename}"

    def opened() -> IO[bytes]:
        try:
            inner = packed.open(member)
        except _errors() as error:
            raise refused(shown, f"It cannot be unpacked: {error}.", "Pack it again.") from error
        return Unpacked(shown, inner, lambda: member.compress_size)  # type: ignore[return-value]

    return opened


def _is_hidden(name: str) -> bool:
    """Whether a file is one of those that systems put beside people's own."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in parts) or (
        bool(parts) and parts[-1].lower() in ("thumbs.db", "desktop.ini")
    )


def is_workbook(stream: IO[bytes]) -> bool:
    """Whether a ZIP is an Excel or OpenDocument workbook."""
    return bool(_kinds(stream) & {"xl/workbook.xml", "xl/workbook.bin", "ods"})


def is_document(stream: IO[bytes]) -> bool:
    """Whether a ZIP is a text document, a presentation or a book."""
    return bool(
        _kinds(stream) & {"word/document.xml", "ppt/presentation.xml", "odt", "META-INF/container.xml"}
    )


def _kinds(stream: IO[bytes]) -> set[str]:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as packed:
            names = set(packed.namelist())
            if "mimetype" in names:
                with packed.open("mimetype") as kind:
                    kinds = kind.read(100)
                names.add(
                    "ods" if b"opendocument.spreadsheet" in kinds else "odt" if b"opendoc" in kinds else ""
                )
    except _errors():
        return set()
    return names
