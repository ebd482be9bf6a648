"""Continued pretraining: go on learning from texts, every token of them.

Not a program. A text longer than the base reads at once, or than `training.max_length`, is split; nothing of
it is left out. Short ones are packed unless `training.packing` is false; none sees another.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback

from gpu_batch import evaluate, inference
from gpu_batch.evaluate import Measured, told
from gpu_batch.methods import sft
from gpu_batch.methods.desk import Desk, Held, Rows, each, those_that_can
from gpu_batch.text import NO_LOSS, Labelled, label_text
from schemas.defaults import TOKENS_A_BATCH
from schemas.samples import Sample
from schemas.scores import Score


def load(desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
    """The base."""
    return sft.load(desk, dtype)


def read(desk: Desk, samples: Sequence[Sample]) -> Rows:
    """Texts as rows that fit, packed if so they shall be."""
    texts = each(desk, samples, lambda sample: label_text(desk.chat, sample, source=desk.source))
    rows = [piece for text in texts for piece in pieces(text, _longest(desk))]
    return sft.as_rows(desk, rows)._replace(count=len(texts))


def pieces(text: Labelled, most: int) -> Iterator[Labelled]:
    """A text in pieces of at most so many tokens, in their order. What a piece begins with, nothing
    foretells."""
    for start in range(0, len(text.input_ids), most):
        labels = [NO_LOSS, *text.labels[start + 1 : start + most]]
        if any(one != NO_LOSS for one in labels):
            yield Labelled(text.input_ids[start : start + most], labels, ())


def _longest(desk: Desk) -> int:
    return desk.limit or TOKENS_A_BATCH


def hold(desk: Desk, samples: Sequence[Sample]) -> Held:
    """Held-out texts, in pieces of the same length."""
    texts, left_out = those_that_can(
        samples, lambda sample: label_text(desk.chat, sample, source=desk.source)
    )
    return Held([], left_out, [list(pieces(text, _longest(desk))) for text in texts])


def measure(desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
    """Loss and token accuracy on texts that were never trained on."""
    if not held.rows:
        return Measured(None, [])
    now.eval()
    rows = [piece for text in held.rows for piece in text]
    found = told(inference.likelihoods(now, desk.chat.pad_id, rows))
    general = evaluate.general_loss(now, desk.chat) if answers else None
    return Measured(Score(rows=len(held.rows), general_loss=general, **found), [])


def trainer(
    desk: Desk,
    base: PreTrainedModel,
    rows: Rows,
    lora: LoraConfig | None,
    watchers: Sequence[TrainerCallback],
) -> Any:
    """TRL's SFTTrainer: the loss is the same."""
    return sft.trainer(desk, base, rows, lora, watchers)
