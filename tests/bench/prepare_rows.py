"""Files to measure preparing with: questions and answers of about 575 bytes a row, as CSV and as JSONL.

    python -m tests.bench.prepare_rows 1000000 /tmp/rows    # writes rows.csv and rows.jsonl there

The same rows each time; no two say the same. Some cells have commas and quotes: CSV has to quote them.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

WORDS = 4_000
ASKED, ANSWERED = 25, 62


def rows(count: int) -> Iterator[tuple[str, str]]:
    """(instruction, output) of each row."""
    chance = random.Random(2026)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randrange(2, 10))) for _ in range(WORDS)]
    for number in range(count):
        asked = " ".join(chance.choices(words, k=ASKED))
        answered = " ".join(chance.choices(words, k=ANSWERED))
        if number % 10 == 0:
            answered = answered.replace(" ", ', "so" ', 1)
        yield f"{number}: {asked}?", answered


def write(count: int, folder: Path) -> dict[str, Path]:
    """The rows as `rows.csv` and `rows.jsonl`."""
    paths = {form: folder / f"rows.{form}" for form in ("csv", "jsonl")}
    with paths["csv"].open("w", newline="") as table, paths["jsonl"].open("w") as lines:
        writer = csv.writer(table)
        writer.writerow(["instruction", "output"])
        for asked, answered in rows(count):
            writer.writerow([asked, answered])
            lines.write(json.dumps({"instruction": asked, "output": answered}) + "\n")
    return paths


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
