"""What a drop's order rests on: its dataset, the base pinned in its record, and the run that answers it."""

from typing import Any

from functions.on_dataset_ready.base import pin_base
from functions.papers import read
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.layers import Resolved
from schemas.orders import BasePin, Dataset, TrainOrder
from schemas.recipe import Recipe
from schemas.records import DropRecord
from schemas.results import TrainResult
from schemas.runs import FingerprintRecord, RunRecord


def manifest(place: str, dataset_id: str, on: Cloud) -> Dataset:
    """The dataset. Raises BadInput where it is not there any more."""
    dataset = read(on, names.manifest(dataset_id), Dataset)
    if dataset is None:
        finding = f"The dataset {dataset_id} is not there any more, or its manifest cannot be read."
        raise BadInput(Fault(place=place, finding=finding, next_step="Drop the file again."))
    return dataset


def identity(base: BasePin) -> dict[str, Any]:
    """What makes a base the same base. What follows from its revision may have been unknown once."""
    follows = {"weight_bytes", "weight_bits", "architecture", "sees", "quantized"}
    return base.model_dump(mode="json", exclude=follows, exclude_none=True)


def started(drop: DropRecord, run_id: str) -> DropRecord:
    """The drop, answered by this run; as it is, if it was answered before."""
    return drop.moved("started", run_id=run_id, waiting=None) if drop.state == "prepared" else drop


def pinned(drop: DropRecord, name: str, on: Cloud) -> tuple[DropRecord, BasePin]:
    """The base, pinned in the drop's record before anything follows from it: its main branch may move."""
    if drop.base is not None:
        return drop, drop.base
    found = pin_base(name, on)

    def with_base(it: DropRecord) -> DropRecord:
        return it if it.base is not None else it.moved(base=found)

    drop = ledger.move(on, drop, with_base)
    return drop, drop.base or found


def claim(fingerprint: str, mine: str, settings: Resolved, on: Cloud) -> str:
    """The run that answers this request: an identical one that lives or succeeded, else ours.

    So does one that was trained and whose export failed, say: what is missing is made of it, untrained. One
    whose money was used up before its last step does not answer who would have it done on other terms.
    """
    claimed = ledger.create(on, FingerprintRecord(id=fingerprint, run_id=mine))
    if claimed.run_id == mine:
        return mine
    other = ledger.find(on, RunRecord, claimed.run_id)
    if other is None:
        raise Unavailable("An identical drop is being ordered at this moment.")
    again, held = settings.recipe.again, claimed.run_id
    answers = other.state not in ("failed", "cancelled", "lapsed", "deleted")
    answers |= other.trained is not None and other.state != "deleted"  # what failed came after the training
    if answers and not again and not _cut_short(other, settings.recipe, on):
        return other.id

    def taken(it: FingerprintRecord) -> FingerprintRecord:
        # Only from the run we looked at: somebody may have taken it over meanwhile, and theirs is alive.
        return it.moved(run_id=mine) if it.run_id == held or again else it

    return ledger.move(on, claimed, taken).run_id


def _cut_short(run: RunRecord, wanted: Recipe, on: Cloud) -> bool:
    """Whether this run's training was stopped by its clock, on other terms than are wanted now."""
    order = read(on, names.order(run.id, "train"), TrainOrder)
    result = read(on, names.result(run.id, "train", run.trained), TrainResult) if run.trained else None
    if order is None or result is None or result.stopped_early is None:
        return False
    return order.settings.recipe.terms() != wanted.terms()
