"""The parts of a model, found by its structure: the language model in it, and what sees or hears beside it.

Not a program. A model of text alone is all language. In one that also sees or hears, the decoder (as
transformers names it) has neighbours: towers and projectors. A neighbour that a text passes through as well
(Gemma 3n looks every token up in one) belongs to the language.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D


def language_name(model: Any) -> str:
    """The dotted name of the language model inside `model`: `model.language_model`, or `model`."""
    decoder = model.get_decoder()
    return next((name for name, module in model.named_modules() if module is decoder), "")


def language_linears(model: Any) -> list[str]:
    """The full names of all linear layers of the language model; the output head is none of them."""
    start = language_name(model)
    inside = model.get_submodule(start) if start else model
    return [
        f"{start}.{name}" if start else name
        for name, module in inside.named_modules()
        if isinstance(module, nn.Linear | Conv1D) and module is not model.get_output_embeddings()
    ]


def senses(model: Any) -> Iterator[tuple[nn.Module, str, nn.Module]]:
    """(parent, name, module) of every part beside the language model that could see or hear."""
    start = language_name(model)
    if "." not in start:
        return
    parent, decoder = model.get_submodule(start.rpartition(".")[0]), model.get_decoder()
    for name, child in parent.named_children():
        if child is not decoder:
            yield parent, name, child


def freeze_senses(model: Any) -> None:
    """No gradients but in the language model and its output head."""
    for _, _, module in senses(model):
        module.requires_grad_(False)


@torch.no_grad()
def drop_senses(model: Any) -> None:
    """Take out of memory what no text passes through. Names of all that stays are as before."""
    found = list(senses(model))
    if not found:
        return
    used: set[str] = set()
    hooks = [
        inner.register_forward_hook(partial(lambda part, *_: used.add(part), name))
        for _, name, module in found
        for inner in module.modules()
    ]
    word = _ordinary_token(model)
    model(input_ids=torch.full((1, 2), word, device=model.device))
    for hook in hooks:
        hook.remove()
    for parent, name, _ in found:
        if name not in used:
            setattr(parent, name, None)
    if model.device.type == "cuda":
        torch.cuda.empty_cache()


def _ordinary_token(model: Any) -> int:
    """A token that stands for no image and no sound."""
    named = model.config.to_dict().items()
    special = {value for key, value in named if key.endswith(("token_id", "token_index"))}
    return next(token for token in range(len(special) + 1) if token not in special)
