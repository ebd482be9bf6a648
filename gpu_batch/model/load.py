"""A model's folder, brought into memory: any family that transformers knows, whole or as its language alone.

    base = load_model(folder, torch.bfloat16, device, sees=False)

Not a program. It never runs code that comes with a model (`trust_remote_code` stays off), never downloads,
and names what it loads as the whole checkpoint does, so that an adapter fits beside the base anywhere.
"""

from pathlib import Path
from typing import Any, Final

import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedModel
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

from gpu_batch.model import four_bit
from gpu_batch.model.absent import cannot_load
from gpu_batch.model.machine import cores, threads_for
from gpu_batch.model.towers import drop_senses
from schemas.errors import BadInput, Fault

# How safetensors writes the precisions that a whole model can be saved in.
PRECISIONS: Final = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def load_model(
    folder: Path, dtype: torch.dtype, device: torch.device, sees: bool = False, four_bits: bool = False
) -> PreTrainedModel:
    """The model of a folder, in evaluation mode; on a CPU, torch's threads are set to suit it.

    Unless it `sees`, parts that see or hear are dropped from memory. `four_bits` loads a 16-bit model in
    4 bits (QLoRA); a folder that is stored in 4 bits is loaded as it is. Raises BadInput if transformers
    cannot make it, and for 4 bits without a GPU.
    """
    stored = four_bit.stored_in(folder)
    if stored or four_bits:
        four_bit.must_be_possible(folder.name, stored, device)
    quantized = {"quantization_config": four_bit.config()} if four_bits and not stored else {}
    where = {"device_map": {"": device}} if stored or four_bits else {}
    try:
        model = _maker(folder).from_pretrained(
            folder, dtype=dtype, local_files_only=True, trust_remote_code=False, **quantized, **where
        )
    except (ValueError, KeyError, ImportError) as error:
        raise cannot_load(folder.name, "The base model", error) from error
    if device.type == "cpu":
        torch.set_num_threads(threads_for(model.num_parameters(), cores()))
    placed: PreTrainedModel = (model if where else model.to(device)).eval()
    if not sees:
        drop_senses(placed)
    return placed


def structure(folder: Path) -> Any:
    """The whole model of a folder without any weights (on torch's meta device): names, shapes, classes."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    with torch.device("meta"):
        return _maker(folder).from_config(config)


def stored_names(folder: Path) -> dict[str, str | None]:
    """Stored tensor → its parameter in the whole model; None where transformers fuses or splits it.

    A checkpoint may be written in older names than the model has in memory (`language_model.model.layers.0`
    for `model.language_model.layers.0`); this is transformers' own table of them.
    """
    model = structure(folder)
    table = get_model_conversion_mapping(model)
    renamings = [one for one in table if isinstance(one, WeightRenaming)]
    converters = [one for one in table if isinstance(one, WeightConverter)]
    there = model.state_dict()
    names: dict[str, str | None] = {}
    for key in _stored(folder):
        name, fused = rename_source_key(key, renamings, converters, model.base_model_prefix, there)
        names[key] = name if fused is None and name in there else None
    return names


def own_dtype(folder: Path) -> torch.dtype:
    """The precision that most of a model's stored tensors have. Raises BadInput for quantized weights."""
    counts: dict[str, int] = {}
    for name in _stored(folder).values():
        counts[name] = counts.get(name, 0) + 1
    most = max(counts, key=lambda name: counts[name])
    if most not in PRECISIONS or four_bit.stored_in(folder):
        said = four_bit.stored_in(folder) or most
        finding = f"The base model's weights are stored as {said}, in which no trained model can be saved."
        next_step = "Train with LoRA and export: adapter, or choose a base_model that is not quantized."
        raise BadInput(Fault(place=folder.name, finding=finding, next_step=next_step))
    return PRECISIONS[most]


def context_length(model: Any) -> int | None:
    """How many tokens the model can read at once, if its configuration says so."""
    length = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return length if isinstance(length, int) else None


def _maker(folder: Path) -> Any:
    """Who makes a model of this folder: some that see are unknown to transformers' makers of text models."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    sees = type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    return AutoModelForImageTextToText if sees else AutoModelForCausalLM


def _stored(folder: Path) -> dict[str, str]:
    """The stored tensors, each with its precision as safetensors writes it."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as tensors:
            for key in tensors.keys():  # noqa: SIM118 (not a dictionary: it cannot be iterated)
                found[key] = tensors.get_slice(key).get_dtype()
    return found
