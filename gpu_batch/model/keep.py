"""A trained model as a complete folder that plain transformers loads.

Not a program. What was left out of memory while only texts were learned is put back from the base.
"""

import shutil
from pathlib import Path
from typing import Any, Final

import torch

from gpu_batch.model.load import load_model, structure

WRITTEN_BY_THE_MODEL: Final = ("config.json", "README.md")
KEPT_SUFFIXES: Final = (".json", ".jinja", ".model", ".txt")
KEPT_NAMES: Final = ("LICENSE", "NOTICE")


def save_whole(trained: Any, base: Path, target: Path) -> Path:
    """Write a complete model folder: weights and config of `trained`, all text files as those of `base`."""
    _with_senses(trained, base).save_pretrained(target)
    for file in base.iterdir():
        kept = file.suffix in KEPT_SUFFIXES or file.name.startswith(KEPT_NAMES)
        ours = file.name in WRITTEN_BY_THE_MODEL or file.name.endswith(".index.json")
        if file.is_file() and kept and not ours and not file.name.startswith("."):
            shutil.copyfile(file, target / file.name)
    return target


def _with_senses(trained: Any, base: Path) -> Any:
    """The model itself, or, where parts of it were dropped, the base with all that was trained put in."""
    held = trained.state_dict()
    if structure(base).state_dict().keys() <= held.keys():
        return trained
    whole = load_model(base, trained.dtype, torch.device("cpu"), sees=True)
    rows = trained.get_input_embeddings().weight.shape[0]
    if whole.get_input_embeddings().weight.shape[0] != rows:
        whole.resize_token_embeddings(rows)
    whole.load_state_dict(held, strict=False)
    return whole
