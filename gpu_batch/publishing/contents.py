"""Which files a repository holds: everything that was exported, laid out as those who load it expect it.

    a whole model    at the top: `from_pretrained("owner/name")` finds it there
    an adapter       below adapter/ beside a whole model, at the top if there is none
    GGUF files       at the top, with their Modelfile

A whole model that was made only so that GGUF files could be made of it stays where it is. Not here: the card.
"""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gpu_batch.folders import download_folder
from infra.ports import Cloud
from schemas import names
from schemas.exports import MODELFILE, quantizations, taking
from schemas.orders import BasePin, PublishOrder
from schemas.results import Quantized

BESIDE = "adapter"  # the folder of an adapter that lies beside a whole model
CARDS = "README.md"  # the libraries' own, below the top: forms that nobody filled in


class Contents(NamedTuple):
    """What a repository holds. `adapter` is the folder that it lies in: empty for the top, None for none.

    `sees`: the model takes images beside text.
    """

    whole: bool
    adapter: str | None
    gguf: tuple[Quantized, ...]
    sees: bool = False


def gather(order: PublishOrder, on: Cloud, folder: Path) -> Contents:
    """Fetch what is published into a folder, laid out as in the repository. Raises BadInput if it is gone."""
    asked = order.settings.recipe.export
    files = order.gguf.files if order.gguf and order.gguf.folder else ()
    merged = (order.exported.merged if order.exported else None) or order.trained.model
    if files and quantizations(asked) and "merged" not in asked and order.trained.model is None:
        merged = None
    adapter = order.trained.adapter if "adapter" in asked or not (merged or files) else None
    if merged:
        download_folder(on, merged, folder)
    if files:
        _gguf(files, on, folder)
    where = (BESIDE if merged or files else "") if adapter else None
    if adapter and where is not None:
        _portable(download_folder(on, adapter, folder / where), order.base)
    for card in folder.rglob(CARDS):
        card.unlink()
    return Contents(bool(merged), where, files, order.dataset.images or _sees(folder))


def _gguf(files: Sequence[Quantized], on: Cloud, folder: Path) -> None:
    """The files of every request, with the newest one's Modelfile, which then names them all."""
    for prefix in dict.fromkeys(names.folder(file.path) for file in files):
        download_folder(on, prefix, folder)
    beside = folder / MODELFILE
    if beside.is_file():
        there = [PurePosixPath(file.path).name for file in files]
        beside.write_text(taking(beside.read_text(encoding="utf-8"), there), encoding="utf-8")


def _sees(folder: Path) -> bool:
    """Whether the whole model that lies here also takes images, whatever it was trained on."""
    config = folder / "config.json"
    return config.is_file() and "vision_config" in json.loads(config.read_bytes())


def _portable(adapter: Path, base: BasePin) -> None:
    """Name the base as others find it: the trainer may have noted a folder of its own machine."""
    path = adapter / "adapter_config.json"
    if not path.is_file():
        return
    config = json.loads(path.read_bytes())
    on_hub = base.where == "hub"
    config["base_model_name_or_path"] = base.location if on_hub else Path(base.name).name
    config["revision"] = base.revision if on_hub else None
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
