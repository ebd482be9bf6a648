"""The verdict on data, without preparing it: what `jinko check` prints, what a dry run of a drop would find.

    check(Path("poems.csv"))                        # judged by its first 20,000 rows
    check_named("hf://owner/name", options, ground, every=True)  # a dataset of the Hub, every row

It reads rows by the same code as a drop does, leaves nothing behind, and needs no base model.
"""

import difflib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, cast

from pydantic import BaseModel, ConfigDict, Field

from functions.on_upload.dataset import all_held_out
from functions.on_upload.findings import Quarantine
from functions.on_upload.meaning.reading import Ambiguous
from functions.on_upload.reading.blocks import Opened
from functions.on_upload.reading.open import open_source
from functions.on_upload.shown import Shown
from functions.on_upload.sift import Sifted
from functions.on_upload.sources import hub_data
from functions.on_upload.sources.beside import hints_of_file
from functions.on_upload.sources.opened import opened_source
from functions.on_upload.sources.source import find_source
from functions.on_upload.split import Split, Tally
from infra.ports import Cloud
from schemas import names
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault
from schemas.orders import Counts
from schemas.samples import Kind, Sample

SHOWN_SAMPLES: Final = 5
JUDGED_ROWS: Final = 20_000  # enough to say what a file is; the rest is read where somebody asks for it
USABLE, NOT_USABLE, QUESTION = 0, 2, 3
Opener = Callable[[Path], IO[bytes]]


class Rows(BaseModel):
    """Where every row went: read = kept + dropped."""

    model_config = ConfigDict(frozen=True)

    read: int = 0
    kept: int = 0
    dropped: int = 0


class Verdict(BaseModel):
    """What a file is, and whether it can be trained on. `code` is the exit code of `jinko check`."""

    model_config = ConfigDict(frozen=True)

    code: int
    kind: Kind | None = None
    images: bool = False
    why: str
    columns: dict[str, str] = {}
    unused: tuple[str, ...] = ()
    rows: Rows = Rows()
    counts: Counts = Field(
        default=Counts(), exclude=True, description="The rows with their sides, for a screen."
    )
    partial: bool = Field(default=False, exclude=True, description="There are more rows than were read.")
    faults: tuple[Fault, ...] = Field(default=(), description="The first 20 of each finding.")
    findings: tuple[Fault, ...] = Field(
        default=(), exclude=True, description="Each finding once, for a screen."
    )
    sample: tuple[dict[str, object], ...] = ()
    source: str = Field(default="", exclude=True)
    tools: bool = Field(default=False, exclude=True, description="Some row calls tools.")
    thinking: bool = Field(default=False, exclude=True, description="Some turn has thoughts before it.")
    shown: tuple[Sample, ...] = Field(default=(), exclude=True, description="The sample, for a screen.")


def check(
    path: Path,
    options: DataOptions | None = None,
    every: bool = False,
    opener: Opener | None = None,
) -> Verdict:
    """Read a file and judge it, by every row where asked. Never raises BadInput: it is in the verdict.

    `opener` opens it, e.g. to show how far it was read.
    """
    name, place = _printable(path.name), _printable(str(path))

    def judged() -> Verdict:
        if absent := no_file(path):
            return refusal([absent])
        with opener(path) if opener else path.open("rb") as stream:
            opened = open_source(name, stream, chosen, path.stat().st_size)
            return _judged(name, opened, chosen, hints_of_file(path), (), every)

    chosen = options or DataOptions()
    try:
        return _told(judged)
    except OSError as error:
        finding = f"The file cannot be read: {error.strerror or error}."
        return refusal([Fault(place=place, finding=finding, next_step="Check its permissions.")])


