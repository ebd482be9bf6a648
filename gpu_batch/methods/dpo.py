"""Direct preference optimisation, and the losses that came after it: learn which of two answers is better.

Not a program. What the model said before is remembered by the base itself: an adapter is switched off for it,
and beside full fine-tuning a second copy of the base is kept in memory.
"""

from collections.abc import Sequence
from typing import Any

import torch
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback
from trl import DPOConfig, DPOTrainer

from gpu_batch import model
from gpu_batch.evaluate import Measured
from gpu_batch.methods import pairs, sft
from gpu_batch.methods.arguments import after, batches, before, common, tokenizer
from gpu_batch.methods.desk import Desk, Held, Rows
from schemas.samples import Sample


class Trainer(DPOTrainer):  # type: ignore[misc]
    """TRL's, on rows that are token ids already: it would render and split them once more."""

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        return dataset


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
) -> DPOTrainer:
    """TRL's DPOTrainer on token ids."""
    options = desk.options
    config = DPOConfig(
        **common(desk, rows, batches(options, rows)),
        beta=options.dpo.beta,
        loss_type=list(options.dpo.losses),
        loss_weights=list(options.dpo.loss_weights) or None,
        label_smoothing=options.dpo.label_smoothing,
        remove_unused_columns=rows.collator is None,
        max_length=None,  # rows that are too long were refused; nothing is to be cut
        disable_dropout=not options.lora_dropout,  # it would switch off the adapter's too
    )
    # The working precision is enough to remember in: nothing learns there.
    remembered = None if lora else sft.load(desk, model.working_dtype(desk.device))
    base, lora = desk.engine.adapt(base, lora, options)
    before(desk, base, lora)
    made = Trainer(
        model=base,
        ref_model=remembered,
        args=config,
        data_collator=rows.collator,
        train_dataset=rows.data,
        processing_class=tokenizer(desk),
        peft_config=lora,
        callbacks=list(watchers),
    )
    return after(desk, made)
