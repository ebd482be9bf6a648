"""What `jinko doctor` found of one thing that Jinko needs: how it stands, and the line that mends it."""

from typing import Literal, NamedTuple

# Missing: Jinko does not work without it. Note: it is optional. Unknown: it could not be looked at.
Standing = Literal["good", "missing", "note", "unknown"]


class Check(NamedTuple):
    """`section` groups what is told together. `line` is a command or an address; empty: nothing is to do."""

    section: str
    what: str
    standing: Standing
    found: str
    line: str = ""
