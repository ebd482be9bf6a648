"""The files of answers: a line for each row of the dropped file, in its order; as a table where one came."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from statistics import mean
from typing import Any, Final

from gpu_batch.answers import lines
from gpu_batch.answers.lines import Outcome, Row
from gpu_batch.asked import likeness
from gpu_batch.folders import download
from infra.ports import Cloud
from schemas import names
from schemas.errors import Fault
from schemas.orders import GenerateOrder

TABLES: Final = (".csv", ".tsv", ".xlsx", ".xls", ".ods")


def written(
    order: GenerateOrder, on: Cloud, rows: Sequence[Row], outcomes: Sequence[Outcome]
) -> dict[str, str]:
    """Write the files of answers, where they are to lie; a repeat writes the same."""
    told = {"answers": names.answers(order.drop_name, "jsonl")}
    with tempfile.TemporaryDirectory(prefix="jinko-") as folder:
        file = Path(folder) / "answers.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for one in _objects(order, on, rows, outcomes, Path(folder)):
                out.write(json.dumps(one, ensure_ascii=False) + "\n")
        on.store.upload(on.outbox, told["answers"], file)
        if PurePosixPath(order.dataset.source).suffix.lower() in TABLES:
            told["table"] = names.answers(order.drop_name, "csv")
            columns = lines.columns_of(_read(file))
            sheet = Path(folder) / "answers.csv"
            with sheet.open("w", encoding="utf-8", newline="") as out:
                out.writelines(lines.table(_read(file), columns))
            on.store.upload(on.outbox, told["table"], sheet)
    return told


def _read(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as opened:
        for line in opened:
            yield json.loads(line)


def _objects(
    order: GenerateOrder, on: Cloud, rows: Sequence[Row], outcomes: Sequence[Outcome], scratch: Path
) -> Iterator[dict[str, Any]]:
    """A line for every row, in the file's order, those among them that could not even be read."""
    unread = _unread(order, on, scratch)
    for row, outcome in zip(rows, outcomes, strict=True):
        while unread and unread[0][0] < row.line and row.source is None:
            line, fault = unread.pop(0)
            yield lines.left_out(line, fault)
        yield lines.object_of(row, outcome, order.base.name, order.run_id)
    for line, fault in unread:
        yield lines.left_out(line, fault)


def _unread(order: GenerateOrder, on: Cloud, scratch: Path) -> list[tuple[int, Fault]]:
    """Rows that were left out as the file was read: (line, why), in the file's order."""
    if order.dataset.errors is None:
        return []
    file = download(on, order.dataset.errors, scratch / "errors.jsonl")
    found = []
    for told in _read(file):
        fault = Fault.model_validate({key: told[key] for key in ("place", "finding", "next_step")})
        line = fault.place.rpartition(":")[2]
        found.append((int(line) if line.isdecimal() else 0, fault))
    return sorted(found, key=lambda one: one[0])


def metrics(rows: Sequence[Row], outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Beside the answers that the file holds already, where it holds some; nothing where it does not."""
    pairs = [
        (row.reference, outcome.text)
        for row, outcome in zip(rows, outcomes, strict=True)
        if row.reference is not None and outcome.text is not None
    ]
    if not pairs:
        return {}
    exact = mean(float(wanted.strip() == given.strip()) for wanted, given in pairs)
    return {
        "references": float(len(pairs)),
        "exact_match": exact,
        "chrf": mean(likeness(wanted, given) for wanted, given in pairs),
    }
