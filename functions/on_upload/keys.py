"""What makes two rows the same row: 128 bits that follow from all that is said in it, and from nothing else.

A key is xxh3-128 over the row's texts, mixed with the length and the part of each, so that neither moving a
word from one turn to the next nor another speaker gives the same key. Among 100 million rows the odds that
two different ones share a key are 1 in 10^22. Which side of the split a row falls on follows from its key and
the seed. Whole columns and single samples give the same keys.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from xxhash import xxh3_128_digest

from schemas.samples import (
    Conversation,
    Feedback,
    Message,
    Preference,
    Prompts,
    Sample,
    Stepwise,
    Text,
)

Numbers = np.ndarray[Any, np.dtype[np.uint64]]

# The part that a text plays, as a number: which speaker's turn, and in which list of a row.
ROLES: Final = {"system": 1, "user": 2, "assistant": 3, "tool": 4}
_THINKING, _CALL, _NAME, _PART, _CONTEXT_ONLY = 5, 6, 7, 8, 9
_TOOLS, _IMAGE, _REFERENCE, _MARK = 10, 11, 12, 13
_LISTS: Final = {"messages": 0, "prompt": 16, "chosen": 32, "rejected": 48, "completion": 64, "steps": 80}
Piece = tuple[int, bytes]


class Keys(NamedTuple):
    """The keys of some rows, two halves each."""

    high: Numbers
    low: Numbers

    def take(self, rows: Any) -> "Keys":
        """Those of some of the rows."""
        return Keys(self.high[rows], self.low[rows])


def of_columns(columns: Sequence[tuple[int, pa.Array]], joined: pa.Array, present: Sequence[Any]) -> Keys:
    """The keys of rows whose texts stand in columns, given as (part, texts) in the order they are said.

    `joined` holds each row's texts one after the other; `present` says of each column which rows have it.
    """
    rows = len(joined)
    structure = np.zeros(rows, np.uint64)
    position = np.zeros(rows, np.uint64)
    for (part, texts), there in zip(columns, present, strict=True):
        mixed = _mixed(_lengths(texts), np.uint64(part), position)
        structure += np.where(there, mixed, np.uint64(0))
        position += there.astype(np.uint64)
    return _key(_digests(joined), structure)


def of_samples(samples: Sequence[Sample]) -> Keys:
    """The keys of these samples."""
    rows = [_pieces(sample) for sample in samples]
    digests = b"".join(xxh3_128_digest(b"".join([text for _, text in row])) for row in rows)
    counts = np.array([len(row) for row in rows], np.int64)
    parts = np.array([part for row in rows for part, _ in row], np.uint64)
    lengths = np.array([len(text) for row in rows for _, text in row], np.uint64)
    starts = np.cumsum(counts) - counts
    position = np.arange(len(parts), dtype=np.uint64) - np.repeat(starts, counts).astype(np.uint64)
    mixed = _mixed(lengths, parts, position)
    structure = np.add.reduceat(mixed, starts) if len(mixed) else np.zeros(len(rows), np.uint64)
    return _key(np.frombuffer(digests, np.uint64).reshape(-1, 2), structure)


def drawn(keys: Keys, seed: int, purpose: int) -> Numbers:
    """A number of each row that looks drawn by chance, and follows from row and seed alone.

    Draws for another `purpose` have nothing to do with one another.
    """
    salt = scrambled(np.array([seed, purpose + (1 << 40)], np.uint64))
    return scrambled(keys.low ^ salt[0] ^ salt[1])


def share(drawn: Numbers) -> Any:
    """Draws as numbers in [0, 1)."""
    return (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53


def scrambled(numbers: Numbers) -> Numbers:
    """splitmix64's last step: every bit of a number changes all of them; no two become one."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _key(digests: Numbers, structure: Numbers) -> Keys:
    return Keys(digests[:, 0] ^ structure, digests[:, 1] ^ scrambled(structure))


def _mixed(lengths: Numbers, part: Any, position: Any) -> Numbers:
    """One number of a text's length, part and place in its row. Lengths are below 2^40."""
    return scrambled(lengths ^ (part << np.uint64(56)) ^ (position << np.uint64(40)))


def offsets_of(texts: pa.Array) -> Any:
    """Where each text of an array of strings begins in its buffer, and where the last one ends."""
    wide = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    whole = np.frombuffer(texts.buffers()[1], np.int64 if wide else np.int32)
    return whole[texts.offset : texts.offset + len(texts) + 1]


def _lengths(texts: pa.Array) -> Numbers:
    """Bytes of each text; a missing one has none."""
    counted: Numbers = np.diff(offsets_of(texts)).astype(np.uint64)
    return counted


def _digests(texts: pa.Array) -> Numbers:
    if not len(texts):
        return np.zeros((0, 2), np.uint64)
    at = offsets_of(texts).tolist()
    data = memoryview(texts.buffers()[2] or b"")
    made = map(xxh3_128_digest, map(data.__getitem__, map(slice, at[:-1], at[1:])))
    return np.frombuffer(b"".join(made), np.uint64).reshape(-1, 2)


# ---------------------------------------------------------------- the pieces of a sample


def _pieces(sample: Sample) -> list[Piece]:
    """All that is said in a row, in order, with the part that each piece plays."""
    said: list[Piece] = []
    match sample:
        case Conversation():
            said += _turns(sample.messages, "messages")
        case Preference():
            for name in ("prompt", "chosen", "rejected"):
                said += _turns(getattr(sample, name), name)
        case Feedback():
            said += _turns(sample.prompt, "prompt") + _turns(sample.completion, "completion")
            said.append((_MARK, str(sample.good).encode()))
        case Prompts():
            said += _turns(sample.prompt, "prompt")
            said.append((_REFERENCE, sample.reference.encode()))
        case Text():
            said += [
                (ROLES["assistant" if one.learn else "user"], one.text.encode()) for one in sample.segments
            ]
        case Stepwise():
            said += _turns(sample.prompt, "prompt")
            said += [(_LISTS["steps"] + one.good, one.text.encode()) for one in sample.steps]
    if isinstance(sample, Conversation | Preference | Feedback | Prompts) and sample.tools is not None:
        said.append((_TOOLS, sample.tools.encode()))
    return said + [(_IMAGE, image.data) for image in sample.images]


def _turns(turns: Iterable[Message], where: str) -> list[Piece]:
    base, said = _LISTS[where], list[Piece]()
    for turn in turns:
        said.append((base + ROLES[turn.role], turn.content.encode()))
        if not turn.learn:
            said.append((base + _CONTEXT_ONLY, b""))
        if turn.thinking is not None:
            said.append((base + _THINKING, turn.thinking.encode()))
        for call in turn.tool_calls:
            said.append((base + _CALL, call.model_dump_json().encode()))
        if turn.name is not None:
            said.append((base + _NAME, turn.name.encode()))
        said += [(base + _PART, part.model_dump_json().encode()) for part in turn.parts]
    return said
