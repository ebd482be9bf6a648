"""A JSON text read value by value, however large it is: what stands here, at which line, and what follows.

Only the value at hand is in memory. A value that is broken is told by its line; where each value starts a
line of its own, reading goes on at the next one.
"""

import codecs
import json
import re
from typing import Any, Final

from functions.on_upload.reading.blocks import Written
from functions.on_upload.reading.json_values import DECODER, finished
from functions.on_upload.reading.text import Text

STEP_BYTES: Final = 4 << 20
MAX_VALUE: Final = 64_000_000  # characters of one value
LOOSE: Final = json.JSONDecoder(parse_float=Written, parse_int=Written, parse_constant=str)
_SPACE: Final = re.compile(r"[ \t\r\n\ufeff]*")


class Broken(ValueError):
    """The value at hand is no JSON. `cut`: the file ends in it. `past`: the place is behind it."""

    def __init__(self, what: str, *, cut: bool = False, past: bool = False) -> None:
        super().__init__(what)
        self.cut, self.past = cut, past


class Cursor:
    """A place in a JSON text. `line` is the 1-based line of that place, `taken` characters lie before it."""

    def __init__(self, text: Text) -> None:
        self._text, self._ended = text, False
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._held, self._at, self._counted = "", 0, 0
        self._line = 1
        self.taken = 0

    @property
    def line(self) -> int:
        """The line of the place, as editors count it."""
        part = self._held
        found = part.count("\n", self._counted, self._at)
        self._line += found or part.count("\r", self._counted, self._at)
        self._counted = self._at
        return self._line

    def peek(self) -> str:
        """The next character that is no space; none at the end."""
        while True:
            self._at = _end(_SPACE.match(self._held, self._at))
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Go past the character that `peek` has shown."""
        self._at += 1

    def value(self) -> Any:
        """The value that starts here; the place is behind it then. Raises Broken."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._held) - 12
                if cut and self._room() and self._more():
                    continue
                raise Broken(error.msg, cut=cut and self._ended) from error
            except RecursionError as error:
                raise Broken("it is nested too deeply") from error
            except ValueError as error:  # a key that stands twice: it ends where it ends
                self._at = self._loose_end()
                raise Broken(str(error), past=True) from error
            if end == len(self._held) and self._more():
                continue  # a number may go on
            text, self._at = self._held[self._at : end], end
            try:
                return finished(value, text)
            except ValueError as error:
                raise Broken(str(error), past=True) from error

    def resume(self, indent: str | None) -> bool:
        """Go to the next line that starts, as deep as `indent`, with an object; whether there is one."""
        if indent is None:
            return False
        mark = f"\n{indent}{{"
        while (found := self._held.find(mark, self._at)) < 0:
            self._at = max(len(self._held) - len(mark), self._at)
            if not self._more():
                return False
        self._at = found + 1
        return True

    def indent(self) -> str | None:
        """What stands before the place on its line, if only spaces do."""
        start = self._held.rfind("\n", max(self._at - 1000, 0), self._at) + 1
        before = self._held[start : self._at]
        return before if start and not before.strip(" \t") else None

    def _room(self) -> bool:
        return len(self._held) - self._at < MAX_VALUE

    def _loose_end(self) -> int:
        while True:
            try:
                return LOOSE.raw_decode(self._held, self._at)[1]
            except json.JSONDecodeError:
                if not self._room() or not self._more():
                    return len(self._held)

    def _more(self) -> bool:
        """Read on; whether there was more. What lies before the place's line is forgotten."""
        if self._ended:
            return False
        _ = self.line
        keep = max(self._held.rfind("\n", max(self._at - 1000, 0), self._at), 0) or self._at
        raw = self._text.read(max(STEP_BYTES, len(self._held) - self._at))
        self._ended = not raw
        self._held = self._held[keep:] + self._decode.decode(raw, final=self._ended)
        self._at, self._counted, self.taken = self._at - keep, self._at - keep, self.taken + keep
        return not self._ended


def _end(found: re.Match[str] | None) -> int:
    return found.end() if found else 0
