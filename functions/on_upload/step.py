"""on_upload's step: a file was dropped; it becomes a dataset, a request of a run, or a refusal in words.

Order of effects, each safe to repeat: the drop's record, for a recipe the file that it names pinned in it,
the dataset (`dataset.py`: manifest last), the dataset's record, the drop's move. Data that is too big for a
function is left to a job (`job.py`), which is submitted after the move. A finished step returns its event
again, since a crash may have come between writing and publishing. The page is written last, and only where
nobody hears of the drop: else the next step writes it, also where that fails.
"""

from functions.answers import answered
from functions.on_upload.pin import pin
from functions.on_upload.sources.source import must_be_of_the_hub, pin_source, prepared_before
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault
from schemas.events import CancelRequested, DatasetReady, Event, FileDropped, RunApproved
from schemas.records import DropRecord
from schemas.sources import Source


def prepare(event: FileDropped, on: Cloud) -> list[Event]:
    """A dropped file becomes a dataset. Returns DatasetReady, or nothing once the refusal is recorded.

    Nothing either where a job prepares it: that is told when the job has ended. `approve/<run>` and
    `cancel/<run>` become requests. A repeat finds the drop's record and, where it is answered, only returns
    the same event again. Raises Unavailable where trying again may help, noting it in
    the drop's record.
    """
    if event.bucket != on.inbox or not names.is_drop(event.name):
        return []
    on.ready("state", "bus", "store")
    pinned = pin(event, on)
    worked = answered(pinned, "received", on, lambda: _worked(pinned, on))
    drop = answered(worked, "preparing", on, lambda: _left_to_a_job(worked, on))
    told = _told(drop)
    if not told:
        from functions import status  # most drops go on, and somebody is waiting

        status.refresh(on, drop.name)
    return told


def _left_to_a_job(drop: DropRecord, on: Cloud) -> DropRecord:
    from functions.launch import begin_preparing  # few drops are so big

    return begin_preparing(drop, on)


def _told(drop: DropRecord) -> list[Event]:
    """What follows from an answered drop; always the same."""
    if drop.state == "refused":
        return []
    asked = names.request_of(drop.name)
    if asked and drop.run_id:
        verb, run = asked
        cancel = CancelRequested(run_id=run, round=drop.round)
        return [RunApproved(run_id=run)] if verb == "approve" else [cancel]
    return [DatasetReady(drop_id=drop.id, dataset_id=drop.dataset_id)] if drop.dataset_id else []


def _worked(drop: DropRecord, on: Cloud) -> DropRecord:
    asked = names.request_of(drop.name)
    if asked:
        return _request(drop, asked[1], on)
    found = _data(drop, on)
    if isinstance(found, Source) and on.max_function_bytes is not None and found.size > on.max_function_bytes:
        return ledger.move(on, drop, _handed_over)
    dataset = _dataset(drop, found, on)

    def prepared(it: DropRecord) -> DropRecord:
        ready = it.state == "received"
        return it.moved("prepared", dataset_id=dataset, waiting=None) if ready else it

    return ledger.move(on, drop, prepared)


def _request(drop: DropRecord, run_id: str, on: Cloud) -> DropRecord:
    """The drop follows the run it asks something of. Raises BadInput if there is no such run."""
    from schemas.runs import RunRecord  # of data, no run is looked up

    run = ledger.find(on, RunRecord, run_id)
    if run is None:
        finding = f"There is no run '{run_id}'."
        step = "The run's id is on the status page of its file; name the drop after it."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))

    meant = run.round

    def followed(it: DropRecord) -> DropRecord:
        return it.moved("started", run_id=run_id, round=meant) if it.state == "received" else it

    return ledger.move(on, drop, followed)


def _handed_over(it: DropRecord) -> DropRecord:
    """To a job, the first that tries."""
    return it.moved("preparing", job=1, waiting=None) if it.state == "received" else it


def dataset_of(drop: DropRecord, on: Cloud) -> str:
    """The id of the drop's dataset, prepared here and now if it is not there yet, however big it is.

    Twice is once. Raises BadInput, Unavailable.
    """
    return _dataset(drop, _data(drop, on), on)


def _dataset(drop: DropRecord, found: str | Source, on: Cloud) -> str:
    if isinstance(found, str):
        return found
    from functions.on_upload.dataset import prepare_dataset  # brings numpy and pyarrow

    return prepare_dataset(found, layers.resolve(drop.layers).recipe.preparing, on)


def _data(drop: DropRecord, on: Cloud) -> str | Source:
    """The id of a dataset that the drop names, else what one is made of. Raises BadInput, Unavailable."""
    options = layers.resolve(drop.layers).recipe.data
    named = options.source
    if not names.is_recipe(drop.name):
        if named is not None:
            finding = "'data.from' names other data, but this drop is data itself."
            raise BadInput(
                Fault(place=drop.name, finding=finding, next_step="Put data.from in a recipe.yaml.")
            )
        must_be_of_the_hub(drop.name, options)
        assert drop.source is not None  # pinned with the record
        return drop.source
    if not named:
        finding = "A recipe names its data, and this one does not."
        step = "Add `data: {from: file.csv}` (a file of the inbox) or the id of a dataset prepared before."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    if prepared_before(named, drop, on):
        return named
    return drop.source or pin_source(drop, named, on)
