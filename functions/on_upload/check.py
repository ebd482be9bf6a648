"""The verdict on a file, without a cloud: what `jinko check` prints, and what a dry run of a drop would find.

It reads every row by the same code as a drop does, writes nothing, and needs no base model.
"""

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from functions.on_upload.columns import Ambiguous
from functions.on_upload.sift import Sifted, side
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.orders import Counts
from schemas.recipe import DataOptions
from schemas.samples import Kind

SHOWN_SAMPLES: Final = 5
USABLE, NOT_USABLE, QUESTION = 0, 2, 3


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
    faults: tuple[Fault, ...] = Field(default=(), description="The first 20 of each finding.")
    findings: tuple[Fault, ...] = Field(
        default=(), exclude=True, description="Each finding once, for a screen."
    )
    sample: tuple[dict[str, object], ...] = ()


def check(path: Path, options: DataOptions | None = None) -> Verdict:
    """Read a file and judge it. Never raises BadInput: what is wrong is in the verdict."""
    name, place = _printable(path.name), _printable(str(path))
    try:
        if absent := no_file(path):
            return refusal([absent])
        with path.open("rb") as stream:
            chosen = options or DataOptions()
            sifted = Sifted(name, stream, chosen)
            return _judged(sifted, chosen)
    except Ambiguous as question:
        return refusal(question.faults, QUESTION)
    except BadInput as error:
        return refusal(error.faults)
    except OSError as error:
        finding = f"The file cannot be read: {error.strerror}."
        return refusal([Fault(place=place, finding=finding, next_step="Check its permissions.")])


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


def _judged(sifted: Sifted, options: DataOptions) -> Verdict:
    sample: list[dict[str, object]] = []
    train = 0
    for row in sifted:
        train += side(row, options) == "train"
        if len(sample) < SHOWN_SAMPLES:
            sample.append(row.model_dump(mode="json"))
    counts = Counts(
        read=sifted.read, kept=sifted.kept, dropped=sifted.dropped, train=train, test=sifted.kept - train
    )
    faults, findings = sifted.findings.each(), sifted.findings.told()
    usable, why = train > 0, sifted.understanding.why if train else "No row can be used."
    if sifted.kept and not usable:  # in the words of a drop, which refuses such a file
        why = f"All {sifted.kept} usable rows were held out for measuring; none is left to train on."
        step = "Drop more rows, or set data.test_size: 0."
        held_out = Fault(place=sifted.name, finding=why, next_step=step)
        faults, findings = (held_out, *faults), (held_out, *findings)
    return Verdict(
        code=USABLE if usable else NOT_USABLE,
        kind="conversation",
        why=why,
        columns=sifted.understanding.columns,
        unused=sifted.unused,
        rows=Rows(read=sifted.read, kept=sifted.kept, dropped=sifted.dropped),
        counts=counts,
        faults=faults,
        findings=findings,
        sample=tuple(sample),
    )


def _printable(name: str) -> str:
    """A name as it can be shown: bytes of it that are not UTF-8 become �."""
    return os.fsencode(name).decode(errors="replace")


def refusal(faults: Sequence[Fault], code: int = NOT_USABLE) -> Verdict:
    """The verdict where nothing more is known than these faults."""
    return Verdict(code=code, why=faults[0].finding, faults=tuple(faults), findings=tuple(faults))
