"""What is to be said of one drop: its records, gathered for the command's screens and its JSON."""

from typing import Any, NamedTuple

from infra import ledger
from infra.local.ground import LocalGround
from infra.ports import Cloud, Gone
from schemas import names
from schemas.errors import Fault
from schemas.orders import Dataset, ExportResult, TrainResult
from schemas.records import DropRecord, Progress, RunRecord


class Story(NamedTuple):
    """One drop as it stands now; what is not there yet is None."""

    drop: DropRecord
    dataset: Dataset | None
    run: RunRecord | None
    progress: Progress | None

    @property
    def over(self) -> bool:
        """Whether the drop has its answer."""
        return self.drop.state == "refused" or (self.run is not None and self.run.over)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why it did not go on, if it did not."""
        return self.drop.faults or (self.run.faults if self.run else ())

    @property
    def state(self) -> str:
        """One word: the run's state where there is a run, else the drop's."""
        if self.run is not None:
            return self.run.state
        return "waiting" if self.drop.waiting else self.drop.state

    def as_json(self) -> dict[str, Any]:
        """What `jinko status --json` prints of a drop."""
        run, progress = self.run, self.progress
        return {
            "drop": self.drop.name,
            "drop_id": self.drop.id,
            "state": self.state,
            "dataset_id": self.drop.dataset_id,
            "run_id": self.drop.run_id,
            "stage": run.stage if run else None,
            "attempt": run.attempt if run else None,
            "base_model": run.base.name if run else None,
            "progress": progress.model_dump(mode="json") if progress and run and not run.over else None,
            "waiting": self.drop.waiting,
            "faults": [fault.model_dump() for fault in self.faults],
            "status_page": names.status_page(self.drop.name),
        }


def story(on: Cloud, drop: DropRecord) -> Story:
    """Gather what belongs to a drop."""
    run = ledger.find(on, RunRecord, drop.run_id) if drop.run_id else None
    progress = ledger.find(on, Progress, run.id) if run else None
    return Story(drop, manifest(on, drop.dataset_id), run, progress)


def stories(on: Cloud) -> list[Story]:
    """Every drop, the newest first."""
    return [story(on, drop) for drop in ledger.every(on, DropRecord)]


def manifest(on: Cloud, dataset: str | None) -> Dataset | None:
    """A dataset's manifest, or None."""
    if dataset is None:
        return None
    try:
        return Dataset.model_validate_json(on.store.read(on.outbox, names.manifest(dataset)))
    except Gone:
        return None


def results(on: Cloud, run: RunRecord) -> tuple[TrainResult | None, ExportResult | None]:
    """What the run's jobs said they did."""
    trained = exported = None
    try:
        if run.trained is not None:
            data = on.store.read(on.outbox, names.result(run.id, "train", run.trained))
            trained = TrainResult.model_validate_json(data)
        if run.exported is not None:
            data = on.store.read(on.outbox, names.result(run.id, "export", run.exported))
            exported = ExportResult.model_validate_json(data)
    except Gone:
        pass  # removed by hand; what is left is still worth showing
    return trained, exported


def artifacts(ground: LocalGround, told: Story) -> dict[str, str]:
    """Where everything of a drop lies, as paths of this machine that exist."""
    run, dataset = told.run, told.dataset
    wanted: dict[str, str] = {"status": names.status_page(told.drop.name)}
    if run is not None and run.trained is not None:
        wanted["adapter"] = names.weights(run.id, "train", run.trained, "adapter")
    if run is not None and run.exported is not None:
        wanted["merged"] = names.weights(run.id, "export", run.exported, "merged")
    if run is not None:
        wanted["report"] = names.run_report(run.id, "html")
    if dataset is not None:
        wanted["card"] = dataset.card
    paths = {what: ground.home / ground.cloud.outbox / name for what, name in wanted.items()}
    return {what: str(path) for what, path in paths.items() if path.exists()}
