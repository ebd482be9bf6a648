"""What a dataset is made of, pinned: one or several objects at one generation each, or files of the Hub."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from schemas.names import digest

MAX_FILES: Final = 1000  # of one dataset; each is named in the drop's record, which must stay small


class SourceFile(BaseModel):
    """One generation of one object."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    bucket: str
    name: str
    generation: int
    size: int
    md5: str | None


class HubFiles(BaseModel):
    """The data files of one Hugging Face dataset, at one commit."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    repository: str
    commit: str
    files: tuple[str, ...]
    held_out: tuple[str, ...] = Field(default=(), description="Those of its split for measuring, if any.")
    size: int = Field(default=0, ge=0, description="Bytes of all of them together.")


class Source(BaseModel):
    """What a dataset is made of, pinned: files of a bucket, or a dataset of the Hub. `name` is for people.

    `hints` are the side files that lay beside the data when it was pinned (LLaMA-Factory's dataset_info.json,
    an axolotl config), by name: what they say about this data, as JSON.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    files: tuple[SourceFile, ...] = ()
    hub: HubFiles | None = None
    hints: Mapping[str, str] = {}

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files) + (self.hub.size if self.hub else 0)

    @property
    def content(self) -> str:
        """What a dataset's id follows from: equal for the same bytes, read with the same hints.

        Of one file its md5 (where it has none, its generation) and what kind of file its name says it is. Of
        several, those of all with their names, since one may name another; of the Hub, the files at a commit.
        """
        if self.hub:
            hub = self.hub
            parts: list[object] = [hub.repository, hub.commit, hub.files, hub.held_out]
        elif len(self.files) == 1:
            parts = [self.files[0].md5 or _pinned(self.files[0]), _suffixes(self.files[0].name)]
        else:
            parts = [[file.name, file.md5 or _pinned(file)] for file in self.files]
        return digest(parts, dict(self.hints))


def _pinned(file: SourceFile) -> str:
    return f"{file.bucket}/{file.name}#{file.generation}"


def _suffixes(name: str) -> list[str]:
    """What a reader goes by: `.csv`; of a packed file `.csv.gz`."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes[-2:]]
    return suffixes if suffixes[-1:] in ([".gz"], [".zst"]) else suffixes[-1:]
