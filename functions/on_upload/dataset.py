"""One file becomes one dataset: shards and card under a prefix of this try's own, the manifest last.

No lock and no lease: two workers may both do the work; `dataset.json` is written once, so one try wins, and
the sweep removes the other's shards.
"""

import uuid
from typing import Final

from functions.on_upload.card import card
from functions.on_upload.lengths import Lengths
from functions.on_upload.sift import Sifted, side
from functions.on_upload.write import ShardWriter
from functions.story import read
from infra import ledger
from infra.ports import Cloud, Gone
from schemas import names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.orders import Counts, Dataset
from schemas.recipe import DataOptions
from schemas.records import DatasetRecord, Source
from schemas.samples import Sample

PREPARE_VERSION: Final = 1  # raise it when the same file would become another dataset
CARD_SAMPLES: Final = 10


def prepare_dataset(source: Source, options: DataOptions, on: Cloud) -> str:
    """The id of the dataset of this very generation of a file, prepared if it is not there yet.

    A repeat finds the manifest and reads nothing. A deleted dataset is prepared anew: the manifest of the try
    that its tombstone names, where it still lies there, is replaced. Raises BadInput for a file that cannot
    be used, or that was replaced while it was read; Unavailable where it is deleted at this moment.
    """
    content = source.md5 or f"{on.inbox}/{source.name}#{source.generation}"
    dataset = names.dataset_id(content, options.prepare_options(), PREPARE_VERSION)
    record = ledger.find(on, DatasetRecord, dataset)
    deleted = record.attempt if record is not None and record.state == "deleted" else None
    known = on.store.stat(on.outbox, names.manifest(dataset))
    manifest = read_manifest(dataset, on)
    if manifest is None or manifest.attempt == deleted:
        ours = _write(source, dataset, options, on).model_dump_json(indent=1).encode()
        on.store.write_if(on.outbox, names.manifest(dataset), ours, known.generation if known else 0)
        manifest = read_manifest(dataset, on)  # where two prepared it, the first wins
        if manifest is None:
            raise Unavailable(f"The dataset {dataset} is being deleted at this moment.")
    ready = DatasetRecord(
        id=dataset, source=manifest.source, rows=manifest.counts.kept, attempt=manifest.attempt
    )

    def revived(it: DatasetRecord) -> DatasetRecord:
        return it.moved("ready", attempt=ready.attempt) if it.state == "deleted" else it

    ledger.create(on, ready)
    ledger.change(on, DatasetRecord, dataset, revived)
    return dataset


def read_manifest(dataset: str, on: Cloud) -> Dataset | None:
    """What `dataset.json` says; None where no try has won yet, or what lies there cannot be read."""
    return read(on, names.manifest(dataset), Dataset)


def replaced(name: str) -> Fault:
    """What is said of a file whose generation is gone."""
    finding = "The file was replaced or removed before it was read."
    step = "If it was replaced, the newer one is answered by itself."
    return Fault(place=name, finding=finding, next_step=step)


def _write(source: Source, dataset: str, options: DataOptions, on: Cloud) -> Dataset:
    """Read the file once, write shards and card; the manifest to write. Raises BadInput.

    A file that was replaced while it was read may seem broken: then that it was replaced is what is said.
    """
    try:
        return _written(source, dataset, options, on)
    except BadInput:
        now = on.store.stat(on.inbox, source.name)
        if now is None or now.generation != source.generation:
            raise BadInput(replaced(source.name)) from None
        raise


def _written(source: Source, dataset: str, options: DataOptions, on: Cloud) -> Dataset:
    """Shards and card under a prefix of this try's own. Returns the manifest to write."""
    attempt = uuid.uuid4().hex[:8]
    lengths = Lengths()
    shown: list[Sample] = []
    try:
        stream = on.store.open(on.inbox, source.name, source.generation)
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
    now = on.store.stat(on.inbox, source.name)
    if now is None or now.generation != source.generation:
        raise BadInput(replaced(source.name))
    made = Dataset(
        id=dataset,
        source=source.name,
        bucket=on.inbox,
        generation=source.generation,
        kind="conversation",
        options=options.prepare_options(),
        why=sifted.understanding.why,
        columns=sifted.understanding.columns,
        unused=sifted.unused,
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
