"""Whether, where and how a run's model is published on the Hugging Face Hub."""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import Field, field_validator

from schemas.strict import Strict

MARKER: Final = "jinko.json"  # the file by which a repository is known to be published by Jinko
LONGEST: Final = 96  # characters of a name on the Hub
SHORT_FORMS: Final[Mapping[str, str]] = {"publish": "publish.repository", "model": "generate.model"}
_PART: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?")


class PublishOptions(Strict):
    """Nothing is published unless a repository is named; then everything that was exported is."""

    repository: str | None = Field(
        default=None,
        description="Repository to publish to, owner/name; nothing is published if left out. "
        "`publish: owner/name` says the same.",
    )
    private: bool = Field(default=True, description="Whether only its owner may see the repository.")
    examples: int = Field(
        default=0,
        ge=0,
        le=20,
        description="Held-out rows, with the answers to them, that the model card shows; 0: none.",
    )

    @field_validator("repository")
    @classmethod
    def _is_a_name(cls, given: str | None) -> str | None:
        if given is not None and not is_repository(given):
            raise ValueError(
                "write owner/name, as in me/support-bot: letters, digits and . _ - within a word, at most 96"
            )
        return given


def long_form(key: str, values: Mapping[str, object]) -> str:
    """The setting's name: `publish: owner/name` is short for `publish.repository`, `model` for another."""
    name = SHORT_FORMS.get(key, key)
    return name if isinstance(values[key], str) and name not in values else key


def is_repository(name: str) -> bool:
    """Whether the Hub takes this as the full name of a repository."""
    parts = name.split("/")
    legal = len(parts) == 2 and all(_PART.fullmatch(part) for part in parts)
    return legal and len(name) <= LONGEST and not re.search(r"--|\.\.|\.git$", name)


def namespace_of(repository: str) -> str:
    """The owner in `owner/name`."""
    return repository.partition("/")[0]
