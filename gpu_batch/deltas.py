"""What an adapter changes of its base: for each parameter, a function of the stored tensor.

Not a program. The sums are PEFT's: a single layer is built under its full name, and merged by it. LoRA in its
kinds, rows of embeddings that were learned or are new, layers that were trained whole.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import torch
from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict
from safetensors.torch import load_file

from gpu_batch import model
from schemas.errors import BadInput, Fault

PREFIX: Final = "base_model.model."  # of every name in an adapter's file
ROWS: Final = ".token_adapter.trainable_tokens_delta"
OTHERWISE: Final = re.compile(
    r"(\.token_adapter)?\.base_layer\.|\.modules_to_save\."
)  # PEFT's, of whole layers
Change = Callable[[torch.Tensor], torch.Tensor]


def changes_of(adapter: Path) -> dict[str, Change]:
    """Parameter of the whole model → what becomes of it."""
    config = LoraConfig.from_pretrained(str(adapter))
    state = load_file(adapter / "adapter_model.safetensors")
    layers: dict[str, dict[str, torch.Tensor]] = {}
    whole: dict[str, torch.Tensor] = {}
    rows: dict[str, torch.Tensor] = {}
    for key, tensor in state.items():
        name = key.removeprefix(PREFIX)
        layer, found, rest = name.partition(".lora_")
        if found:
            layers.setdefault(layer, {})[f"lora_{rest}"] = tensor
        elif name.endswith(ROWS):
            rows[name.removesuffix(ROWS) + ".weight"] = tensor
        else:
            whole[OTHERWISE.sub(".", name)] = tensor
    changes: dict[str, Change] = {
        f"{one}.weight": _added(one, parts, config) for one, parts in layers.items()
    }
    changes |= {name: (lambda _, to=tensor: to) for name, tensor in whole.items()}
    for name, values in rows.items():
        changes[name] = _replaced(_indices(config, name), values, changes.get(name))
    return changes


def _added(layer: str, parts: Mapping[str, torch.Tensor], config: LoraConfig) -> Change:
    """What PEFT makes of this one layer: it is built under its full name, so that patterns fit it."""
    alone = dataclasses.replace(config, trainable_token_indices=None, modules_to_save=None, lora_dropout=0.0)

    def change(weight: torch.Tensor) -> torch.Tensor:
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        linear.weight = torch.nn.Parameter(weight.float(), requires_grad=False)
        root = torch.nn.Module()
        *path, leaf = layer.split(".")
        here = root
        for step in path:
            here.add_module(step, torch.nn.Module())
            here = getattr(here, step)
        here.add_module(leaf, linear)
        inject_adapter_in_model(alone, root)
        set_peft_model_state_dict(root, {f"{layer}.{name}": tensor for name, tensor in parts.items()})
        merged = root.get_submodule(layer)
        merged.merge(safe_merge=True)
        result: torch.Tensor = merged.get_base_layer().weight.data
        return result

    return change


def _replaced(indices: list[int], values: torch.Tensor, before: Change | None) -> Change:
    """The rows that were learned, in their places; rows that are new are put at the end."""

    def change(weight: torch.Tensor) -> torch.Tensor:
        made = (before(weight) if before else weight).float()
        if (more := max(indices) + 1 - made.shape[0]) > 0:
            made = torch.cat([made, made.mean(dim=0, keepdim=True).expand(more, -1)])
        made = made.clone()
        made[indices] = values.float()
        return made

    return change


def _indices(config: LoraConfig, parameter: str) -> list[int]:
    """Which rows of this parameter were learned."""
    given = config.trainable_token_indices
    if isinstance(given, dict):
        layer = parameter.removesuffix(".weight")
        # A head that is the embeddings has no rows of its own named.
        return next(
            (rows for name, rows in given.items() if layer.endswith(name)), next(iter(given.values()))
        )
    return list(given or ())


def tied(folder: Path, names: Mapping[str, str], changes: dict[str, Change]) -> dict[str, Change]:
    """The changes, where the output head is the embeddings: theirs, also for a head that is stored once more.

    Raises BadInput for an adapter that would change the two apart.
    """
    whole = model.structure(folder)
    head, embeddings = whole.get_output_embeddings(), whole.get_input_embeddings()
    if head is None or head.weight is not embeddings.weight:
        return changes
    known = {id(module): f"{name}.weight" for name, module in whole.named_modules()}
    one, other = known[id(embeddings)], known[id(head)]
    if other in changes and one not in changes:
        raise does_not_fit(folder.name, {other})
    kept = {name: change for name, change in changes.items() if name != other}
    return kept | ({other: kept[one]} if one in kept and other in names else {})


def does_not_fit(place: str, names: set[str]) -> BadInput:
    """An adapter that was not made for this base."""
    finding = (
        f"The adapter changes {len(names)} tensors that its base does not have so, {min(names)} for one."
    )
    step = "Use the adapter with its base model, or set export: adapter. The adapter is safe."
    return BadInput(Fault(place=place, finding=finding, next_step=step))
