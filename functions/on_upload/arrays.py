"""numpy's arrays and texts as Arrow's, without a copy.

`pa.array` and `pa.scalar` would do as well, but they import pandas where that is installed, to see whether
they were given a series: half a second of a cold start, for nothing. Arrow's own functions are called by
name here: `pyarrow.compute` makes a documented one of each of its 300 when it is imported, 0.02 seconds more.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow._compute import TakeOptions, call_function


def text(given: str) -> pa.StringScalar:
    """One text, to be compared with or joined to many."""
    return texts([given])[0]


def texts(given: Sequence[str]) -> pa.StringArray:
    """A few texts."""
    data = [one.encode() for one in given]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(data), pa.py_buffer(ends), pa.py_buffer(b"".join(data)))


def numbers(given: Any) -> pa.Array:
    """Integers of whatever width."""
    whole = np.ascontiguousarray(given)
    return pa.Array.from_buffers(pa.from_numpy_dtype(whole.dtype), len(whole), [None, pa.py_buffer(whole)])


def flags(given: Any) -> pa.Array:
    """Booleans."""
    packed = np.packbits(given, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(given), [None, pa.py_buffer(packed)])


def integers(column: pa.Array) -> Any:
    """The other way: an array of whole numbers, none of them missing."""
    kind = np.dtype(f"{'u' if pa.types.is_unsigned_integer(column.type) else ''}int{column.type.bit_width}")
    whole = np.frombuffer(column.buffers()[1], kind)
    return whole[column.offset : column.offset + len(column)]


def computed(function: str, *given: pa.Array | pa.Scalar) -> pa.Array:
    """What one of Arrow's functions makes of columns (https://arrow.apache.org/docs/cpp/compute.html)."""
    return call_function(function, list(given))


def taken(column: pa.Array | pa.Table, rows: Any) -> pa.Array | pa.Table:
    """Some rows of a column or a table, in this order; none of them may be out of bounds."""
    return call_function("take", [column, numbers(rows)], TakeOptions(boundscheck=False))
