"""A prepared dataset's Parquet shards, read as rows.

Not a program. It trusts the order for which shards there are and never lists the bucket; whether a row can be
trained on is `gpu_batch.text`'s question.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from gpu_batch.folders import download
from infra.ports import Cloud
from schemas.errors import BadInput, Fault
from schemas.orders import Shard
from schemas.samples import Kind, Sample, from_row

ROWS_AT_A_TIME = 1000


def read_samples(
    on: Cloud,
    shards: Iterable[Shard],
    scratch: Path,
    at_most: int | None = None,
    kind: Kind = "conversation",
) -> list[Any]:
    """The rows of these shards, in their order, as samples of the dataset's kind; images are in memory with
    them. Only the first `at_most` where that is given.

    Raises BadInput if a shard is gone or does not hold the rows that its manifest counts.
    """
    return list(islice(_samples(on, shards, scratch, kind), at_most))


def _samples(on: Cloud, shards: Iterable[Shard], scratch: Path, kind: Kind) -> Iterator[Sample]:
    for number, shard in enumerate(shards):
        path = download(on, shard.path, scratch / "dataset" / f"{number:05d}.parquet")
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows != shard.rows:
                finding = f"This shard holds {file.metadata.num_rows} rows; its manifest says {shard.rows}."
                next_step = "Drop the file again; do not write into the outbox by hand."
                raise BadInput(Fault(place=shard.path, finding=finding, next_step=next_step))
            for batch in file.iter_batches(ROWS_AT_A_TIME):
                for row in batch.to_pylist():
                    yield from_row(kind, row)
        path.unlink()
