"""Odds ratio preference optimisation: learn the better answer and that it is better, in one.

Not a program. TRL calls its trainer experimental; what is ours around it is `Trainer` below, and
`tests/gpu_batch/methods` holds it to the loss of the paper. TRL's own learns the prompts as well; here only
answers are learned.
"""

from collections.abc import Sequence
from typing import Any

import torch
from peft import LoraConfig
from torch.nn import functional
from transformers import PreTrainedModel, TrainerCallback
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

from gpu_batch.evaluate import Measured
from gpu_batch.methods import pairs, sft
from gpu_batch.methods.arguments import after, batches, before, common, tokenizer
from gpu_batch.methods.desk import Desk, Held, Rows
from gpu_batch.text import NO_LOSS
from schemas.samples import Sample


class Trainer(ORPOTrainer):  # type: ignore[misc]
    """TRL's, on rows that are token ids already, and without a loss on the prompt."""

    def tokenize_row(self, feature: Any, model: Any = None) -> dict[str, Any]:
        """The columns that TRL makes of texts, made of token ids."""
        made: dict[str, Any] = {}
        for name in ("chosen", "rejected"):
            row = pairs.answered(feature["prompt_ids"], feature[f"{name}_ids"])
            made[f"{name}_input_ids"] = row.input_ids
            made[f"{name}_attention_mask"] = [1] * len(row.input_ids)
            made[f"{name}_labels"] = row.labels
        return made

    def concatenated_forward(self, model: Any, batch: dict[str, Any]) -> tuple[Any, ...]:
        """TRL's, but that the better answer's loss is of the answer alone."""
        chosen, rejected, chosen_logits_BTV, rejected_logits_BTV, _, *rest = super().concatenated_forward(
            model, batch
        )
        labels_BT = batch["chosen_labels"][:, 1:]  # each position tells the next token
        logits_BTV = chosen_logits_BTV[:, : labels_BT.shape[1]]
        loss = functional.cross_entropy(
            logits_BTV.flatten(0, 1), labels_BT.flatten().to(logits_BTV.device), ignore_index=NO_LOSS
        )
        return (chosen, rejected, chosen_logits_BTV, rejected_logits_BTV, loss, *rest)


def load(desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
    """The base."""
    return sft.load(desk, dtype)


def read(desk: Desk, samples: Sequence[Sample]) -> Rows:
    """Pairs of answers."""
    return pairs.read(desk, samples)[1]


def hold(desk: Desk, samples: Sequence[Sample]) -> Held:
    """Pairs that can be measured."""
    return pairs.hold(desk, samples)


def measure(desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
    """Margins between better and worse answers."""
    return pairs.measure(desk, now, held, answers)


def trainer(
    desk: Desk,
    base: PreTrainedModel,
    rows: Rows,
    lora: LoraConfig | None,
    watchers: Sequence[TrainerCallback],
) -> ORPOTrainer:
    """TRL's ORPOTrainer on token ids."""
    options = desk.options
    config = ORPOConfig(
        **common(desk, rows, batches(options, rows)),
        beta=options.orpo.beta,
        max_length=rows.longest,  # no row is longer: nothing is cut
        disable_dropout=not options.lora_dropout,  # it would switch off the adapter's too
        remove_unused_columns=False,
    )
    before(desk, base, lora)
    made = Trainer(
        model=base,
        args=config,
        train_dataset=rows.data,
        processing_class=tokenizer(desk),
        peft_config=lora,
        callbacks=list(watchers),
    )
    return after(desk, made)
