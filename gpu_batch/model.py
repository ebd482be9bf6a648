"""A model in memory and as a folder: on which device, in which precision, with how many threads.

Not a program. It never runs code that comes with a model (`trust_remote_code` stays off) and never downloads.
"""

import logging
import os
import shutil
import warnings
from pathlib import Path
from typing import Any, Final

import datasets
import torch
import transformers
from safetensors import safe_open
from transformers import AutoModelForCausalLM, PreTrainedModel

from schemas.errors import BadInput, Fault

# How safetensors writes the precisions that a whole model can be saved in.
PRECISIONS: Final = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
SMALL: Final = 50_000_000  # parameters; under this, threads would wait for one another more than they work
WRITTEN_BY_THE_MODEL: Final = ("config.json", "README.md")
KEPT_SUFFIXES: Final = (".json", ".jinja", ".model", ".txt")
KEPT_NAMES: Final = ("LICENSE", "NOTICE")


def settle() -> torch.device:
    """Make the libraries quiet and choose the device: a GPU if there is one."""
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    for noisy in ("trl", "peft", "accelerate"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


def threads_for(parameters: int, cores: int) -> int:
    """How many threads a CPU should work with: half of its cores, since others use them too.

    One for a small model or on two cores, where a second thread made the tiny base many times slower.
    """
    return 1 if cores <= 2 or parameters < SMALL else cores // 2


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def working_dtype(device: torch.device) -> torch.dtype:
    """The precision to train and to answer in: bfloat16 on a GPU, float32 on a CPU."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32


def load_model(folder: Path, dtype: torch.dtype, device: torch.device) -> PreTrainedModel:
    """The model of a folder, in evaluation mode; on a CPU, torch's threads are set to suit it.

    Raises BadInput if transformers cannot make it.
    """
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, trust_remote_code=False
        )
    except (ValueError, KeyError, ImportError) as error:
        first = str(error).strip().splitlines()[0]
        finding = f"The base model cannot be loaded: {first}"
        raise BadInput(
            Fault(place=folder.name, finding=finding, next_step="Choose another base_model.")
        ) from error
    if device.type == "cpu":
        torch.set_num_threads(threads_for(model.num_parameters(), cores()))
    placed: PreTrainedModel = model.to(device).eval()
    return placed


def save_whole(trained: Any, base: Path, target: Path) -> Path:
    """Write a complete model folder: weights and config of `trained`, all text files as those of `base`."""
    trained.save_pretrained(target)
    for file in base.iterdir():
        kept = file.suffix in KEPT_SUFFIXES or file.name.startswith(KEPT_NAMES)
        ours = file.name in WRITTEN_BY_THE_MODEL or file.name.endswith(".index.json")
        if file.is_file() and kept and not ours and not file.name.startswith("."):
            shutil.copyfile(file, target / file.name)
    return target


def own_dtype(folder: Path) -> torch.dtype:
    """The precision that most of a model's stored tensors have. Raises BadInput for quantized weights."""
    counts: dict[str, int] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as tensors:
            for key in tensors.keys():  # noqa: SIM118 (not a dictionary: it cannot be iterated)
                name = tensors.get_slice(key).get_dtype()
                counts[name] = counts.get(name, 0) + 1
    most = max(counts, key=lambda name: counts[name])
    if most not in PRECISIONS:
        finding = f"The base model's weights are stored as {most}, in which no trained model can be saved."
        next_step = "Train with LoRA and export: adapter, or choose a base_model that is not quantized."
        raise BadInput(Fault(place=folder.name, finding=finding, next_step=next_step))
    return PRECISIONS[most]


def context_length(model: Any) -> int | None:
    """How many tokens the model can read at once, if its configuration says so."""
    length = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return length if isinstance(length, int) else None
