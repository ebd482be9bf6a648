"""More of a run that is there already: other formats of its weights, a publishing. Nothing is trained.

The request is kept as the record that a drop would have (`requests.py`); here it is taken up: the run turns
to the first of the stages that are asked for, and waits for its place. A run that is busy is asked again
later, by the sweep.
"""

from functions import stages
from functions.on_dataset_ready.claims import started
from functions.on_dataset_ready.fits import must_convert
from functions.on_dataset_ready.publishing import must_be_publishable
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault
from schemas.events import RunRequested
from schemas.exports import quantizations
from schemas.names import Stage
from schemas.recipe import Recipe
from schemas.records import DropRecord
from schemas.runs import RunRecord

ABOUT: dict[str, tuple[str, ...]] = {"export": ("export", "proof"), "publish": ("publish",)}


def must_make_sense(event: RunRequested, recipe: Recipe, run: RunRecord | None, place: str) -> None:
    """Raises BadInput for a run that there is not, and for settings that the request is not about."""
    again = "Ask again under another request_id."
    if run is None or run.state == "deleted" or run.first != "train":
        finding = f"There is no trained run '{event.run_id}'."
        step = f"Runs' ids are on the status pages of their files. {again}"
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    allowed = ABOUT[event.request]
    for key in dict(layers.flatten(event.settings)):
        if key.partition(".")[0] not in allowed:
            finding = f"'{key}' is nothing that a request to {event.request} can set."
            step = f"It sets {' and '.join(allowed)}; what was trained is as it is. {again}"
            raise BadInput(Fault(place=place, finding=finding, next_step=step))
    if event.request == "publish" and not recipe.publish.repository:
        finding, step = "It is not said where to publish to.", f"Set publish.repository: owner/name. {again}"
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    if event.request == "export" and "export" not in event.settings:
        finding, step = "It is not said in which format.", f"Set export, e.g. to q8_0. {again}"
        raise BadInput(Fault(place=place, finding=finding, next_step=step))


def followed(drop: DropRecord, run_id: str, recipe: Recipe, on: Cloud) -> DropRecord:
    """A dropped file that an identical run answers. What it wants besides is made of that run, untrained."""
    run = ledger.load(on, RunRecord, run_id)
    if drop.id in run.wishes or _missing(run, recipe, on):
        return taken_up(drop, run_id, on)
    return ledger.move(on, drop, lambda it: started(it, run_id))


def taken_up(drop: DropRecord, run_id: str, on: Cloud) -> DropRecord:
    """The run turns to what is asked of it. Returns the drop, which follows the run from then on.

    Twice is once. A run that is busy leaves the drop as it is, with the reason. Raises BadInput for a run
    without weights.
    """
    run = ledger.load(on, RunRecord, run_id)
    if drop.id not in run.wishes:
        if not run.over:
            busy = f"run {run.id} is busy; this begins when it has ended"
            return ledger.move(on, drop, lambda it: it.moved(waiting=busy))
        run = _turned(run, drop, on)
    if drop.id not in run.wishes:  # somebody was faster, and it is busy now
        return drop
    return ledger.move(on, drop, lambda it: started(it, run.id))


def _turned(run: RunRecord, drop: DropRecord, on: Cloud) -> RunRecord:
    recipe = layers.resolve(drop.layers).recipe
    again = "Then ask again under another request_id." if _by_message(drop) else "Then drop the file again."
    must_be_publishable(drop.name, recipe.publish, on, again)
    if ordered := stages.first_order(run, on):
        must_convert(run.base, ordered.dataset, recipe)
    wished = run.model_copy(update={"wish": drop.id})
    wanted = _asked_for(wished, recipe, on) if _by_message(drop) else _missing(wished, recipe, on)
    if not wanted:  # made meanwhile, for somebody else
        return ledger.move(on, run, lambda it: _noted(it, drop.id))
    first, *later = wanted
    key = stages.write_order(wished, first, on)

    def turned(it: RunRecord) -> RunRecord:
        if drop.id in it.wishes or not it.over or it.state == "deleted":
            return it
        return it.moved(
            "waiting",
            **it.at(first, key, tuple(later)),
            wish=drop.id,
            wishes=(*it.wishes, drop.id),
            round=it.round + 1,
            faults=(),
            ended=None,
        )

    return ledger.move(on, run, turned)


def _noted(it: RunRecord, drop_id: str) -> RunRecord:
    return it if drop_id in it.wishes else it.moved(wishes=(*it.wishes, drop_id))


def _by_message(drop: DropRecord) -> bool:
    return names.is_requested(drop.name, drop.generation)


def _asked_for(run: RunRecord, recipe: Recipe, on: Cloud) -> list[Stage]:
    """What a message asks for. A merged model that is there is made again only where it is named."""
    if recipe.publish.repository:
        return ["publish"]
    there = stages.kept(run, on)
    named = "merged" in recipe.export or not quantizations(recipe.export)
    wanted = stages.after_training(recipe)
    return [stage for stage in wanted if stage != "export" or named or there.whole is None] or ["export"]


def _missing(run: RunRecord, recipe: Recipe, on: Cloud) -> list[Stage]:
    """The stages of this recipe that the run has not gone through, nor is going to."""
    wanted = stages.after_training(recipe)
    order = stages.first_order(run, on)
    if not run.over and order is not None:
        has = order.settings.recipe
        same = set(recipe.export) <= {*has.export, "adapter"}
        same &= recipe.publish.repository in (None, has.publish.repository)
        return [] if same else list(wanted)
    there = stages.kept(run, on)
    made = {file.format for file in there.gguf.files} if there.gguf else set()
    lacks: dict[Stage, bool] = {
        "export": there.whole is None,
        "gguf": not set(quantizations(recipe.export)) <= made,
        "publish": (there.publish.repository if there.publish else None) != recipe.publish.repository,
    }
    return [stage for stage in wanted if lacks[stage]]
