"""Rows to Parquet shards in the outbox, one file at a time on disk, nothing held in memory but a row group.

Which columns there are, `shapes` says; `datasets.load_dataset` reads the shards as they are. Each try at
preparing writes under its own prefix; the manifest, written by the step afterwards, says which try won.
Packing and sending go on in a thread of their own while the next rows are read.
"""

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from functions.on_upload.kept import Kept
from infra.ports import Cloud
from schemas import names
from schemas.orders import Shard

GROUP_ROWS: Final = 20_000
GROUP_BYTES: Final = 32 << 20  # rows may be pictures: a group is cut before it has its rows
SHARD_ROWS: Final = 100_000
SHARD_BYTES: Final = 512 << 20
# Words that repeat are worth a dictionary; the texts of people are not.
DICTIONARY: Final = frozenset({"role", "source"})


class ShardWriter:
    """Writes the shards of one split. Use as a context; `shards` is complete when the context has ended."""

    def __init__(self, on: Cloud, dataset: str, attempt: str, split: str) -> None:
        self.on, self.dataset, self.attempt, self.split = on, dataset, attempt, split
        self.shards: list[Shard] = []
        self.rows = 0
        self._tables: list[pa.Table] = []
        self._waiting = 0
        self._in_shard = self._bytes_in_shard = 0
        self._folder = tempfile.TemporaryDirectory(prefix="jinko-")
        self._writer: Any = None
        self._thread = ThreadPoolExecutor(1, "jinko-shards")
        self._working: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if self._waiting:
                    self._flush(self._waiting)
                self._then(self._finish)
                self._wait()
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)
            if self._writer is not None:
                self._writer.close()
            self._folder.cleanup()

    def take(self, kept: Kept) -> None:
        """Take rows; they are on disk once a group of them is full."""
        table = kept.table(np.arange(kept.rows))
        self.rows += kept.rows
        self._tables.append(table)
        self._waiting += kept.rows
        while self._waiting >= GROUP_ROWS:
            self._flush(GROUP_ROWS)
        if self._waiting and sum(one.nbytes for one in self._tables) >= GROUP_BYTES:
            self._flush(self._waiting)

    def _flush(self, rows: int) -> None:
        """Hand the next rows over as one group, and the shard when it is full."""
        whole = pa.concat_tables(self._tables)
        group, rest = whole.slice(0, rows), whole.slice(rows)
        self._tables, self._waiting = ([rest] if rest.num_rows else []), rest.num_rows
        self._then(lambda: self._write(group))
        self._in_shard += rows
        self._bytes_in_shard += group.nbytes
        if self._in_shard >= SHARD_ROWS or self._bytes_in_shard >= SHARD_BYTES:
            self._then(self._finish)
            self._in_shard = self._bytes_in_shard = 0

    def _then(self, work: Any) -> None:
        """Do this in the thread, once what it does now is done: no more than one group waits."""
        self._wait()
        self._working = self._thread.submit(work)

    def _wait(self) -> None:
        if self._working is not None:
            self._working.result()

    # ------------------------------------------------------------ in the thread

    def _path(self) -> Path:
        return Path(self._folder.name) / "shard.parquet"

    def _write(self, group: pa.Table) -> None:
        if self._writer is None:
            self._written = 0
            self._writer = pq.ParquetWriter(
                self._path(),
                group.schema,
                compression="snappy",  # half the time of zstd's quickest, for twice its size
                use_dictionary=_repeating(group.schema),
                write_statistics=False,
            )
        self._writer.write_table(group, row_group_size=group.num_rows)
        self._written += group.num_rows
        del group
        pa.default_memory_pool().release_unused()  # or what one thread made and another freed heaps up

    def _finish(self) -> None:
        """Close the open shard and send it."""
        if self._writer is None:
            return
        self._writer.close()
        name = names.shard(self.dataset, self.attempt, self.split, len(self.shards))
        self.on.store.upload(self.on.outbox, name, self._path())
        self.shards.append(Shard(path=name, rows=self._written))
        self._writer = None


def _repeating(schema: pa.Schema) -> list[str]:
    """The paths, as Parquet names them, of columns whose words repeat."""
    found: list[str] = []

    def look(path: str, name: str, type: pa.DataType) -> None:
        if pa.types.is_list(type):
            look(f"{path}.list.element", name, type.value_type)
        elif pa.types.is_struct(type):
            for field in type:
                look(f"{path}.{field.name}", field.name, field.type)
        elif name in DICTIONARY:
            found.append(path)

    for field in schema:
        look(field.name, field.name, field.type)
    return found
