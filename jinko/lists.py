"""What there is: datasets and models as rows, and everything known of one of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from functions.story import read, tell
from infra import ledger
from infra.local.ground import LocalGround
from infra.ports import Cloud
from jinko.story import artifacts, as_json
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.orders import Dataset, TrainOrder, TrainResult
from schemas.records import DatasetRecord, DropRecord, RunRecord


def datasets(ground: LocalGround) -> list[dict[str, Any]]:
    """The datasets that are there, the newest first."""
    rows = []
    for record in ledger.every(ground.cloud, DatasetRecord, state="ready"):
        manifest = read(ground.cloud, names.manifest(record.id), Dataset)
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


def models(ground: LocalGround) -> list[dict[str, Any]]:
    """The runs that succeeded, the newest first."""
    rows = []
    for run in ledger.every(ground.cloud, RunRecord, state="succeeded"):
        trained = read(ground.cloud, names.result(run.id, "train", run.trained or 1), TrainResult)
        drop = ledger.find(ground.cloud, DropRecord, run.drop_id)
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


def details(ground: LocalGround, id: str) -> dict[str, Any]:
    """One run or dataset, whole. Raises BadInput for an id that nothing has."""
    on = ground.cloud
    run = ledger.find(on, RunRecord, id)
    if run is not None:
        return _run(ground, run)
    dataset = ledger.find(on, DatasetRecord, id)
    if dataset is None:
        finding = "There is no run or dataset of this id here."
        step = "See them with: jinko status, jinko datasets, jinko models"
        raise BadInput(Fault(place=id, finding=finding, next_step=step))
    manifest = read(on, names.manifest(id), Dataset) if dataset.state == "ready" else None
    told: dict[str, Any] = {"dataset": id, "state": dataset.state, "from": dataset.source}
    if manifest is not None:
        told |= manifest.model_dump(mode="json", include={"why", "columns", "unused", "counts", "faults"})
        told["files"] = {"card": manifest.card, "page": manifest.page}
    runs = ledger.every(on, RunRecord, dataset_id=id)
    return told | {"runs": {one.id: one.state for one in runs}}


def _run(ground: LocalGround, run: RunRecord) -> dict[str, Any]:
    on: Cloud = ground.cloud
    told: dict[str, Any] = {"run": run.id}
    drop = ledger.find(on, DropRecord, run.drop_id)
    story = tell(on, drop) if drop else None
    if story is not None:
        told |= as_json(story) | {"files": artifacts(ground, story)}
    told["spent_seconds"] = round(run.spent, 1)
    if story and story.trained:
        for when, score in (("before", story.trained.before), ("after", story.trained.after)):
            told[when] = score.model_dump(exclude_none=True) if score else None
        told["effective"] = story.trained.effective
    order = read(on, names.order(run.id, "train"), TrainOrder)
    if order is not None:
        told["settings"] = {
            key: {"value": value, "from": source} for key, value, source in order.settings.table()
        }
    return told


def table(rows: Sequence[Mapping[str, Any]], nothing: str, console: Console) -> None:
    """Rows as a table; a sentence where there are none."""
    if not rows:
        console.print(nothing)
        return
    shown = Table()
    for column in rows[0]:
        free = column in ("from", "drop", "base model")  # the rest is short, and ids are there to be copied
        shown.add_column(column, overflow="fold", no_wrap=not free)
    for row in rows:
        shown.add_row(*(Text(_cell(column, value)) for column, value in row.items()))
    console.print(shown)


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.0%}" if column.startswith("right") else str(value)


def show(told: Mapping[str, Any], console: Console) -> None:
    """Everything of one run or dataset, in lines."""
    for key, value in told.items():
        if isinstance(value, dict) and key == "settings":
            console.print(Text("\nsettings, and where each came from", style="bold"))
            for setting, said in value.items():
                console.print(
                    f"  {setting:<32} {said['value']:<28} {said['from']}", highlight=False, markup=False
                )
        elif isinstance(value, dict):
            console.print(Text(f"\n{key}", style="bold"))
            for name, inner in value.items():
                console.print(f"  {name:<24} {inner}", highlight=False, markup=False, soft_wrap=True)
        elif value not in (None, [], ()):
            console.print(f"{key:<16} {value}", highlight=False, markup=False, soft_wrap=True)
