"""The verdict on a file, without a cloud: what `jinko check` prints, and what a dry run of a drop would find.

It reads every row by the same code as a drop does, writes nothing, and needs no base model.
"""

import os
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from functions.on_upload.columns import Ambiguous
from functions.on_upload.sift import Sifted
from schemas.errors import BadInput, Fault
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
    faults: tuple[Fault, ...] = Field(default=(), description="The first 20 of each finding.")
    findings: tuple[Fault, ...] = Field(default=(), description="Each finding once, for a screen.")
    sample: tuple[dict[str, object], ...] = ()


def check(path: Path, options: DataOptions | None = None) -> Verdict:
    """Read a file and judge it. Never raises BadInput: what is wrong is in the verdict."""
    name, place = _printable(path.name), _printable(str(path))
    if not path.is_file():
        finding = "This is a folder." if path.is_dir() else "There is no such file."
        return _refusal([Fault(place=place, finding=finding, next_step="Name a file.")], NOT_USABLE)
    try:
        with path.open("rb") as stream:
            sifted = Sifted(name, stream, options or DataOptions())
            return _judged(sifted)
    except Ambiguous as question:
        return _refusal(question.faults, QUESTION)
    except BadInput as error:
        return _refusal(error.faults, NOT_USABLE)
    except OSError as error:
        finding = f"The file cannot be read: {error.strerror}."
        return _refusal([Fault(place=place, finding=finding, next_step="Check its permissions.")], NOT_USABLE)


def _judged(sifted: Sifted) -> Verdict:
    sample: list[dict[str, object]] = []
    for row in sifted:
        if len(sample) < SHOWN_SAMPLES:
            sample.append(row.model_dump(mode="json"))
    usable = sifted.kept > 0
    return Verdict(
        code=USABLE if usable else NOT_USABLE,
        kind="conversation",
        why=sifted.understanding.why if usable else "No row can be used.",
        columns=sifted.understanding.columns,
        unused=sifted.understanding.unused,
        rows=Rows(read=sifted.read, kept=sifted.kept, dropped=sifted.dropped),
        faults=sifted.findings.each(),
        findings=sifted.findings.told(),
        sample=tuple(sample),
    )


def _printable(name: str) -> str:
    """A name as it can be shown: bytes of it that are not UTF-8 become �."""
    return os.fsencode(name).decode(errors="replace")


def _refusal(faults: list[Fault], code: int) -> Verdict:
    return Verdict(code=code, why=faults[0].finding, faults=tuple(faults), findings=tuple(faults))
