"""Supervised fine-tuning: learn the answers of conversations, with images where the base sees them.

Not a program. Every answer is learned, or the last of each row (`training.sft.last_answer_only`). Packed,
short rows share one long row: each still sees itself alone, by its own positions (`test_packing` has the
proof).
"""

from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback
from trl import SFTConfig, SFTTrainer, pack_dataset

from gpu_batch import evaluate, inference
from gpu_batch.evaluate import Asked, Measured
from gpu_batch.methods.arguments import after, batches, before, columns, common, tokenizer
from gpu_batch.methods.desk import Desk, Held, Rows, each, those_that_can
from gpu_batch.sight import images_of
from gpu_batch.text import Labelled, label
from schemas.defaults import TOKENS_A_BATCH
from schemas.samples import Conversation, Image, Sample


def load(desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
    """The base; its eyes only where rows have images."""
    sees = desk.order.dataset.images
    base: PreTrainedModel = desk.engine.load(desk.folder, dtype, desk.device, desk.options, sees)
    return base


def read(desk: Desk, samples: Sequence[Sample]) -> Rows:
    """Conversations, labelled."""
    last_only = desk.options.sft.last_answer_only
    rows = each(desk, samples, lambda sample: labelled(desk, sample, last_only=last_only))
    if desk.sight is None:
        return as_rows(desk, rows)
    images = [images_of(sample.messages, sample.images) for sample in samples]
    data = Dataset.from_dict({**columns(rows, "input_ids", "labels"), "row": list(range(len(rows)))})
    lengths = [len(row.input_ids) for row in rows]
    collator = desk.sight.collator(desk.chat.pad_id, images)
    return Rows(data, lengths, len(rows), collator)


def labelled(desk: Desk, sample: Any, **how: Any) -> Labelled:
    """One row, with its images' tokens where it has any."""
    if desk.sight is not None:
        return desk.sight.label(desk.chat, sample, desk.limit, source=desk.source, **how)
    return label(desk.chat, sample, desk.limit, source=desk.source, **how)


def as_rows(desk: Desk, rows: Sequence[Labelled]) -> Rows:
    """Labelled rows as the trainer takes them: packed, if so they shall be."""
    data = Dataset.from_dict(columns(rows, "input_ids", "labels"))
    lengths = [len(row.input_ids) for row in rows]
    if desk.options.packing:
        data = pack_dataset(data, pack_length(desk, max(lengths)), "bfd")
        lengths = [len(ids) for ids in data["input_ids"]]
    return Rows(data, lengths, len(rows))


def pack_length(desk: Desk, longest: int) -> int:
    """Tokens of a pack: as the recipe says, else a batch's worth, or what the base can read if that is
    less."""
    most = desk.options.max_length or min(desk.context or TOKENS_A_BATCH, TOKENS_A_BATCH)
    return max(most, longest)


def hold(desk: Desk, samples: Sequence[Sample]) -> Held:
    """Conversations that can be asked."""
    if desk.sight is None:
        asked, left_out = evaluate.choose(desk.chat, samples, desk.limit, desk.source)
    else:
        asked, left_out = those_that_can(samples, lambda sample: _asked(desk, sample))
    return Held(asked, left_out, [])


def _asked(desk: Desk, sample: Any) -> Asked:
    assert desk.sight is not None
    return Asked(sample, desk.sight.prompt_ids(desk.chat, sample), labelled(desk, sample))


def measure(desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
    """Loss, token accuracy and exact answers."""
    most = desk.order.evaluation.max_new_tokens
    see = seeing(desk, [_images(one.sample) for one in held.asked], now.dtype)
    return evaluate.measure(now, desk.chat, held.asked, most, see, answers)


def seeing(desk: Desk, images: Sequence[Sequence[Image]], dtype: torch.dtype) -> inference.Seeing | None:
    """What rows that show these images are asked with; None where no row shows any."""
    if desk.sight is None:
        return None
    sight = desk.sight
    return lambda ids_BT, which: sight.tensors(ids_BT, [images[one] for one in which], dtype)


def _images(sample: Conversation) -> list[Any]:
    return images_of(sample.messages, sample.images)


def trainer(
    desk: Desk,
    base: PreTrainedModel,
    rows: Rows,
    lora: LoraConfig | None,
    watchers: Sequence[TrainerCallback],
) -> SFTTrainer:
    """TRL's SFTTrainer on rows that are labelled already."""
    config = SFTConfig(
        **common(desk, rows, batches(desk.options, rows)),
        max_length=desk.options.max_length or rows.longest,
        packing=bool(desk.options.packing),
        packing_strategy="bfd",
        dataset_kwargs={"skip_prepare_dataset": True},  # rows come with labels; nothing is to be cut
        remove_unused_columns=rows.collator is None,
        # In pieces, TRL reads the output head's own weight, and would not see rows that learn beside it.
        loss_type="nll" if lora and lora.trainable_token_indices else "chunked_nll",
    )
    base, lora = desk.engine.adapt(base, lora, desk.options)
    before(desk, base, lora)
    made = SFTTrainer(
        model=base,
        args=config,
        data_collator=rows.collator,
        train_dataset=rows.data,
        processing_class=tokenizer(desk),
        peft_config=lora,
        callbacks=list(watchers),
    )
    return after(desk, made)
