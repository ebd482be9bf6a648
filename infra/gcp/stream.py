"""One generation of an object as a file that is read as it comes: `io.BufferedReader(Ranges(...))`.

Each fill of the buffer is one request for a range of that very generation, so that bytes of two generations
are never mixed, and a reader may seek (as those of Parquet and XLSX do). Memory: one buffer.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


Fetch = Callable[[int, int], bytes]


class Ranges(io.RawIOBase):
    """`fetch(start, end)` gives the bytes from `start` up to, not including, `end`. Raises what it raises."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size, self._at = fetch, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: "Buffer") -> int:
        room = memoryview(buffer).cast("B")
        found = self._next(len(room))
        room[: len(found)] = found
        return len(found)

    def readall(self) -> bytes:
        return self._next(self._size)

    def _next(self, most: int) -> bytes:
        end = min(self._at + most, self._size)
        if end <= self._at:
            return b""
        found = self._fetch(self._at, end)
        self._at += len(found)
        return found
