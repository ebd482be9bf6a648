"""A text file of any encoding, as UTF-8 bytes: what every reader of text below reads.

UTF-8 passes through untouched, bad bytes and all: they cost the row they stand in. Another encoding is found
by a look at the file (its mark, its zero bytes, its letters) and said. A byte that is none of the encoding
found becomes a byte that is no UTF-8 either, so that it costs its row as well and nothing is replaced.
"""

import codecs
from typing import IO, Final

from functions.on_upload.reading.encoding import Encoding, encoding_of

HEAD_BYTES: Final = 1 << 20  # looked at to tell what a file is; what a fair look takes, in one read
BAD_BYTE: Final = "jinko-bad-byte"


class Text:
    """`head` is the start of the text, which `read` gives again. `said` tells of an encoding but UTF-8."""

    def __init__(self, stream: IO[bytes], head: bytes, encoding: Encoding) -> None:
        self._stream, self._ended, self._ready = stream, False, b""
        self.encoding = encoding
        self.said = (f"It is in {encoding.label}.",) if encoding.codec != "utf-8" else ()
        if encoding.codec == "utf-8":
            self._decoder = None
        else:
            codecs.register_error(BAD_BYTE, _bad_byte)
            self._decoder = codecs.getincrementaldecoder(encoding.codec)(errors=BAD_BYTE)
        self._ready = self._utf8(head.removeprefix(encoding.mark), last=False)
        self._fill(HEAD_BYTES)
        self.head = self._ready[:HEAD_BYTES]

    @property
    def whole(self) -> bool:
        """Whether `head` is all there is."""
        return self._ended and len(self._ready) <= HEAD_BYTES

    def read(self, size: int) -> bytes:
        """Up to about `size` bytes of UTF-8; none only at the end."""
        if not self._ready:
            self._fill(size)
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _fill(self, size: int) -> None:
        while not self._ended and len(self._ready) < size:
            raw = self._stream.read(max(size - len(self._ready), 1))
            self._ended = not raw
            self._ready += self._utf8(raw, last=self._ended)

    def _utf8(self, raw: bytes, *, last: bool) -> bytes:
        if self._decoder is None:
            return raw
        # Half a character that stands alone (UTF-16 allows it) is made a bad byte as well.
        text = self._decoder.decode(raw, final=last)
        return text.encode("utf-8", "surrogateescape" if "\udcff" in text else "strict")


def _bad_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


def open_text(stream: IO[bytes], head: bytes = b"") -> Text:
    """A stream of bytes as text; `head` are bytes already read from its start."""
    while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(head))):
        head += more
    return Text(stream, head, encoding_of(head))
