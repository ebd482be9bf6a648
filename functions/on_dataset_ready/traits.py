"""What a base's config.json says of it: whether it sees, how its weights are stored, and in how many bits.

Some makers store a model in 4 bits beside the model itself (`…-bnb-4bit`). An adapter can be trained beside
such weights, and is merged into the model itself: its 16-bit sibling, found by its name and looked at.
"""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra import hub
from schemas.errors import BadInput

# Bits of one weight as a model's own configuration names them; what it does not say is taken for bfloat16.
BITS: Final = {"float64": 64, "float32": 32, "float16": 16, "bfloat16": 16}
BESIDE: Final = re.compile(r"(?P<whole>.+?)(-unsloth)?-bnb-4bit", re.IGNORECASE)
SHAPE: Final = ("model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")

Config = Mapping[str, Any]


def config_of(folder: Path) -> Config:
    """The model's config.json; empty where it cannot be read."""
    try:
        read = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def sees(config: Config) -> bool:
    """Whether the model has an eye."""
    return isinstance(config.get("vision_config"), dict)


def architecture(config: Config) -> str | None:
    """The class of model that its makers saved; None where they do not say."""
    said = config.get("architectures")
    return str(said[0]) if isinstance(said, list) and said else None


def quantized(config: Config) -> str | None:
    """How the weights are stored, in words; None for whole ones."""
    said = config.get("quantization_config")
    if not isinstance(said, dict):
        return None
    method = str(said.get("quant_method") or "unknown quantization")
    return f"4 bits ({method})" if said.get("load_in_4bit") else method


def weight_bits(config: Config) -> int:
    """Bits of one weight: by `dtype` (once `torch_dtype`), or by what its text part says."""
    if "4 bits" in (quantized(config) or ""):
        return 4
    parts: list[Any] = [config, config.get("text_config")]
    said = [part.get(key) for part in parts if isinstance(part, dict) for key in ("dtype", "torch_dtype")]
    return next((BITS[one] for one in said if isinstance(one, str) and one in BITS), BITS["bfloat16"])


def whole_name(repository: str) -> str | None:
    """The name that the 16-bit model of a quantized one should have; None where its name follows no rule."""
    found = BESIDE.fullmatch(repository)
    return found["whole"] if found else None


def find_whole(repository: str, config: Config) -> tuple[str, dict[str, int], Config] | None:
    """`repository@commit` of the 16-bit sibling, its files with their bytes, and its config; None if there
    is none of that name, or it is another model. Raises Unavailable if the Hub does not answer."""
    name = whole_name(repository)
    if name is None:
        return None
    try:
        commit = hub.commit_of(name)
        with tempfile.TemporaryDirectory(prefix="jinko-") as scratch:
            files = hub.fetch_files(name, commit, ("config.json",), Path(scratch))
            other = config_of(Path(scratch))
    except BadInput:  # missing, private or gated: as good as not there
        return None
    if quantized(other) or _shape(other) != _shape(config):
        return None
    return f"{name}@{commit}", files, other


def _shape(config: Config) -> list[Any]:
    text = config.get("text_config")
    inner = text if isinstance(text, dict) else config
    return [config.get("model_type"), *(inner.get(key) for key in SHAPE)]