def check_named(
    named: str, options: DataOptions, ground: Callable[[], Cloud], every: bool = False
) -> Verdict:
    """The same for `gs://` and `hf://` addresses, as they are now. Raises Unavailable.

    `ground` opens the ground whose buckets are read; the Hub needs none.
    """

    def judged() -> Verdict:
        on = ground() if not named.startswith(hub_data.SCHEME) else cast(Cloud, None)
        source = find_source(named, named, options, on)
        if source is None:
            finding = "There is nothing at this address."
            raise BadInput(Fault(place=named, finding=finding, next_step="Look: gcloud storage ls"))
        with tempfile.TemporaryDirectory(prefix="jinko-") as scratch, ExitStack() as stack:
            opened = opened_source(source, options, on, Path(scratch), stack)
            held_out = source.hub.held_out if source.hub else ()
            return _judged(source.name, opened, options, source.hints, held_out, every)

    return _told(judged)


def _told(judged: Callable[[], Verdict]) -> Verdict:
    """A verdict, also where the file cannot be used or a question has to be answered first."""
    try:
        return judged()
    except Ambiguous as question:
        return refusal(question.faults, QUESTION)
    except BadInput as error:
        return refusal(error.faults)


def no_file(path: Path) -> Fault | None:
    """What is said of a path at which no file lies, or one that is never a drop; None for any other."""
    place = _printable(str(path))
    if path.is_file():
        if names.is_drop(path.name) or path.name == names.SETTINGS_FILE:
            return None
        finding = "A file of this name is never read: names that begin with a dot, and dataset_info.json."
        return Fault(place=place, finding=finding, next_step="Rename it.")
    if path.is_dir():
        return Fault(place=place, finding="This is a folder.", next_step="Name a file in it.")
    if path.exists():
        return Fault(place=place, finding="This is no ordinary file.", next_step="Save it as a file first.")
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    step = f"Did you mean '{_printable(near[0])}'?" if near else "Check its name, and the folder you are in."
    return Fault(place=place, finding="There is no such file.", next_step=step)


def _judged(
    name: str,
    opened: Opened,
    options: DataOptions,
    hints: Mapping[str, str],
    held_out: tuple[str, ...],
    every: bool,
) -> Verdict:
    train, test = Tally(), Tally()
    with Quarantine() as errors:
        limit = None if every else JUDGED_ROWS
        sifted = Sifted(name, opened, options, errors, hints, held_out, limit)
        shown = Shown(sifted.reading.kind, SHOWN_SAMPLES)
        with Split(options, train, test, shown) as split:
            split.all_of(sifted)
        sifted.leave_undrawn(split.not_drawn)
    counts = sifted.counts(train.rows, test.rows)
    faults, findings = sifted.findings.each(), sifted.findings.told()
    usable, why = counts.train > 0, sifted.why if counts.train else "No row can be used."
    if counts.kept and not usable:  # in the words of a drop, which refuses such a file
        refused = all_held_out(name, counts.kept)
        why, faults, findings = refused.finding, (refused, *faults), (refused, *findings)
    return Verdict(
        code=USABLE if usable else NOT_USABLE,
        kind=sifted.reading.kind,
        images=sifted.reading.images,
        why=why,
        columns=sifted.columns,
        unused=sifted.unused,
        rows=Rows(read=sifted.read, kept=sifted.kept, dropped=sifted.dropped),
        counts=counts,
        partial=sifted.partial,
        faults=faults,
        findings=findings,
        sample=tuple(map(shown_sample, shown.samples)),
        source=name,
        tools="tools" in sifted.uses,
        thinking="thinking" in sifted.uses,
        shown=tuple(shown.samples),
    )


def shown_sample(sample: Sample) -> dict[str, Any]:
    """A row as JSON, without what is as ever; of an image its name and its size."""
    row = sample.model_dump(mode="json", exclude_defaults=True, exclude={"images"})
    if sample.images:
        row["images"] = [{"name": image.name, "bytes": len(image.data)} for image in sample.images]
    return row


def _printable(name: str) -> str:
    """A name as it can be shown: bytes of it that are not UTF-8 become �."""
    return os.fsencode(name).decode(errors="replace")


def refusal(faults: Sequence[Fault], code: int = NOT_USABLE) -> Verdict:
    """The verdict where nothing more is known than these faults."""
    return Verdict(code=code, why=faults[0].finding, faults=tuple(faults), findings=tuple(faults))
