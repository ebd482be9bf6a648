"""The files of a base model that decide what it reads, and a digest that pins a model folder.

Not a program. It reads folders and never writes or downloads; weights are only hashed here.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from schemas.errors import BadInput, Fault

REQUIRED_TEXT_FILES: Final = ("tokenizer.json",)
# The chat template is in one of the first three; where a file is missing, what it would say is not said.
OPTIONAL_TEXT_FILES: Final = (
    "tokenizer_config.json",
    "chat_template.jinja",
    "chat_template.json",
    "special_tokens_map.json",
    "generation_config.json",
    "config.json",
)
TEXT_FILES: Final = REQUIRED_TEXT_FILES + OPTIONAL_TEXT_FILES
"""What `ChatText.from_folder` reads: fetch these and no weights to check rows against a base."""

DIGEST_LENGTH: Final = 40  # hex digits, as long as a commit on the Hub
_CHUNK: Final = 1 << 20


def folder_digest(path: Path) -> str:
    """Forty hex digits over the names and contents of a model folder's files: its revision.

    Follows from the files alone, in any order and at any place; dotfiles and README.md, which no library
    reads, do not count. Raises BadInput if there is no such folder or nothing in it.
    """
    files = _model_files(path)
    if not files:
        finding = "There is no model here: the folder is missing or empty."
        raise BadInput(Fault(place=str(path), finding=finding, next_step="Give the folder of a model."))
    listing = [[file.relative_to(path).as_posix(), _content_digest(file)] for file in files]
    return hashlib.sha256(json.dumps(sorted(listing)).encode()).hexdigest()[:DIGEST_LENGTH]


def _model_files(path: Path) -> list[Path]:
    def counts(file: Path) -> bool:
        inside = file.relative_to(path)
        return not any(part.startswith(".") for part in inside.parts) and inside.as_posix() != "README.md"

    return [file for file in path.rglob("*") if file.is_file() and counts(file)]


def _content_digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_json(path: Path, name: str) -> dict[str, Any]:
    """A JSON object of the model folder; empty if the file is not there. Raises BadInput if it is no object.

    `name` is how the base is called in messages.
    """
    if not path.is_file():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unreadable(path, name, f"it is not valid JSON ({error})") from error
    if not isinstance(read, dict):
        raise _unreadable(path, name, "it is no JSON object")
    return read


def _unreadable(path: Path, name: str, why: str) -> BadInput:
    return BadInput(
        Fault(
            place=f"{name}/{path.name}",
            finding=f"This file of the base model cannot be read: {why}.",
            next_step="Fetch the model anew, or choose another base_model.",
        )
    )
