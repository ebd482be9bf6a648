"""Weights in 4 bits by bitsandbytes: whether a folder is stored so, and whether this machine can hold them.

Not a program. Nothing here has run on a GPU yet: docs/decisions/0018 says what would be measured.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from gpu_batch.text.files import read_json
from schemas.errors import BadInput, Fault


def stored_in(folder: Path) -> str | None:
    """How a folder's weights are quantized, in words; None where they are not."""
    said = read_json(folder / "config.json", folder.name).get("quantization_config")
    if not isinstance(said, dict):
        return None
    method = said.get("quant_method") or "unknown quantization"
    bits = "4 bits" if said.get("load_in_4bit") else "8 bits" if said.get("load_in_8bit") else None
    return f"{bits} ({method})" if bits else str(method)


def must_be_possible(name: str, stored: str | None, device: torch.device) -> None:
    """Raises BadInput where quantized weights cannot be trained beside: no GPU, or not bitsandbytes' own."""
    if stored and "bitsandbytes" not in stored:
        finding = f"The base model's weights are stored as {stored}, which Jinko does not train with."
        step = "Choose its 16-bit model; training.finetuning: qlora loads that in 4 bits by itself."
        raise BadInput(Fault(place=name, finding=finding, next_step=step))
    if device.type == "cuda" and find_spec("bitsandbytes"):
        return
    lacks = "bitsandbytes is not installed here" if device.type == "cuda" else "this machine has none"
    if stored:
        finding = f"The base model is stored in {stored}, which needs an NVIDIA GPU; {lacks}."
        step = "Choose its 16-bit model, or train on a machine with a GPU."
        raise BadInput(Fault(place=name, finding=finding, next_step=step))
    finding = f"QLoRA holds the base model in 4 bits, which needs an NVIDIA GPU; {lacks}."
    step = "Set training.finetuning: lora, or train on a machine with a GPU."
    raise BadInput(Fault(place="training.finetuning: qlora", finding=finding, next_step=step))


def config() -> Any:
    """How a 16-bit base is loaded in 4 bits: as the QLoRA paper did (NF4, quantized twice, bfloat16)."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
