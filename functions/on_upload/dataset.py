"""One file, or several, become one dataset: shards, card and errors under a prefix, the manifest last.

No lock and no lease: two workers may both do the work; `dataset.json` is written once, so one try wins, and
the sweep removes the other's shards.
"""

import tempfile
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from functions.on_upload.card import card
from functions.on_upload.findings import Quarantine
from functions.on_upload.lengths import Lengths
from functions.on_upload.manifest import read_manifest, replaced
from functions.on_upload.shown import Shown
from functions.on_upload.sift import Sifted
from functions.on_upload.sources.opened import opened_source
from functions.on_upload.split import Split
from functions.on_upload.write import ShardWriter
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault, Unavailable
from schemas.orders import Counts, Dataset
from schemas.records import DatasetRecord
from schemas.sources import Source

PREPARE_VERSION: Final = 2  # raise it when the same file would become another dataset
CARD_SAMPLES: Final = 10


def prepare_dataset(source: Source, options: DataOptions, on: Cloud) -> str:
    """The id of the dataset of these very generations of files, prepared if it is not there yet.

    A repeat finds the manifest and reads nothing. A deleted dataset is prepared anew: the manifest of the try
    that its tombstone names, where it still lies there, is replaced. Raises BadInput for a file that cannot
    be used, or that was replaced while it was read; Unavailable where it is deleted at this moment.
    """
    dataset = dataset_id(source, options)
    record = ledger.find(on, DatasetRecord, dataset)
    deleted = record.attempt if record is not None and record.state == "deleted" else None
    known = on.store.stat(on.outbox, names.manifest(dataset))
    manifest = read_manifest(dataset, on) if known else None
    if manifest is None or manifest.attempt == deleted:
        ours = _write(source, dataset, options, on)
        text, generation = ours.model_dump_json(indent=1).encode(), known.generation if known else 0
        won = on.store.write_if(on.outbox, names.manifest(dataset), text, generation)
        manifest = ours if won else read_manifest(dataset, on)  # where two prepared it, the first wins
        if manifest is None:
            raise Unavailable(f"The dataset {dataset} is being deleted at this moment.")
    ready = DatasetRecord(
        id=dataset, source=manifest.source, rows=manifest.counts.kept, attempt=manifest.attempt
    )

    def revived(it: DatasetRecord) -> DatasetRecord:
        return it.moved("ready", attempt=ready.attempt) if it.state == "deleted" else it

    there = ledger.create(on, ready)
    if there.state == "deleted":
        ledger.move(on, there, revived)
    return dataset


def dataset_id(source: Source, options: DataOptions) -> str:
    """What decides it: the content, how it is prepared, and whether the share held out was a person's wish.

    The last, since a split of the data's own stands back behind a wish, and behind no default.
    """
    asked = {**options.prepare_options(), "wished": "test_size" in options.model_fields_set}
    return names.dataset_id(source.content, asked, PREPARE_VERSION)


def _write(source: Source, dataset: str, options: DataOptions, on: Cloud) -> Dataset:
    """Read the files once, write shards and card; the manifest to write. Raises BadInput.

    A file that was replaced while it was read may seem broken: then that it was replaced is what is said.
    """
    try:
        made = _written(source, dataset, options, on)
    except BadInput:
        _must_be_there(source, on)
        raise
    _must_be_there(source, on)
    return made


def _divided(options: DataOptions) -> DataOptions:
    """Of rows that are to be answered none is held out."""
    return options.model_copy(update={"test_size": 0.0}) if options.purpose == "answer" else options


def _must_be_there(source: Source, on: Cloud) -> None:
    """Raises BadInput where a file is not what it was when it was pinned."""
    for file in source.files:
        now = on.store.stat(file.bucket, file.name)
        if now is None or now.generation != file.generation:
            raise BadInput(replaced(file.name))


def _written(source: Source, dataset: str, options: DataOptions, on: Cloud) -> Dataset:
    """Shards, errors and card under a prefix of this try's own. Returns the manifest to write."""
    attempt = uuid.uuid4().hex[:8]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jinko-")))
        errors = stack.enter_context(Quarantine())
        with ExitStack() as writing:
            opened = opened_source(source, options, on, scratch, writing)
            held_out = source.hub.held_out if source.hub else ()
            sifted = Sifted(source.name, opened, options, errors, source.hints, held_out)
            kind = sifted.reading.kind
            lengths, shown = Lengths(kind), Shown(kind, CARD_SAMPLES)
            train = writing.enter_context(ShardWriter(on, dataset, attempt, "train"))
            test = writing.enter_context(ShardWriter(on, dataset, attempt, "test"))
            split = writing.enter_context(Split(_divided(options), train, test, lengths, shown))
            split.all_of(sifted)
            sifted.leave_undrawn(split.not_drawn)
            counts = sifted.counts(train.rows, test.rows)
            must_be_usable(source.name, counts, sifted.findings.told())
        made = _manifest(source, dataset, attempt, options, sifted, counts)
        made = made.model_copy(
            update={
                "train": tuple(train.shards),
                "test": tuple(test.shards),
                "errors": _errors(errors, dataset, attempt, on),
            }
        )
    markdown, html = card(made, lengths, shown.samples)
    on.store.write(on.outbox, made.card, markdown.encode())
    on.store.write(on.outbox, made.page, html.encode())
    return made


def _manifest(
    source: Source, dataset: str, attempt: str, options: DataOptions, sifted: Sifted, counts: Counts
) -> Dataset:
    """What is told of a dataset, but for where its rows lie."""
    return Dataset(
        id=dataset,
        source=source.name,
        made_of=source,
        kind=sifted.reading.kind,
        images=sifted.reading.images,
        tools="tools" in sifted.uses,
        thinking="thinking" in sifted.uses,
        options=options.prepare_options(),
        why=sifted.why,
        columns=sifted.columns,
        unused=sifted.unused,
        attempt=attempt,
        counts=counts,
        faults=sifted.findings.told(),
        train=(),
        test=(),
        card=names.dataset_card(dataset, attempt, "md"),
        page=names.dataset_card(dataset, attempt, "html"),
    )


def _errors(errors: Quarantine, dataset: str, attempt: str, on: Cloud) -> str | None:
    """Where the rows that were left out are listed; None where there are none."""
    path = errors.path()
    if path is None:
        return None
    name = names.dataset_errors(dataset, attempt)
    on.store.upload(on.outbox, name, path)
    return name


def must_be_usable(name: str, counts: Counts, left_out: Sequence[Fault]) -> None:
    """Raises BadInput where no row is left to train on, saying what was wrong with each."""
    if counts.train:
        return
    if counts.kept:
        raise BadInput(all_held_out(name, counts.kept))
    nothing = Fault(
        place=name,
        finding=f"None of the {counts.read} rows can be used.",
        next_step="Mend what is named here, then drop the file again.",
    )
    raise BadInput([nothing, *left_out])


def all_held_out(name: str, kept: int) -> Fault:
    """What is said of rows that were all kept back."""
    finding = f"All {kept} usable rows were held out for measuring; none is left to train on."
    return Fault(place=name, finding=finding, next_step="Drop more rows, or set data.test_size: 0.")
