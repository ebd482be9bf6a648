"""How fast preparing is, and how much memory it takes: `make bench-prepare` prints medians of three runs.

    python -m tests.bench.prepare                   # 1,000,000 rows (575 MB); memory also at 3,000,000
    python -m tests.bench.prepare --rows 100000     # quicker, and less telling

Every run is a process of its own, imports included. pandas, which would take minutes, is run on fewer rows
and counted by the row. Needs what training needs (datasets) and some 5 GB of disk.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench import prepare_rows

ROOT = Path(__file__).resolve().parents[2]
MOST = {"csv": 3.0, "jsonl": 2.5}  # times Arrow's parse alone
LEAST_AGAINST_PANDAS = 20.0
MOST_GROWTH = 0.08  # of the bytes added


class Taken(NamedTuple):
    """What a way took, medians: seconds by the clock and of CPU, MB at its peak."""

    seconds: float
    cpu: float
    peak_mb: float


def measured(way: str, path: Path) -> Taken:
    """Run it once."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.prepare_once", way, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    told = json.loads(done.stdout.splitlines()[-1])
    return Taken(seconds, told["cpu_seconds"], told["peak_mb"])


class Bench:
    """Runs ways over files, and prints a line for each."""

    def __init__(self, folder: Path, times: int) -> None:
        self.folder, self.times = folder, times

    def run(self, ways: Mapping[str, str], path: Path, rows: int) -> list[Taken]:
        """A line of the table for each way, given by what it is called there.

        They take turns: what else the machine does meanwhile hits all of them.
        """
        turns = [[measured(way, path) for way in ways.values()] for _ in range(self.times)]
        found = [Taken(*map(median, zip(*runs, strict=True))) for runs in zip(*turns, strict=True)]
        for name, taken in zip(ways, found, strict=True):
            rate = rows / taken.seconds
            figures = f"{taken.seconds:9.2f}{taken.cpu:9.2f}{taken.peak_mb:9.0f}{rate:12,.0f}"
            print(f"{name:26}{figures}", flush=True)
        return found

    def files(self, rows: int) -> dict[str, Path]:
        """Files of so many rows, in a folder of their own."""
        inner = self.folder / str(rows)
        inner.mkdir()
        return prepare_rows.write(rows, inner)


def against_arrow(bench: Bench, form: str, path: Path, rows: int) -> tuple[Taken, float]:
    """Our pipeline, and how many times as long as Arrow's parse alone it takes."""
    ways = {
        f"jinko, {form}": "jinko",
        f"Arrow alone, {form}": "arrow",
        f"Arrow streaming, {form}": "arrow-stream",
    }
    ours, alone, stream = bench.run(ways, path, rows)
    ratio = ours.seconds / alone.seconds
    print(
        f"  jinko ÷ Arrow alone, {form}: {ratio:.2f} (at most {MOST[form]}); by CPU-seconds "
        f"{ours.cpu / alone.cpu:.2f}; ÷ Arrow streaming {ours.seconds / stream.seconds:.2f}, by CPU-seconds "
        f"{ours.cpu / stream.cpu:.2f}"
    )
    return ours, ratio


def against_pandas(bench: Bench, ours: Taken, rows: int) -> float:
    """How many times as fast ours is. pandas is run on a tenth and on a fiftieth, and its cost a row is the
    difference: what it takes to start counts once."""
    some, few = rows // 10, rows // 50
    (tenth,) = bench.run({"pandas, a tenth": "pandas"}, bench.files(some)["csv"], some)
    (fiftieth,) = bench.run({"pandas, a fiftieth": "pandas"}, bench.files(few)["csv"], few)
    whole, cpu = (
        getattr(tenth, what) + (getattr(tenth, what) - getattr(fiftieth, what)) / (some - few) * (rows - some)
        for what in ("seconds", "cpu")
    )
    faster = whole / ours.seconds
    print(
        f"  pandas on all rows: {whole:.0f} s; jinko is {faster:.1f} times as fast "
        f"(at least {LEAST_AGAINST_PANDAS:.0f}), by CPU-seconds {cpu / ours.cpu:.1f} times"
    )
    return faster


def growth(bench: Bench, form: str, ours: Taken, size: int, path: Path, rows: int) -> float:
    """How much of the bytes added the peak memory grows by, with three times the rows."""
    (big,) = bench.run({f"jinko, {form}, 3 times": "jinko"}, path, rows * 3)
    grown = (big.peak_mb - ours.peak_mb) * (1 << 20) / (path.stat().st_size - size)
    print(f"  peak memory grows by {grown:.1%} of the bytes added (at most {MOST_GROWTH:.0%})")
    return grown


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure preparing.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3, help="runs of each, of which the median counts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jinko-bench-") as name:
        bench = Bench(Path(name), given.times)
        paths = bench.files(given.rows)
        sizes = {form: path.stat().st_size for form, path in paths.items()}
        print(
            f"{given.rows:,} rows, "
            + ", ".join(f"{form} {size / 1e6:.0f} MB" for form, size in sizes.items())
        )
        print(f"{'':26}{'seconds':>9}{'CPU-s':>9}{'peak MB':>9}{'rows/s':>12}")
        ours = {form: against_arrow(bench, form, path, given.rows)[0] for form, path in paths.items()}
        bench.run({"a whole drop, csv": "drop"}, paths["csv"], given.rows)
        against_pandas(bench, ours["csv"], given.rows)
        for path in paths.values():
            path.unlink()
        for form, path in bench.files(given.rows * 3).items():
            growth(bench, form, ours[form], sizes[form], path, given.rows)


if __name__ == "__main__":
    main()
