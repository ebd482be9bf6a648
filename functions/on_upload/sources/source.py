"""What a recipe's `data.from` names: a dataset prepared before, files of a bucket, or a dataset of the Hub.

Files are found once and pinned with their generations in the drop's record: a redelivery reads the same ones.
Opening them again, for their rows, is here too.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Final

from functions.on_upload.manifest import read_manifest
from functions.on_upload.sources import globs, hub_data
from functions.on_upload.sources.beside import hints
from infra import ledger
from infra.ports import Cloud, Object
from schemas import layers, names
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault, Unavailable
from schemas.records import DatasetRecord, DropRecord, now
from schemas.sources import MAX_FILES, Source, SourceFile

WAITS_FOR_DATA: Final = timedelta(minutes=10)  # for a file that a recipe names and that is not there yet
MAX_NAMES: Final = 200_000  # characters of all names together: the drop's record must stay small
STEP: Final = "Datasets' ids are on the status pages of their files; file names are as in the inbox."


def prepared_before(named: str, drop: DropRecord, on: Cloud) -> bool:
    """Whether `named` is a dataset that is there. Raises BadInput where the drop would have it otherwise.

    A dataset is what it is: how it was split and which columns were read cannot be asked for any more.
    """
    if "/" in named or globs.is_wildcard(named):  # a dataset's id is no path
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
    """The data that a recipe names, as it is now, pinned in the drop's record.

    Raises Unavailable for ten minutes while no file of it is there (people drop both at once), then BadInput;
    Ambiguous where a dataset of the Hub holds several that may be meant.
    """
    source = find_source(drop.name, named, layers.resolve(drop.layers).recipe.data, on)
    if source is None:
        if now() - drop.created < WAITS_FOR_DATA:
            raise Unavailable(f"'{named}', which this recipe names as its data, is not in the inbox yet.")
        finding = f"'data.from: {named}' is neither a dataset prepared before nor a file of the inbox."
        if "://" in named:
            finding = f"'data.from: {named}' names nothing that is there."
        waited = f"{finding} It was waited for ten minutes."
        raise BadInput(Fault(place=drop.name, finding=waited, next_step=STEP))
    found = source

    def pinned(it: DropRecord) -> DropRecord:
        return it if it.source is not None or it.state != "received" else it.moved(source=found)

    return ledger.move(on, drop, pinned).source or found


def find_source(recipe: str, named: str, options: DataOptions, on: Cloud) -> Source | None:
    """What `named` means to a recipe of this name in the inbox: its files as they are now; None: none yet.

    Raises BadInput for what can never be data, Ambiguous, and Unavailable where the Hub does not answer.
    """
    if named.startswith(hub_data.SCHEME):
        return Source(name=named, hub=hub_data.pinned(recipe, named, options))
    must_be_of_the_hub(recipe, options)
    bucket, wanted = _places(recipe, named, on)
    for one in wanted:
        found = list(islice(_objects(bucket, one, on), MAX_FILES + 1))
        if found:
            return _source(recipe, named, found, on)
    return None


def must_be_of_the_hub(place: str, options: DataOptions) -> None:
    """Raises BadInput where a configuration or a split of the Hub is asked for and the data is none of it."""
    for option in ("config", "split"):
        if getattr(options, option) is not None:
            finding = f"'data.{option}' chooses within a Hugging Face dataset, and this data is none."
            step = f"Remove it, or set data.from: hf://owner/name{''.join(_INSTEAD[option])}"
            raise BadInput(Fault(place=place, finding=finding, next_step=step))


_INSTEAD: Final = {
    "config": ".",
    "split": ". A column that says which rows are held out is data.columns.split.",
}


def _places(recipe: str, named: str, on: Cloud) -> tuple[str, list[str]]:
    """The bucket, and what may be meant in it, the likeliest first. Raises BadInput."""
    if (names.is_recipe(named) or not names.is_drop(named.rstrip("/"))) and not globs.is_wildcard(named):
        finding = f"'data.from: {named}' names no data: recipes, settings and hidden files are none."
        raise BadInput(Fault(place=recipe, finding=finding, next_step="Name a file of rows, or a folder/."))
    if "://" not in named:
        return on.inbox, names.named_data(recipe, named)
    address = names.parse_address(named)
    if address is None:
        finding = f"'data.from: {named}' is no address that Jinko reads."
        step = "Write a file of the inbox, gs://bucket/name, or hf://owner/name."
        raise BadInput(Fault(place=recipe, finding=finding, next_step=step))
    if on.folders and address[0] != on.inbox:  # a laptop has no other bucket
        finding = f"'data.from: {named}' is in a bucket of Google Cloud, and this Jinko runs on one machine."
        step = "Drop the file in the inbox and name it there."
        raise BadInput(Fault(place=recipe, finding=finding, next_step=step))
    return address[0], [address[1]]


def _objects(bucket: str, wanted: str, on: Cloud) -> Iterator[Object]:
    """The object of this name; else those that fit the wildcard; else what lies in the folder. By name."""
    found = on.store.stat(bucket, wanted) if not wanted.endswith("/") else None
    if found is not None:
        yield found
        return
    pattern = wanted if globs.is_wildcard(wanted) else f"{wanted.rstrip('/')}/"
    for one in on.store.list(bucket, globs.start(pattern)):
        if globs.fits(pattern, one.name) and names.is_drop(one.name) and not names.is_recipe(one.name):
            yield one


def _source(recipe: str, named: str, found: list[Object], on: Cloud) -> Source:
    if len(found) > MAX_FILES or sum(len(one.name) for one in found) > MAX_NAMES:
        finding = f"'data.from: {named}' means more than {MAX_FILES:,} files, or files of very long names."
        step = "Put them into one ZIP file and name that."
        raise BadInput(Fault(place=recipe, finding=finding, next_step=step))
    files = tuple(pinned_file(one) for one in found)
    bucket = found[0].bucket
    name = found[0].name if len(found) == 1 and bucket == on.inbox else named
    return Source(name=name, files=files, hints=hints(bucket, [one.name for one in found], on))


def pinned_file(found: Object) -> SourceFile:
    """One generation of an object, to be read again."""
    return SourceFile(
        bucket=found.bucket, name=found.name, generation=found.generation, size=found.size, md5=found.md5
    )
