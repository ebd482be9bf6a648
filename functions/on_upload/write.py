"""Samples to Parquet shards in the outbox, one file at a time on disk, nothing held in memory but a batch.

Columns: `messages`, a list of {role, content}, and `line`, the source file's line. `datasets.load_dataset`
reads the shards as they are. Each try at preparing writes under its own prefix; the manifest, written by the
step afterwards, says which try won.
"""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from functions.on_upload.sift import Split
from infra.ports import Cloud
from schemas import names
from schemas.orders import Shard
from schemas.samples import Sample

BATCH_ROWS: Final = 1_000
SHARD_ROWS: Final = 100_000
TURN: Final = pa.struct([("role", pa.string()), ("content", pa.string())])
SCHEMA: Final = pa.schema([("messages", pa.list_(TURN)), ("line", pa.int64())])


class ShardWriter:
    """Writes the shards of one split. Use as a context; `shards` is complete when the context has ended."""

    def __init__(self, on: Cloud, dataset: str, attempt: str, split: Split) -> None:
        self.on, self.dataset, self.attempt, self.split = on, dataset, attempt, split
        self.shards: list[Shard] = []
        self._batch: list[dict[str, Any]] = []
        self._rows = 0
        self._folder = tempfile.TemporaryDirectory(prefix="jinko-")
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
            elif self._writer is not None:
                self._writer.close()
        finally:
            self._folder.cleanup()

    @property
    def rows(self) -> int:
        """Rows taken so far."""
        return sum(shard.rows for shard in self.shards) + self._rows + len(self._batch)

    def add(self, sample: Sample) -> None:
        """Take one sample; it is on disk after at most `BATCH_ROWS` more."""
        turns = [{"role": turn.role, "content": turn.content} for turn in sample.messages]
        self._batch.append({"messages": turns, "line": sample.line})
        if len(self._batch) >= BATCH_ROWS:
            self._flush()
        if self._rows >= SHARD_ROWS:
            self._finish()

    def _path(self) -> Path:
        return Path(self._folder.name) / "shard.parquet"

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path(), SCHEMA, compression="zstd")
        self._writer.write_table(pa.Table.from_pylist(self._batch, SCHEMA))
        self._rows += len(self._batch)
        self._batch = []

    def _finish(self) -> None:
        """Close the open shard and send it."""
        if self._batch:
            self._flush()
        if self._writer is None:
            return
        self._writer.close()
        name = names.shard(self.dataset, self.attempt, self.split, len(self.shards))
        self.on.store.upload(self.on.outbox, name, self._path())
        self.shards.append(Shard(path=name, rows=self._rows))
        self._writer, self._rows = None, 0
