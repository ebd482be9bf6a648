"""An adapter added into the weights of its base, tensor by tensor: memory holds one tensor and the adapter.

    merge(base_folder, adapter_folder, target)

The result is the base's own files with other numbers in them: the same shards, names, precisions and
settings, so whatever opens the base opens it. The sums are PEFT's (one layer at a time is built and merged
by it), done in float32 and rounded once. Where transformers fuses stored tensors into one parameter that the
adapter changes, the model is merged in memory instead. Not a program.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from peft import PeftModel
from safetensors import safe_open

from gpu_batch import model
from gpu_batch.deltas import Change, changes_of, does_not_fit, tied
from gpu_batch.model.keep import KEPT_NAMES, KEPT_SUFFIXES

CPU: Final = torch.device("cpu")


def merge(folder: Path, adapter: Path, target: Path) -> Path:
    """Write the merged model into `target`, an empty folder or none.

    Raises BadInput for a base with quantized weights, and for an adapter that does not fit its base.
    """
    dtype = model.own_dtype(folder)  # refuses quantized weights
    stored = model.stored_names(folder)
    names = {name: key for key, name in stored.items() if name is not None}
    changes = tied(folder, names, changes_of(adapter))
    if missing := changes.keys() - names.keys():
        if None not in stored.values():
            raise does_not_fit(folder.name, missing)
        return _in_memory(folder, adapter, target, dtype)
    target.mkdir(parents=True, exist_ok=True)
    _copy_others(folder, target)
    rows: dict[str, int] = {}
    by_key = {names[name]: (name, change) for name, change in changes.items()}
    for shard in shards(folder):
        for name, length in _write_shard(shard, target / shard.name, by_key):
            rows[name] = length
    _patch_vocabulary(folder, target, rows)
    return target


def shards(folder: Path) -> list[Path]:
    """The files that hold a model's weights; copies of them under other names do not count."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        weight_map = json.loads(index.read_bytes())["weight_map"]
        return [folder / name for name in sorted(set(weight_map.values()))]
    single = folder / "model.safetensors"
    return [single] if single.is_file() else sorted(folder.glob("*.safetensors"))


# ---------------------------------------------------------------- tensor by tensor


def _write_shard(
    source: Path, target: Path, changes: Mapping[str, tuple[str, Change]]
) -> Iterator[tuple[str, int]]:
    """Write one shard anew; yields each changed parameter with its number of rows.

    A safetensors file is a length, a header in JSON, and the tensors one after the other.
    """
    with source.open("rb") as read, safe_open(source, framework="pt") as tensors:
        length = int.from_bytes(read.read(8), "little")
        header = json.loads(read.read(length))
        kept = {"__metadata__": header.pop("__metadata__", {"format": "pt"})}
        order = sorted(header, key=lambda key: header[key]["data_offsets"][0])
        made: dict[str, Any] = {}
        offset = 0
        resized: dict[str, torch.Tensor] = {}
        for key in order:
            shape, (start, end) = header[key]["shape"], header[key]["data_offsets"]
            if key in changes and _may_grow(key):
                resized[key] = _changed(tensors, key, changes[key][1])
                shape, end = list(resized[key].shape), start + resized[key].nbytes
            made[key] = {"dtype": header[key]["dtype"], "shape": shape}
            made[key]["data_offsets"] = [offset, offset := offset + end - start]
        data = json.dumps({**kept, **made}, separators=(",", ":")).encode()
        data += b" " * (-len(data) % 8)
        with target.open("wb") as file:
            file.write(len(data).to_bytes(8, "little") + data)
            for key in order:
                start, end = header[key]["data_offsets"]
                if key in changes:
                    tensor = resized.pop(key) if key in resized else _changed(tensors, key, changes[key][1])
                    file.write(tensor.contiguous().view(torch.uint8).numpy().data)
                    yield changes[key][0], tensor.shape[0]
                else:
                    read.seek(8 + length + start)
                    _copy(read, file, end - start)


def _may_grow(key: str) -> bool:
    return "embed" in key or "lm_head" in key


def _changed(tensors: Any, key: str, change: Change) -> torch.Tensor:
    """In its own precision again. Raises BadInput where the adapter has another shape."""
    own: torch.Tensor = tensors.get_tensor(key)
    try:
        return change(own).to(own.dtype)
    except RuntimeError as error:
        raise does_not_fit(key, {key}) from error


def _copy(read: Any, file: Any, size: int, at_once: int = 16 << 20) -> None:
    while size > 0:
        chunk = read.read(min(size, at_once))
        file.write(chunk)
        size -= len(chunk)


def _copy_others(folder: Path, target: Path) -> None:
    """Everything that belongs to the model beside its weights: settings, tokenizer, licence."""
    for file in folder.iterdir():
        belongs = file.suffix in KEPT_SUFFIXES or file.name.startswith(KEPT_NAMES)
        if file.is_file() and belongs and not file.name.startswith(".") and file.name != "README.md":
            shutil.copyfile(file, target / file.name)


def _patch_vocabulary(folder: Path, target: Path, rows: Mapping[str, int]) -> None:
    """Where the embeddings have more rows now, the settings say so."""
    config = json.loads((folder / "config.json").read_bytes())
    text = config["text_config"] if "vocab_size" in config.get("text_config", {}) else config
    size = next((length for name, length in rows.items() if "embed_tokens" in name), None)
    if size is not None and size != text.get("vocab_size"):
        text["vocab_size"] = size
        (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _in_memory(folder: Path, adapter: Path, target: Path, dtype: torch.dtype) -> Path:
    both = PeftModel.from_pretrained(model.load_model(folder, torch.float32, CPU, sees=True), adapter)
    return model.save_whole(both.merge_and_unload(safe_merge=True).to(dtype), folder, target)
