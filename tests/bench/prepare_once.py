"""One way to read or prepare a file, once, in a process of its own; prints CPU-seconds and memory as JSON.

    python -m tests.bench.prepare_once jinko rows.csv

`arrow` parses every cell as text into a table and does nothing with it, `arrow-stream` block by block;
`jinko` reads, understands, maps, drops duplicates, splits and writes shards; `drop` does all that and what
else becomes of a drop on a laptop (records, hashed copies in the outbox, card); `pandas` is the same work as
others do it: the table in memory, a dictionary a row, datasets with a cache on disk; duplicates stay.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

COLUMNS = ("instruction", "output")


def arrow(path: Path, scratch: Path) -> int:
    """Arrow's parse alone, into one table."""
    import pyarrow as pa

    if path.suffix == ".csv":
        from pyarrow import csv

        convert = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))
        return int(csv.read_csv(path, parse_options=_with_newlines(), convert_options=convert).num_rows)
    from pyarrow import json as lines

    return int(lines.read_json(path).num_rows)


def arrow_stream(path: Path, scratch: Path) -> int:
    """Arrow's parse alone, a block at a time."""
    import pyarrow as pa

    if path.suffix == ".csv":
        from pyarrow import csv

        convert = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))
        blocks = csv.open_csv(path, parse_options=_with_newlines(), convert_options=convert)
        return sum(block.num_rows for block in blocks)
    from pyarrow import json as lines

    return sum(block.num_rows for block in lines.open_json(path))


def _with_newlines() -> Any:
    from pyarrow import csv

    return csv.ParseOptions(newlines_in_values=True)


def jinko(path: Path, scratch: Path) -> int:
    """Our pipeline, from bytes to shards."""
    from functions.on_upload.findings import Quarantine
    from functions.on_upload.lengths import Lengths
    from functions.on_upload.reading.open import open_source
    from functions.on_upload.sift import Sifted
    from functions.on_upload.split import Split
    from functions.on_upload.write import ShardWriter
    from infra.ports import Cloud
    from schemas.data_options import DataOptions

    class Folder:
        """Takes shards where they lie: what a store costs is no part of this."""

        def upload(self, bucket: str, name: str, path: Path) -> None:
            path.replace(scratch / name.replace("/", "-"))

    on = cast(Cloud, SimpleNamespace(store=Folder(), outbox="outbox"))
    options = DataOptions()
    with path.open("rb") as stream, Quarantine() as errors:
        sifted = Sifted(path.name, open_source(path.name, stream, options), options, errors)
        lengths = Lengths(sifted.reading.kind)
        with ShardWriter(on, "d", "t", "train") as train, ShardWriter(on, "d", "t", "test") as test:
            with Split(options, train, test, lengths) as split:
                split.all_of(sifted)
    assert train.rows + test.rows == sifted.kept == sifted.read
    return sifted.read


def drop(path: Path, scratch: Path) -> int:
    """A drop on a laptop, up to the prepared dataset."""
    from functions.on_upload.step import prepare
    from infra import ground
    from infra.settings import Settings
    from schemas.events import FileDropped

    here = ground.local(Settings(home=scratch / "home"))
    found = here.cloud.store.upload(here.cloud.inbox, path.name, path)
    event = FileDropped(
        bucket=found.bucket,
        name=found.name,
        generation=found.generation,
        size=found.size,
        md5=found.md5,
        metadata={},
    )
    (ready,) = prepare(event, here.cloud)
    return len(ready.model_dump_json())


def pandas(path: Path, scratch: Path) -> int:
    """The table in memory, a dictionary and a conversation for each row, then a dataset, and its files."""
    os.environ["HF_HOME"] = str(scratch / "hf")
    import pandas as pd
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()

    def converted(row: dict[str, Any]) -> dict[str, Any]:
        asked, answered = (" ".join(str(row[column]).split()) for column in COLUMNS)
        said = [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        return {"messages": said}

    table = pd.read_csv(path)

    def each() -> Iterator[dict[str, Any]]:
        for _, row in table.iterrows():
            yield row.to_dict()

    rows = Dataset.from_generator(each, cache_dir=str(scratch / "cache"))
    talks = rows.map(converted, remove_columns=rows.column_names)
    sides = talks.train_test_split(test_size=0.1, seed=42)
    for name, side in sides.items():
        side.to_parquet(scratch / f"{name}.parquet")
    return len(rows)


WAYS = {"arrow": arrow, "arrow-stream": arrow_stream, "jinko": jinko, "drop": drop, "pandas": pandas}


def main(way: str, path: str) -> None:
    """Do it, and say what it took, imports included; the time by the clock is measured by who starts this."""
    scratch = Path(tempfile.mkdtemp(prefix="jinko-bench-"))
    try:
        WAYS[way](Path(path), scratch)
    finally:
        shutil.rmtree(scratch)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps({"cpu_seconds": used.ru_utime + used.ru_stime, "peak_mb": _peak_kb(used.ru_maxrss) / 1024})
    )


def _peak_kb(counted: int) -> int:
    """This process's own peak: on Linux `ru_maxrss` (given) also counts what it was forked from."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    own = next((line.split()[1] for line in lines if line.startswith("VmHWM")), None)
    return int(own) if own else counted


if __name__ == "__main__":
    main(*sys.argv[1:])
