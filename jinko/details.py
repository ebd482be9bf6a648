"""`jinko show`: everything known of one run or dataset, as JSON and for a person to read."""

from collections.abc import Mapping
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from functions.papers import read
from functions.story import tell
from functions.verdict import verdict
from infra import ledger
from jinko import screens
from jinko.ask import known_run
from jinko.here import Here
from jinko.story import artifacts, as_json
from schemas import names
from schemas.errors import Fault
from schemas.orders import Dataset, TrainOrder
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord
from schemas.scores import Score

LABELS: Final = {"dataset_id": "dataset", "base_model": "base model", "spent_seconds": "seconds of work"}
UNSAID: Final = ("drop_id", "run_id", "position", "waiting", "progress", "status_page", "faults", "verdict")


def details(here: Here, id: str) -> dict[str, Any]:
    """One run (by its id, or the name of its file) or dataset, whole. Raises BadInput."""
    on = here.cloud
    dataset = ledger.find(on, DatasetRecord, id)
    if dataset is None:
        return _run(here, known_run(here, id))
    manifest = read(on, names.manifest(id), Dataset) if dataset.state == "ready" else None
    told: dict[str, Any] = {"dataset": id, "state": dataset.state, "from": dataset.source}
    if manifest is not None:
        told |= manifest.model_dump(mode="json", include={"why", "columns", "unused", "counts", "faults"})
        wanted = {"card": manifest.page, "rows": names.dataset_prefix(id)}
        told["files"] = {what: place for what, name in wanted.items() if (place := here.place(name))}
    runs = ledger.every(on, RunRecord, dataset_id=id)
    return told | {"runs": {one.id: one.state for one in runs}}


def _run(here: Here, run: RunRecord) -> dict[str, Any]:
    on = here.cloud
    told: dict[str, Any] = {"run": run.id}
    drop = ledger.find(on, DropRecord, run.drop_id)
    story = tell(on, drop) if drop else None
    if story is not None:
        told |= as_json(story) | {"verdict": verdict(story), "files": artifacts(here, story)}
    told["spent_seconds"] = round(run.spent, 1)
    if story and story.trained:
        for when, score in (("before", story.trained.before), ("after", story.trained.after)):
            told[when] = score.model_dump(exclude_none=True) if score else None
        told["effective"] = story.trained.effective
    order = read(on, names.order(run.id, "train"), TrainOrder)
    if order is not None and order.plan is not None:
        told["machine"] = order.plan.model_dump(mode="json")
    if order is not None and run.state != "deleted":
        told["settings"] = {
            key: {"value": value, "from": source} for key, value, source in order.settings.table()
        }
    return told


def show(told: Mapping[str, Any], console: Console) -> None:
    """Everything of one run or dataset, the most wanted first."""
    if "verdict" in told:
        console.print(Text(f"{told['verdict']}\n", style="bold"))
    _lines({key: value for key, value in told.items() if key not in UNSAID and _plain(value)}, console)
    if "counts" in told:
        _section("rows", told["counts"], console)
        _section("columns", told["columns"], console)
    if told.get("faults"):
        console.print(Text("\nrows left out" if "counts" in told else "\nwhy", style="bold"))
        screens.faults([Fault.model_validate(fault) for fault in told["faults"]], console)
    if told.get("before") or told.get("after"):
        console.print()
        scores = [Score.model_validate(told[key]) if told.get(key) else None for key in ("before", "after")]
        console.print(screens.scores(*scores))
    _section("runs on it", told.get("runs"), console)
    _section("files", told.get("files"), console)
    _section("machine", told.get("machine"), console)
    _section("chosen on the machine", told.get("effective"), console)
    if "settings" in told:
        _settings(told["settings"], console)


def _plain(value: Any) -> bool:
    return value not in (None, [], (), "") and not isinstance(value, dict)


def _lines(values: Mapping[str, Any], console: Console) -> None:
    for key, value in values.items():
        said = ", ".join(map(str, value)) if isinstance(value, list) else value
        line = f"{LABELS.get(key, key):<16} {said}"
        console.print(line, highlight=False, markup=False, soft_wrap="/" in line)  # paths are to be copied


def _section(title: str, values: Mapping[str, Any] | None, console: Console) -> None:
    if values:
        console.print(Text(f"\n{title}", style="bold"))
        for name, value in values.items():
            console.print(f"  {name:<22} {value}", highlight=False, markup=False, soft_wrap=True)


def _settings(settings: Mapping[str, Mapping[str, str]], console: Console) -> None:
    """What somebody set stands out; `metadata` is how a bucket keeps what `--set` gave."""
    console.print(Text("\nsettings, and where each came from", style="bold"))
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for column in ("setting", "value", "from"):
        table.add_column(column, overflow="fold")
    for key, said in settings.items():
        source = {"metadata": "metadata, or --set"}.get(said["from"], said["from"])
        value = "not set" if said["value"] == "-" else said["value"]
        table.add_row(Text(key), Text(value), source, style="dim" if source == "default" else "")
    console.print(table)
