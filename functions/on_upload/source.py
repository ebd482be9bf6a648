"""What a recipe's `data.from` names: a dataset prepared before, or a file of the inbox, then pinned."""

from datetime import timedelta
from typing import Final

from functions.on_upload.dataset import read_manifest
from infra import ledger
from infra.ports import Cloud
from schemas import layers, names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.records import DatasetRecord, DropRecord, Source, now

WAITS_FOR_DATA: Final = timedelta(minutes=10)  # for a file that a recipe names and that is not there yet
STEP: Final = "Datasets' ids are on the status pages of their files; file names are as in the inbox."


def prepared_before(named: str, drop: DropRecord, on: Cloud) -> bool:
    """Whether `named` is a dataset that is there. Raises BadInput where the drop would have it otherwise.

    A dataset is what it is: how it was split and which columns were read cannot be asked for any more.
    """
    if "/" in named:  # a dataset's id is no path
        return False
    record = ledger.find(on, DatasetRecord, named)
    manifest = read_manifest(named, on) if record is None or record.state == "ready" else None
    if manifest is None:
        return False
    resolved = layers.resolve(drop.layers)
    wanted = dict(layers.flatten({"data": resolved.recipe.data.prepare_options()}))
    has = dict(layers.flatten({"data": manifest.options}))
    differs = [key for key in sorted(resolved.sources) if key in wanted and wanted[key] != has.get(key)]
    if differs:
        finding = f"The dataset {named} is prepared already, with another '{differs[0]}'."
        step = f"Remove '{differs[0]}', or name the file ({manifest.source}) to prepare it so."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    return True


def pin_source(drop: DropRecord, named: str, on: Cloud) -> Source:
    """The file of the inbox that a recipe names, as it is now, pinned in the drop's record.

    Raises Unavailable for ten minutes while it is not there (people drop both at once), then BadInput.
    """
    if "://" in named:
        finding = f"'data.from: {named}' names data outside the inbox, which is not built yet."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step="Drop the file in the inbox."))
    if names.is_recipe(named) or not names.is_drop(named):
        finding = f"'data.from: {named}' names no data: recipes, settings and hidden files are none."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step="Name a CSV or JSONL file."))
    found = next(
        filter(None, (on.store.stat(drop.bucket, one) for one in names.named_data(drop.name, named))), None
    )
    if found is None:
        if now() - drop.created < WAITS_FOR_DATA:
            raise Unavailable(f"'{named}', which this recipe names as its data, is not in the inbox yet.")
        finding = f"'data.from: {named}' is neither a dataset prepared before nor a file of the inbox."
        waited = f"{finding} It was waited for ten minutes."
        raise BadInput(Fault(place=drop.name, finding=waited, next_step=STEP))
    source = Source(name=found.name, generation=found.generation, size=found.size, md5=found.md5)

    def pinned(it: DropRecord) -> DropRecord:
        return it if it.source is not None or it.state != "received" else it.moved(source=source)

    return ledger.change(on, DropRecord, drop.id, pinned).source or source
