"""Rows of a block that can be used: what is known of them, and how to have them as columns."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa

from functions.on_upload.keys import Keys


class Kept(NamedTuple):
    """Rows of one source, in the file's order; every array is as long as there are rows.

    `at` are their indexes in the block they came in. `held_out` says which rows the file itself keeps for
    measuring; None where it says nothing. `lengths` are characters, an array for each of `lengths.SIDES` of
    their kind. `table` gives some of them as columns of a shard.
    """

    at: Any
    lines: Any
    keys: Keys
    lengths: tuple[Any, ...]
    table: Callable[[Any], pa.Table]
    held_out: Any = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.lines)

    def part(self, rows: Any) -> "Kept":
        """Some of the rows, by their indexes here."""
        return Kept(
            self.at[rows],
            self.lines[rows],
            self.keys.take(rows),
            tuple(side[rows] for side in self.lengths),
            lambda inner: self.table(rows[inner]),
            None if self.held_out is None else self.held_out[rows],
        )
