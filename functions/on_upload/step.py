"""on_upload's step: a file was dropped; it becomes a dataset, a request of a run, or a refusal in words.

Order of effects, each safe to repeat: the drop's record, for a recipe the file that it names pinned in it,
the dataset (`dataset.py`: manifest last), the dataset's record, the drop's move, the page. A finished step
returns its event again, since a crash may have come between writing and publishing.
"""

from datetime import timedelta
from typing import Final

from functions import status
from functions.on_upload.dataset import prepare_dataset, read_manifest
from functions.on_upload.pin import pin
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.events import CancelRequested, DatasetReady, Event, FileDropped, RunApproved
from schemas.records import DatasetRecord, DropRecord, RunRecord, Source, now

WAITS_FOR_DATA: Final = timedelta(minutes=10)  # for a file that a recipe names and that is not there yet


def prepare(event: FileDropped, on: Cloud) -> list[Event]:
    """A dropped file becomes a dataset. Returns DatasetReady, or nothing once the refusal is recorded.

    `approve/<run>` and `cancel/<run>` become requests. A repeat finds the drop's record and, where it is
    answered, only returns the same event again. Raises Unavailable where trying again may help, noting it in
    the drop's record.
    """
    if event.bucket != on.inbox or not names.is_drop(event.name):
        return []
    drop = pin(event, on)
    if drop.state == "received":
        try:
            drop = _answered(drop, on)
        except BadInput as error:
            faults = tuple(error.faults)
            drop = ledger.change(on, DropRecord, drop.id, lambda it: _refused(it, faults))
        except Unavailable as error:
            reason = str(error)
            ledger.change(on, DropRecord, drop.id, lambda it: _waiting(it, reason))
            status.refresh(on, drop.name)
            raise
    status.refresh(on, drop.name)
    return _told(drop)


def _told(drop: DropRecord) -> list[Event]:
    """What follows from an answered drop; always the same."""
    if drop.state == "refused":
        return []
    asked = names.request_of(drop.name)
    if asked and drop.run_id:
        verb, run = asked
        return [RunApproved(run_id=run)] if verb == "approve" else [CancelRequested(run_id=run)]
    return [DatasetReady(drop_id=drop.id, dataset_id=drop.dataset_id)] if drop.dataset_id else []


def _answered(drop: DropRecord, on: Cloud) -> DropRecord:
    asked = names.request_of(drop.name)
    if asked:
        return _request(drop, asked[1], on)
    dataset = _dataset(drop, on)

    def prepared(it: DropRecord) -> DropRecord:
        ready = it.state == "received"
        return it.moved("prepared", dataset_id=dataset, waiting=None) if ready else it

    return ledger.change(on, DropRecord, drop.id, prepared)


def _request(drop: DropRecord, run_id: str, on: Cloud) -> DropRecord:
    """The drop follows the run it asks something of. Raises BadInput if there is no such run."""
    if ledger.find(on, RunRecord, run_id) is None:
        finding = f"There is no run '{run_id}'."
        step = "The run's id is on the status page of its file; name the drop after it."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))

    def followed(it: DropRecord) -> DropRecord:
        return it.moved("started", run_id=run_id) if it.state == "received" else it

    return ledger.change(on, DropRecord, drop.id, followed)


def _refused(drop: DropRecord, faults: tuple[Fault, ...]) -> DropRecord:
    return drop.moved("refused", faults=faults, waiting=None) if drop.state == "received" else drop


def _waiting(drop: DropRecord, reason: str) -> DropRecord:
    return drop.moved(waiting=reason) if drop.state == "received" else drop


def _dataset(drop: DropRecord, on: Cloud) -> str:
    """The id of the drop's dataset, prepared if it is not there yet. Raises BadInput, Unavailable."""
    options = layers.resolve(drop.layers).recipe.data
    named = options.source
    if not names.is_recipe(drop.name):
        if named is not None:
            finding = "'data.from' names other data, but this drop is data itself."
            raise BadInput(
                Fault(place=drop.name, finding=finding, next_step="Put data.from in a recipe.yaml.")
            )
        itself = Source(name=drop.name, generation=drop.generation, size=drop.size, md5=drop.md5)
        return prepare_dataset(itself, options, on)
    if not named:
        finding = "A recipe names its data, and this one does not."
        step = "Add `data: {from: file.csv}` (a file of the inbox) or the id of a dataset prepared before."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    if "/" not in named and _is_prepared(named, on):  # a dataset's id is no path
        return named
    return prepare_dataset(drop.source or _pin_source(drop, named, on), options, on)


def _is_prepared(dataset: str, on: Cloud) -> bool:
    record = ledger.find(on, DatasetRecord, dataset)
    return (record is None or record.state == "ready") and read_manifest(dataset, on) is not None


def _pin_source(drop: DropRecord, named: str, on: Cloud) -> Source:
    """The file of the inbox that a recipe names, as it is now, pinned in the drop's record.

    Raises Unavailable for ten minutes while it is not there (people drop both at once), then BadInput.
    """
    finding = f"'data.from: {named}' is neither a dataset prepared before nor a file of the inbox."
    step = "Datasets' ids are on the status pages of their files; file names are as in the inbox."
    if "://" in named:
        finding = f"'data.from: {named}' names data outside the inbox, which is not built yet."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step="Drop the file in the inbox."))
    if names.is_recipe(named) or not names.is_drop(named):
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    found = on.store.stat(drop.bucket, named)
    if found is None:
        if now() - drop.created < WAITS_FOR_DATA:
            raise Unavailable(f"'{named}', which this recipe names as its data, is not in the inbox yet.")
        waited = f"{finding} It was waited for ten minutes."
        raise BadInput(Fault(place=drop.name, finding=waited, next_step=step))
    source = Source(name=named, generation=found.generation, size=found.size, md5=found.md5)

    def pinned(it: DropRecord) -> DropRecord:
        return it if it.source is not None or it.state != "received" else it.moved(source=source)

    return ledger.change(on, DropRecord, drop.id, pinned).source or source
