"""The adapter that is trained beside a base: which layers it changes.

Not a program. The layers are found by walking the language model, not from a list of names, and written as
one pattern: PEFT shortens a list to its last names, which would then match layers of an eye as well.
"""

import re
from collections.abc import Sequence
from typing import Any

from peft import LoraConfig

from gpu_batch.model.tokens import tables
from gpu_batch.model.towers import language_linears
from schemas.orders import BasePin
from schemas.training import TrainingOptions


def lora_config(
    options: TrainingOptions,
    base: Any,
    pin: BasePin,
    added_tokens: Sequence[int] = (),
    task: str = "CAUSAL_LM",
) -> LoraConfig:
    """The adapter: every linear layer of the language model, which is named as the order pins it.

    Embeddings learn only the rows of `added_tokens`, which mean nothing yet; without any they stay as they
    are. `task` is PEFT's name of what the model is for.
    """
    return LoraConfig(
        r=options.lora_rank,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.lora_dropout,
        target_modules=targets(base),
        trainable_token_indices=_rows(base, added_tokens) if added_tokens else None,
        bias="none",
        task_type=task,
        revision=pin.revision if pin.where == "hub" else None,
    )


def targets(base: Any) -> str:
    """A pattern that fits the full names of all linear layers of the language model and no other module."""
    wanted = language_linears(base)
    shapes = sorted({re.sub(r"(?<=\\\.)\d+(?=\\\.)", r"\\d+", re.escape(name)) for name in wanted})
    pattern = "|".join(shapes)
    fitting = {name for name, _ in base.named_modules() if re.fullmatch(pattern, name)}
    if fitting != set(wanted):  # blocks that differ in what one name stands for: spell every layer out
        return "|".join(re.escape(name) for name in wanted)
    return pattern


def _rows(base: Any, tokens: Sequence[int]) -> dict[str, list[int]]:
    """The rows to learn, by the layer's full name."""
    layers = tables(base)
    names = [name for name, module in base.named_modules() if any(module is one for one in layers)]
    return {name: list(tokens) for name in names}
