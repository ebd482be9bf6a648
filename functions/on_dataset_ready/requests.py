"""What people ask for by message: a run on a dataset; of runs and datasets: retry, approve, cancel, delete.

Each is one move and what follows.

The same requests come as messages and, for approve and cancel, as drops (`cancel/<run>`). A request that no
longer makes sense (a run that ended is cancelled, a cancelled one approved) changes nothing and is
acknowledged: the status page tells how things stand.
"""

from functions import launch, status
from functions.answers import told_anyway
from functions.leftovers import remove_leftovers
from functions.on_dataset_ready.wishes import must_make_sense
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault
from schemas.events import (
    CancelRequested,
    DatasetReady,
    DeleteRequested,
    Event,
    RunApproved,
    RunRequested,
)
from schemas.layers import Layer
from schemas.records import DatasetRecord, DropRecord, now
from schemas.runs import RunRecord


def approve(event: RunApproved, on: Cloud) -> list[Event]:
    """A yes: the run waits for its place. Returns RunChanged; nothing for a run that is not there."""
    return _moved(event.run_id, on, lambda it: it.moved("waiting") if it.state == "asked" else it)


def cancel(event: CancelRequested, on: Cloud) -> list[Event]:
    """Stop a run that has not ended, and its job. A repeat asks the job to stop again. Returns RunChanged."""

    def cancelled(it: RunRecord) -> RunRecord:
        if it.over or not event.means(it.round):
            return it
        return it.moved("cancelled", ended=now(), spent=it.spent + it.running_for())

    told = _moved(event.run_id, on, cancelled)
    run = ledger.find(on, RunRecord, event.run_id)
    if run is not None and run.state == "cancelled" and event.means(run.round):
        on.jobs.cancel(names.job_id(run.id, run.stage, run.attempt))
    return told


def request(event: RunRequested, on: Cloud) -> list[Event]:
    """A run on a prepared dataset, or more of a run (returns DatasetReady); a retry (returns RunChanged).

    Twice is once.
    """
    return _again(event, on) if event.request == "retry" else _asked(event, on)


def _asked(event: RunRequested, on: Cloud) -> list[Event]:
    """The request as the record that a drop would have; from there on it goes a drop's way."""
    name = names.requested(str(event.request_id))
    of = ledger.find(on, RunRecord, event.run_id) if event.run_id else None
    dataset = str(event.dataset_id or (of.dataset_id if of else ""))
    record = DropRecord(
        id=names.drop_id(on.inbox, name, names.ASKED),
        bucket=on.inbox,
        name=name,
        generation=names.ASKED,
        size=0,
        md5=None,
        dataset_id=dataset or None,
        of=event.run_id if event.request in ("export", "publish") else None,
    )
    try:
        settings = layers.layer_from_message(event.settings, name)
        resolved = layers.resolve([settings])
        if record.of:
            must_make_sense(event, resolved.recipe, of, name)
            return _noted(record.moved("prepared", layers=(settings,)), on)
        _must_be_about_the_run(settings)
        if event.request == "generate" and not resolved.recipe.generate.model:
            finding = "It is not said which model is to answer."
            step = "Set generate.model to a run's id or a model. Ask again under another request_id."
            raise BadInput(Fault(place=name, finding=finding, next_step=step))
        ready = ledger.find(on, DatasetRecord, dataset)
        if ready is None or ready.state == "deleted":
            finding = f"There is no dataset '{dataset}'."
            step = "Datasets' ids are on the status pages of their files. Ask again under another request_id."
            raise BadInput(Fault(place=name, finding=finding, next_step=step))
        record = record.moved("prepared", layers=(settings,))
    except BadInput as error:
        record = record.moved("refused", faults=tuple(error.faults))
    return _noted(record, on)


def _noted(record: DropRecord, on: Cloud) -> list[Event]:
    record = ledger.create(on, record)
    status.refresh(on, record.name)
    if record.state == "refused" or record.dataset_id is None:
        return []
    return [DatasetReady(drop_id=record.id, dataset_id=record.dataset_id)]


