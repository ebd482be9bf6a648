"""What was understood of a file: its kind, which column plays which part, and how a row becomes a sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.reading.blocks import Attached, Row
from schemas.errors import BadInput
from schemas.samples import Kind, Sample


class Ambiguous(BadInput):
    """Two readings are plausible; the fault's next step is the option that answers the question."""


class Problem(NamedTuple):
    """Why a row cannot be learned from. `shape` says that it is a row of another kind than the file's."""

    finding: str
    next_step: str
    shape: bool = False


class Seen(NamedTuple):
    """The part of a file that its meaning is found by: its columns in order, and a fair sample of its rows.

    `whole` says that these are all its rows. `hints` are side files that lie beside it, by name: their text.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    whole: bool
    hints: Mapping[str, str] = {}


class Pair(NamedTuple):
    """Columns of text that can be mapped whole: what is asked, what is answered.

    `context` stands below the question after one line break where it is not empty; `system`, where it is not
    empty, is a turn before it.
    """

    question: str
    answer: str
    context: str | None = None
    system: str | None = None


# A row's cells (and the images beside the file) as a sample at this line; or the problem with them.
Build = Callable[[Row, Attached], Sample | Problem]


@dataclass(frozen=True)
class Reading:
    """One reading of a file. `columns` maps parts (question, answer, messages, …) to columns of the file.

    `why` is a sentence for people: what was understood, and from what. `certainty` is in [0, 1]; below the
    threshold nobody guesses. `pair` is there where a whole block of texts can be mapped at once; `build` then
    gives the same for each row. `late` are plain names of columns that `build` reads where a row has them,
    though the rows seen have not.
    """

    kind: Kind
    columns: Mapping[str, str]
    why: str
    certainty: float
    build: Build
    pair: Pair | None = None
    images: bool = False
    late: frozenset[str] = frozenset()

    def unused(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Those columns that this reading does not read."""
        read = self.columns.values()
        return tuple(c for c in columns if c and c not in read and plain(c) not in self.late)
