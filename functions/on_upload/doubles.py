"""Which rows say the same as an earlier one: an index of 24 bytes a row, exact to 128 bits.

    first = doubles.add(keys, places)   # -1 for a row that is new, else the place of the row it repeats

Keys lie in sorted runs, cut into parts by their first bits so that joining two runs needs little room beside
them. Two runs of a part are joined when the older is no longer far the larger, so there are few to search.
"""

from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from functions.on_upload.keys import Keys

PART_BITS: Final = 4
NEW: Final = -1
_BOUNDS: Final = tuple(part << (64 - PART_BITS) for part in range(1, 1 << PART_BITS))


class _Run(NamedTuple):
    """Rows by the first half of their key, ascending."""

    high: Any
    low: Any
    places: Any


class Doubles:
    """The rows met so far."""

    def __init__(self) -> None:
        self._parts: list[list[_Run]] = [[] for _ in range(1 << PART_BITS)]

    def add(self, keys: Keys, places: Any) -> Any:
        """Of each row -1 if it is new, else the place (int64) of the first that says the same."""
        first = np.full(len(keys.high), NEW, np.int64)
        order = _order(keys)
        high, low, at = keys.high[order], keys.low[order], places[order]
        new = np.ones(len(order), bool)
        new[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
        if not new.all():
            leader = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
            first[order[~new]] = at[leader[~new]]
            earlier = self._known(_Run(high[new], low[new], at[new]))
            known = np.full(len(order), NEW, np.int64)
            known[new] = earlier
            known = known[leader]
            first[order] = np.where(known != NEW, known, first[order])
            return first
        first[order] = self._known(_Run(high, low, at))
        return first

    def _known(self, rows: _Run) -> Any:
        """Of rows that all differ, in order: where each was met before, or -1; those are remembered now."""
        first = np.full(len(rows.high), NEW, np.int64)
        cuts = [0, *np.searchsorted(rows.high, np.array(_BOUNDS, np.uint64)).tolist(), len(first)]
        for part, (start, end) in enumerate(pairwise(cuts)):
            if start == end:
                continue
            mine = _Run(rows.high[start:end], rows.low[start:end], rows.places[start:end])
            found = first[start:end]
            for run in self._parts[part]:
                _find(run, mine, found)
            new = found == NEW
            if new.any():
                self._remember(part, _Run(mine.high[new], mine.low[new], mine.places[new]))
        return first

    def _remember(self, part: int, run: _Run) -> None:
        runs = self._parts[part]
        runs.append(run)
        while len(runs) > 1 and len(runs[-2].high) <= 2 * len(runs[-1].high):
            newer, older = runs.pop(), runs.pop()
            runs.append(_joined(older, newer))


def _order(keys: Keys) -> Any:
    """Rows by their key; equal ones in the order they came."""
    order = np.argsort(keys.high)
    high = keys.high[order]
    if (high[1:] == high[:-1]).any():
        return np.lexsort((keys.low, keys.high))
    return order


def _find(run: _Run, rows: _Run, found: Any) -> None:
    """Note in `found` the places of those rows that are in the run."""
    at = np.searchsorted(run.high, rows.high)
    at[at == len(run.high)] = 0
    for row in np.flatnonzero(run.high[at] == rows.high).tolist():
        one = int(at[row])
        # Half a key says nothing yet: rows that share it stand side by side.
        while one < len(run.high) and run.high[one] == rows.high[row]:
            if run.low[one] == rows.low[row]:
                found[row] = run.places[one]
            one += 1


def _joined(older: _Run, newer: _Run) -> _Run:
    high = np.concatenate([older.high, newer.high])
    order = np.argsort(high, kind="stable")
    high = high[order]
    low = np.concatenate([older.low, newer.low])[order]
    return _Run(high, low, np.concatenate([older.places, newer.places])[order])