def _must_be_about_the_run(settings: Layer) -> None:
    """Raises BadInput for settings of the data: the dataset is what it is."""
    about_data = [key for key in settings.values if key == "data" or key.startswith("data.")]
    if about_data:
        finding = f"'{about_data[0]}' is about preparing data, and this dataset is prepared."
        step = "Leave it out; or drop a recipe that names the file (data.from) with it."
        raise BadInput(Fault(place=settings.place, finding=finding, next_step=step))


def _again(event: RunRequested, on: Cloud) -> list[Event]:
    """The failed or cancelled stage once more, from what is there."""

    def again(it: RunRecord) -> RunRecord:
        if it.state not in ("failed", "cancelled", "lapsed") or not event.means(it.round):
            return it
        # An attempt that was never submitted is still the next one.
        attempt = it.attempt + 1 if it.counted_from is not None else it.attempt
        return it.moved(
            "waiting",
            attempt=attempt,
            since=attempt,
            round=it.round + 1,
            faults=(),
            ended=None,
            counted_from=None,
        )

    return _moved(str(event.run_id), on, again)


def delete(event: DeleteRequested, on: Cloud) -> list[Event]:
    """Remove a run's or a dataset's files: the tombstone first, so that nothing half-removed is ever shown.

    A run that has not ended, and a dataset that such a run reads or is about to, stay. A repeat removes what
    is left.
    """
    if event.what == "run":
        run = ledger.find(on, RunRecord, event.id)
        if run is None or not run.over:
            return []
        told = _moved(run.id, on, lambda it: it.moved("deleted") if it.over and it.state != "deleted" else it)
        for found in list(on.store.list(on.outbox, names.run_prefix(run.id))):
            on.store.delete(on.outbox, found.name)
        _remove_answers(run, on)
        return told
    dataset = ledger.find(on, DatasetRecord, event.id)
    # Drops first: one that is ordered meanwhile has its run before it leaves `prepared`.
    awaited = any(drop.state == "prepared" for drop in ledger.every(on, DropRecord, dataset_id=event.id))
    used = any(not run.over for run in ledger.every(on, RunRecord, dataset_id=event.id))
    if dataset is not None and not awaited and not used:
        ledger.move(on, dataset, lambda it: it if it.state == "deleted" else it.moved("deleted"))
        remove_leftovers(event.id, on)
        for drop in ledger.every(on, DropRecord, dataset_id=event.id):
            status.refresh(on, drop.name)
    return []


def _remove_answers(run: RunRecord, on: Cloud) -> None:
    """The files of answers of a run that answered prompts, unless a later run of the same name wrote them."""
    drop = ledger.find(on, DropRecord, run.drop_id)
    if run.first != "generate" or drop is None:
        return
    same = [one.run_id for one in ledger.every(on, DropRecord, name=drop.name) if one.run_id]
    others = [ledger.find(on, RunRecord, id) for id in same if id != run.id]
    if not any(other and other.first == "generate" and other.state != "deleted" for other in others):
        on.store.delete(on.outbox, names.answers(drop.name, "jsonl"))
        on.store.delete(on.outbox, names.answers(drop.name, "csv"))


def _moved(run_id: str, on: Cloud, to: launch.Move) -> list[Event]:
    """Move a run, start what may start now, tell it; nothing if there is no such run."""
    found = ledger.find(on, RunRecord, run_id)
    if found is None:
        return []
    run = ledger.move(on, found, to)
    if run.over:
        launch.release(run, on)
    with told_anyway(lambda: status.refresh_runs(on, run_id)):
        begun = launch.start_waiting(on).ids()
    status.refresh_runs(on, run_id, *begun, *launch.next_in_line(on))
    run = ledger.load(on, RunRecord, run_id)
    return [run.changed(run.drop_id)]
