"""`jinko datasets` and `jinko models`: what there is, a row each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from functions.pages import percent
from functions.papers import read
from infra import ledger
from jinko.here import Here
from schemas import names
from schemas.orders import Dataset
from schemas.records import DatasetRecord, DropRecord
from schemas.results import TrainResult
from schemas.runs import RunRecord

UNTOLD: Final = ("right before", "seconds", "rows", "left out")
SHORT: Final = {"train": "learn from"}


def datasets(here: Here) -> list[dict[str, Any]]:
    """The datasets that are there, the newest first."""
    rows = []
    for record in ledger.every(here.cloud, DatasetRecord, state="ready"):
        manifest = read(here.cloud, names.manifest(record.id), Dataset)
        counts = manifest.counts if manifest else None
        rows.append(
            {
                "dataset": record.id,
                "from": record.source,
                "rows": record.rows,
                "train": counts.train if counts else None,
                "held out": counts.test if counts else None,
                "left out": counts.dropped if counts else None,
                "prepared": f"{record.created:%Y-%m-%d %H:%M}",
            }
        )
    return rows


def models(here: Here) -> list[dict[str, Any]]:
    """The runs whose trained weights are there, the newest first, whatever came of what was asked later."""
    rows = []
    for run in ledger.every(here.cloud, RunRecord):
        if run.trained is None or run.state == "deleted":
            continue
        trained = read(here.cloud, names.result(run.id, "train", run.trained), TrainResult)
        drop = ledger.find(here.cloud, DropRecord, run.drop_id)
        rows.append(
            {
                "run": run.id,
                "drop": drop.name if drop else None,
                "base model": run.base.name,
                "right before": trained.before.exact_match if trained and trained.before else None,
                "right after": trained.after.exact_match if trained and trained.after else None,
                "seconds": round(run.spent),
                "ended": f"{run.ended:%Y-%m-%d %H:%M}" if run.ended else None,
            }
        )
    return rows


def table(rows: Sequence[Mapping[str, Any]], nothing: str, console: Console) -> None:
    """Rows as a table; a sentence where there are none."""
    if not rows:
        console.print(nothing)
        return
    shown = Table(box=box.SIMPLE, pad_edge=False)
    told = [_told(row) for row in rows]
    for column in told[0]:
        free = column in ("from", "drop", "base model")  # the rest is short, and ids are there to be copied
        right = column in ("learn from", "held out")
        shown.add_column(column, overflow="fold", no_wrap=not free, justify="right" if right else "left")
    for row in told:
        shown.add_row(*(Text(value) for value in row.values()))
    console.print(shown)


def _told(row: Mapping[str, Any]) -> dict[str, str]:
    """A row as it fits a screen of 80 columns: the shares of right answers in one column, no seconds."""
    told: dict[str, str] = {}
    for column, value in row.items():
        if column == "right after":
            told["right answers"] = _shares(row["right before"], value)
        elif column not in UNTOLD:
            told[SHORT.get(column, column)] = "" if value is None else str(value)
    return told


def _shares(before: float | None, after: float | None) -> str:
    if after is None:
        return "not measured"
    return percent(after) if before is None else f"{percent(before)} → {percent(after)}"
