"""on_dataset_ready's step: a dataset is ready; its drop becomes a run and the run's first job.

Order of effects, each safe to repeat: the base pinned in the drop's record, the fingerprint claimed, the
order (write-once), the run's record, the drop's move, the job (`functions.launch`), the page. Ids follow from
what is pinned, so a repeat finds what the first delivery made.
"""

from functions import status
from functions.answers import answered, told_anyway
from functions.launch import start_waiting
from functions.on_dataset_ready.answering import answering
from functions.on_dataset_ready.claims import claim, identity, manifest, pinned, started
from functions.on_dataset_ready.fits import must_fit
from functions.on_dataset_ready.plan import plan
from functions.on_dataset_ready.publishing import must_be_publishable
from functions.on_dataset_ready.trainable import must_be_trainable
from functions.on_dataset_ready.wishes import followed, taken_up
from functions.papers import read
from functions.stages import after_training
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.defaults import Known
from schemas.errors import Unavailable
from schemas.events import DatasetReady, Event
from schemas.layers import Resolved
from schemas.orders import Dataset, Plan, TrainOrder
from schemas.records import DropRecord
from schemas.runs import RunRecord


def order(event: DatasetReady, on: Cloud) -> list[Event]:
    """A drop with a dataset becomes a run. Returns RunChanged, or nothing once the refusal is recorded.

    An identical run that is alive or succeeded answers the drop, unless it asks `again: true`. A repeat
    returns the event again. Raises Unavailable where trying again may help, noting it in the drop's record.
    """
    on.ready("state", "bus", "jobs", "store")
    ready = ledger.load(on, DropRecord, event.drop_id)
    if ready.state in ("received", "preparing"):
        raise Unavailable(f"The drop {ready.id} is not marked as prepared yet.")
    drop = answered(ready, "prepared", on, lambda: _started(ready, event.dataset_id, on))
    if drop.run_id is None:
        status.refresh(on, drop.name)
        return []
    with told_anyway(lambda: status.refresh(on, drop.name)):
        begun = start_waiting(on)
    if drop.name not in status.refresh_runs(on, *begun.ids()):
        status.refresh(on, drop.name)
    run = begun.get(drop.run_id) or ledger.load(on, RunRecord, drop.run_id)
    return [run.changed(drop.id)]


def _started(drop: DropRecord, dataset_id: str, on: Cloud) -> DropRecord:
    """The drop with its run: an identical one that lives or succeeded, or a new one, ordered."""
    if drop.of is not None:
        return taken_up(drop, drop.of, on)
    recipe = layers.resolve(drop.layers).recipe
    if recipe.generate.model is not None:
        return answering(drop, dataset_id, recipe.generate.model, on)
    drop, base = pinned(drop, recipe.base_model, on)
    dataset = manifest(drop.name, dataset_id, on)
    must_be_trainable(drop.name, dataset)
    known = Known(dataset.kind, dataset.counts.train, base.weights, dataset.images)
    settings = layers.resolve(drop.layers, known)
    must_be_trainable(drop.name, dataset, settings.recipe.training.method)
    wanted = {**settings.recipe.pinned(), "base": identity(base)}
    mine = names.run_id(dataset_id, wanted, drop.id)
    fingerprint = names.fingerprint(dataset_id, wanted)
    ordered = read(on, names.order(mine, "train"), TrainOrder)  # before, at the prices of then
    planned = ordered.plan if ordered else plan(base, settings.recipe, on.machines)
    if ordered is None:
        must_fit(base, dataset, settings.recipe, planned)
        must_be_publishable(drop.name, settings.recipe.publish, on)
    run_id = claim(fingerprint, mine, settings, on)
    if run_id != mine:
        return followed(drop, run_id, settings.recipe, on)
    run = RunRecord(
        id=mine,
        state="asked" if settings.recipe.confirm else "waiting",
        drop_id=drop.id,
        dataset_id=dataset_id,
        fingerprint=fingerprint,
        base=base,
        todo=after_training(settings.recipe),
    )
    # The order lies there before the run can be started by anybody.
    order = _order(run, dataset, settings, planned, drop).model_dump_json(indent=1).encode()
    on.store.write_once(on.outbox, names.order(mine, "train"), order)
    ledger.create(on, run)
    return ledger.move(on, drop, lambda it: started(it, mine))


def _order(
    run: RunRecord, dataset: Dataset, settings: Resolved, planned: Plan | None, drop: DropRecord
) -> TrainOrder:
    return TrainOrder(
        run_id=run.id,
        base=run.base,
        dataset=dataset,
        evaluation=settings.recipe.evaluation,
        settings=settings,
        plan=planned,
        drop_name=drop.name,
    )
