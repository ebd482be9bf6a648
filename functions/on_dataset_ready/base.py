"""Which base model a name means, at which revision, and whether it can be talked to at all.

    owner/name            a model of the Hugging Face Hub, at its main branch's commit of this moment
    owner/name@revision   the same at a branch, tag or commit
    tiny-gemma3           a base that lies bundled on this ground (no slash in its name)
    /a/folder, ~/folder   a folder of this machine, on a ground that has folders

The tokenizer and chat template are read before any machine starts, so a base without them is said for
nothing. Weights are not fetched here.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from functions.on_dataset_ready.traits import (
    architecture,
    config_of,
    find_whole,
    quantized,
    sees,
    weight_bits,
)
from gpu_batch.text import TEXT_FILES, ChatText, folder_digest, left_out
from infra import hub
from infra.ports import Cloud
from schemas.errors import BadInput, Fault
from schemas.orders import BasePin


def pin_base(name: str, on: Cloud) -> BasePin:
    """The base of this name, pinned. Raises BadInput if there is none or it has no usable chat template."""
    folder = _folder(name, on)
    if folder is not None:
        files = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
        pin = BasePin(name=name, where="folder", location=str(folder), revision=folder_digest(folder))
        return _looked_at(pin, folder, files)
    repository, _, revision = name.partition("@")
    commit = hub.commit_of(repository, revision or None)
    with tempfile.TemporaryDirectory(prefix="jinko-") as scratch:
        files = hub.fetch_files(repository, commit, TEXT_FILES, Path(scratch))
        pin = BasePin(name=name, where="hub", location=repository, revision=commit)
        return _looked_at(pin, Path(scratch), files)


def _looked_at(pin: BasePin, folder: Path, files: Mapping[str, int]) -> BasePin:
    """The pin with what the model's text files say of it."""
    _must_have_weights(pin.name, files)
    chat = ChatText.from_folder(folder, pin.name)
    config = config_of(folder)
    stored = quantized(config)
    whole = find_whole(pin.location, config) if stored and pin.where == "hub" else None
    files, sized = (whole[1], whole[2]) if whole else (files, config)
    told = {
        "weight_bytes": _weight_bytes(files),
        "weight_bits": weight_bits(sized),
        "architecture": architecture(config),
        "sees": sees(config),
        "leaves_out": left_out(chat),
        "quantized": stored,
        "whole": whole[0] if whole else None,
    }
    return pin.model_copy(update=told)


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


def _must_have_weights(name: str, files: Mapping[str, int]) -> None:
    """Raises BadInput where there are no safetensors: other formats can run code when they are opened."""
    if not any(file.endswith(".safetensors") for file in files):
        finding = "The base model has no safetensors weights, and other formats are not opened."
        step = "Choose a base_model that has them (all newer ones do)."
        raise BadInput(Fault(place=f"base_model: {name}", finding=finding, next_step=step))
