"""Which base model a name means, at which revision, and whether it can be talked to at all.

    owner/name            a model of the Hugging Face Hub, at its main branch's commit of this moment
    owner/name@revision   the same at a branch, tag or commit
    tiny-gemma3           a base that lies bundled on this ground (no slash in its name)
    /a/folder, ~/folder   a folder of this machine, on a ground that has folders

The tokenizer and chat template are read before any machine starts, so a base without them is said for
nothing. Weights are not fetched here.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gpu_batch.text import TEXT_FILES, ChatText, folder_digest
from infra import hub
from infra.ports import Cloud
from schemas.errors import BadInput, Fault
from schemas.orders import BasePin

# Bits of one weight as a model's own configuration names them; what it does not say is taken for bfloat16.
BITS: Final = {"float64": 64, "float32": 32, "float16": 16, "bfloat16": 16}


def pin_base(name: str, on: Cloud) -> BasePin:
    """The base of this name, pinned. Raises BadInput if there is none or it has no usable chat template."""
    folder = _folder(name, on)
    if folder is not None:
        files = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
        _must_have_weights(name, files)
        ChatText.from_folder(folder, name)
        return BasePin(
            name=name,
            where="folder",
            location=str(folder),
            revision=folder_digest(folder),
            weight_bytes=_weight_bytes(files),
            weight_bits=_weight_bits(folder),
        )
    repository, _, revision = name.partition("@")
    commit = hub.commit_of(repository, revision or None)
    with tempfile.TemporaryDirectory(prefix="jinko-") as scratch:
        files = hub.fetch_files(repository, commit, TEXT_FILES, Path(scratch))
        _must_have_weights(name, files)
        ChatText.from_folder(Path(scratch), name)
        return BasePin(
            name=name,
            where="hub",
            location=repository,
            revision=commit,
            weight_bytes=_weight_bytes(files),
            weight_bits=_weight_bits(Path(scratch)),
        )


def _folder(name: str, on: Cloud) -> Path | None:
    """The folder that a name means, or None for a name of the Hub. Raises BadInput if it is not there."""
    if "/" not in name:
        folder = on.models / name
        if name.startswith(".") or not (folder / "config.json").is_file():
            bundled = ", ".join(sorted(path.parent.name for path in on.models.glob("*/config.json")))
            finding = f"There is no bundled base called '{name}'."
            step = f"Bundled here: {bundled or 'none'}. A model of the Hub is written owner/name."
            raise BadInput(Fault(place=f"base_model: {name}", finding=finding, next_step=step))
        return folder
    if not name.startswith(("/", "~", "./", "../")):
        return None
    folder = Path(name).expanduser()
    if not on.folders or not folder.is_absolute():
        finding = "A folder must be a full path." if on.folders else "There are no folders in the cloud."
        step = "Write the path from / on." if on.folders else "Name a model of the Hub as owner/name."
        raise BadInput(Fault(place=f"base_model: {name}", finding=finding, next_step=step))
    if not (folder / "config.json").is_file():
        finding = "There is no model in this folder (no config.json)."
        raise BadInput(Fault(place=f"base_model: {name}", finding=finding, next_step="Check the path."))
    return folder


def _weight_bytes(files: Mapping[str, int]) -> int:
    """Bytes of the weights that are loaded: of `model….safetensors`; where there is none, of all others.

    Some makers lay the same weights beside them once more, under another name.
    """
    weights = {name: size for name, size in files.items() if "/" not in name}
    weights = {name: size for name, size in weights.items() if name.endswith(".safetensors")}
    loaded = [size for name, size in weights.items() if name.startswith("model")]
    return sum(loaded or weights.values())


def _weight_bits(folder: Path) -> int:
    """Bits of one weight, by the model's config.json: `dtype` (once `torch_dtype`), or its text part's."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return BITS["bfloat16"]
    parts: list[Any] = [config, config.get("text_config")] if isinstance(config, dict) else []
    said = [part.get(key) for part in parts if isinstance(part, dict) for key in ("dtype", "torch_dtype")]
    return next((BITS[one] for one in said if isinstance(one, str) and one in BITS), BITS["bfloat16"])


def _must_have_weights(name: str, files: Mapping[str, int]) -> None:
    """Raises BadInput where there are no safetensors: other formats can run code when they are opened."""
    if not any(file.endswith(".safetensors") for file in files):
        finding = "The base model has no safetensors weights, and other formats are not opened."
        step = "Choose a base_model that has them (all newer ones do)."
        raise BadInput(Fault(place=f"base_model: {name}", finding=finding, next_step=step))
