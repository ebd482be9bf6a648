"""on_upload's step: a file was dropped; it becomes a dataset, or a refusal in words.

Order of effects, each safe to repeat: the drop's record, shards and card under this try's prefix, the
manifest (write-once, last: it names the winning try), the dataset's record, the drop's move, the page.
A finished step returns its event again, since a crash may have come between writing and publishing.
"""

import uuid
from typing import Final

from functions import status
from functions.on_upload.card import card
from functions.on_upload.lengths import Lengths
from functions.on_upload.pin import pin, replaced
from functions.on_upload.sift import Sifted, side
from functions.on_upload.write import ShardWriter
from infra import ledger
from infra.ports import Cloud, Gone, Object
from schemas import layers, names
from schemas.errors import BadInput, Fault
from schemas.events import DatasetReady, Event, FileDropped
from schemas.orders import Counts, Dataset
from schemas.recipe import DataOptions
from schemas.records import DatasetRecord, DropRecord
from schemas.samples import Sample

PREPARE_VERSION: Final = 1  # raise it when the same file would become another dataset
CARD_SAMPLES: Final = 10


def prepare(event: FileDropped, on: Cloud) -> list[Event]:
    """A dropped file becomes a dataset. Returns DatasetReady, or nothing once the refusal is recorded.

    A repeat finds the drop's record and, where it is answered, only returns the same event again.
    """
    if event.bucket != on.inbox or not names.is_drop(event.name):
        return []
    drop = pin(event, on)
    if drop.state == "received":
        try:
            dataset = _dataset(drop, on)
        except BadInput as error:
            faults = tuple(error.faults)
            drop = ledger.change(on, DropRecord, drop.id, lambda it: _refused(it, faults))
        else:
            drop = ledger.change(on, DropRecord, drop.id, lambda it: _prepared(it, dataset))
    status.refresh(on, drop.name)
    if drop.dataset_id is None:
        return []
    return [DatasetReady(drop_id=drop.id, dataset_id=drop.dataset_id)]


def _refused(drop: DropRecord, faults: tuple[Fault, ...]) -> DropRecord:
    return drop.moved("refused", faults=faults) if drop.state == "received" else drop


def _prepared(drop: DropRecord, dataset: str) -> DropRecord:
    return drop.moved("prepared", dataset_id=dataset) if drop.state == "received" else drop


def _dataset(drop: DropRecord, on: Cloud) -> str:
    """The id of the drop's dataset, prepared if it is not there yet. Raises BadInput."""
    options = layers.resolve(drop.layers).recipe.data
    if names.is_recipe(drop.name):
        return _named_by_recipe(drop, options, on)
    if options.source is not None:
        finding = "'data.from' names other data, but this drop is data itself."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step="Put data.from in a recipe.yaml."))
    made = Object(drop.bucket, drop.name, drop.generation, drop.size, drop.md5, {})
    return _prepare_object(made, options, on)


def _named_by_recipe(drop: DropRecord, options: DataOptions, on: Cloud) -> str:
    """The dataset that a recipe's `data.from` names: one prepared before, or a file of the inbox."""
    named = options.source
    if not named:
        finding = "A recipe names its data, and this one does not."
        step = "Add `data: {from: file.csv}` (a file of the inbox) or the id of a dataset prepared before."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    if _manifest(named, on) is not None:
        return named
    if "://" in named:
        finding = f"'data.from: {named}' names data outside the inbox, which is not built yet."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step="Drop the file in the inbox."))
    found = on.store.stat(drop.bucket, named) if not names.is_recipe(named) else None
    if found is None:
        finding = f"'data.from: {named}' is neither a dataset prepared before nor a file of the inbox."
        step = "Datasets' ids are on the status pages of their files; file names are as in the inbox."
        raise BadInput(Fault(place=drop.name, finding=finding, next_step=step))
    return _prepare_object(found, options, on)


def _prepare_object(source: Object, options: DataOptions, on: Cloud) -> str:
    content = source.md5 or f"{source.bucket}/{source.name}#{source.generation}"
    dataset = names.dataset_id(content, options.prepare_options(), PREPARE_VERSION)
    manifest = _manifest(dataset, on)
    if manifest is None:
        ours = _write(source, dataset, options, on)
        on.store.write_once(on.outbox, names.manifest(dataset), ours.model_dump_json(indent=1).encode())
        manifest = _manifest(dataset, on) or ours  # where two prepared it, the first manifest is the dataset
    ledger.create(on, DatasetRecord(id=dataset, source=manifest.source, rows=manifest.counts.kept))
    return dataset


def _manifest(dataset: str, on: Cloud) -> Dataset | None:
    try:
        return Dataset.model_validate_json(on.store.read(on.outbox, names.manifest(dataset)))
    except Gone:
        return None


def _write(source: Object, dataset: str, options: DataOptions, on: Cloud) -> Dataset:
    """Read the file once; shards and card under a prefix of this try's own. Returns the manifest to write."""
    attempt = uuid.uuid4().hex[:8]
    lengths = Lengths()
    shown: list[Sample] = []
    try:
        stream = on.store.open(source.bucket, source.name, source.generation)
    except Gone:
        raise BadInput(replaced(source.name)) from None
    with (
        stream,
        ShardWriter(on, dataset, attempt, "train") as train,
        ShardWriter(on, dataset, attempt, "test") as test,
    ):
        sifted = Sifted(source.name, stream, options)
        for sample in sifted:
            (test if side(sample, options) == "test" else train).add(sample)
            lengths.add(sample)
            if len(shown) < CARD_SAMPLES:
                shown.append(sample)
        counts = Counts(
            read=sifted.read, kept=sifted.kept, dropped=sifted.dropped, train=train.rows, test=test.rows
        )
        _must_be_usable(source.name, sifted, counts)
    now = on.store.stat(source.bucket, source.name)
    if now is None or now.generation != source.generation:
        raise BadInput(replaced(source.name))
    made = Dataset(
        id=dataset,
        source=source.name,
        bucket=source.bucket,
        generation=source.generation,
        kind="conversation",
        why=sifted.understanding.why,
        columns=sifted.understanding.columns,
        unused=sifted.understanding.unused,
        attempt=attempt,
        counts=counts,
        faults=sifted.findings.told(),
        train=tuple(train.shards),
        test=tuple(test.shards),
        card=names.dataset_card(dataset, attempt, "md"),
        page=names.dataset_card(dataset, attempt, "html"),
    )
    markdown, html = card(made, lengths, shown)
    on.store.write(on.outbox, made.card, markdown.encode())
    on.store.write(on.outbox, made.page, html.encode())
    return made


def _must_be_usable(name: str, sifted: Sifted, counts: Counts) -> None:
    """Raises BadInput where no row is left to train on, saying what was wrong with each."""
    if counts.train:
        return
    if counts.kept:
        finding = f"All {counts.kept} usable rows were held out for measuring; none is left to train on."
        raise BadInput(
            Fault(place=name, finding=finding, next_step="Drop more rows, or set data.test_size: 0.")
        )
    nothing = Fault(
        place=name,
        finding=f"None of the {counts.read} rows can be used.",
        next_step="Mend what is named here, then drop the file again.",
    )
    raise BadInput([nothing, *sifted.findings.told()])
