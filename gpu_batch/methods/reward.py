"""A reward model: one number for an answer, higher where people would prefer it.

Not a program. The base gets a head with one output instead of its words; it scores the last token of a
conversation. What is kept is loaded by transformers' AutoModelForSequenceClassification.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForSequenceClassification, PreTrainedModel, TrainerCallback, set_seed
from trl import RewardConfig, RewardTrainer

from gpu_batch import model
from gpu_batch.evaluate import Measured
from gpu_batch.methods import pairs
from gpu_batch.methods.arguments import after, batches, before, columns, common, tokenizer
from gpu_batch.methods.desk import Desk, Held, Rows, each, those_that_can
from gpu_batch.text import TEXT_FILES, label
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Message, Sample
from schemas.scores import Score

ROWS_AT_A_TIME: Final = 16


def load(desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
    """The base with a new head, whose first values follow from the seed."""
    if desk.options.finetuning == "qlora":
        finding = "A reward model is not trained in 4 bits: its new head would be squeezed before it learned."
        step = "Set training.finetuning: lora."
        raise BadInput(Fault(place="training.finetuning", finding=finding, next_step=step))
    set_seed(desk.options.seed)
    try:
        made = AutoModelForSequenceClassification.from_pretrained(
            desk.folder, num_labels=1, dtype=dtype, local_files_only=True, trust_remote_code=False
        )
    except (ValueError, KeyError, ImportError) as error:
        finding = f"The base model cannot be made a reward model: {str(error).strip().splitlines()[0]}"
        step = "Choose another base_model."
        raise BadInput(Fault(place=desk.order.base.name, finding=finding, next_step=step)) from error
    made.config.get_text_config().pad_token_id = desk.chat.pad_id  # by it, the last token is found
    if desk.device.type == "cpu":
        torch.set_num_threads(model.threads_for(made.num_parameters(), model.cores()))
    placed: PreTrainedModel = made.to(desk.device).eval()
    return placed


def save(trained: Any, base: Path, target: Path) -> None:
    """Write a complete folder of a reward model: its weights and config, the text files of the base."""
    trained.save_pretrained(target)
    for name in TEXT_FILES:
        if (base / name).is_file() and name not in ("config.json", "generation_config.json"):
            shutil.copyfile(base / name, target / name)


class Pair(NamedTuple):
    """Token ids of a conversation that ends in the better answer, and of the one that ends in the worse."""

    chosen_ids: list[int]
    rejected_ids: list[int]


def pair(desk: Desk, sample: Any) -> Pair:
    """One row, both conversations as the chat template writes them, to the last token, which is scored.

    Raises BadInput as `pairs.pair` does.
    """
    pairs.pair(desk, sample)

    def whole(answer: Sequence[Message]) -> list[int]:
        row = Conversation(messages=(*sample.prompt, *answer), line=sample.line, tools=sample.tools)
        return label(desk.chat, row, desk.limit, source=desk.source, last_only=True).input_ids

    return Pair(whole(sample.chosen), whole(sample.rejected))


def read(desk: Desk, samples: Sequence[Sample]) -> Rows:
    """Pairs of conversations."""
    found = each(desk, samples, lambda sample: pair(desk, sample))
    data = Dataset.from_dict(columns(found, "chosen_ids", "rejected_ids"))
    return Rows(data, [2 * max(len(one.chosen_ids), len(one.rejected_ids)) for one in found], len(found))


def hold(desk: Desk, samples: Sequence[Sample]) -> Held:
    """Pairs that can be scored. Nothing is asked: a reward model gives no answers."""
    found, left_out = those_that_can(samples, lambda sample: pair(desk, sample))
    return Held([], left_out, found)


def measure(desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
    """Share of pairs whose better answer scores higher, by how much, and the loss that is trained."""
    if not held.rows:
        return Measured(None, [])
    now.eval()
    better = scores(now, desk.chat.pad_id, [one.chosen_ids for one in held.rows])
    worse = scores(now, desk.chat.pad_id, [one.rejected_ids for one in held.rows])
    margins = [one - other for one, other in zip(better, worse, strict=True)]
    loss = -torch.nn.functional.logsigmoid(torch.tensor(margins)).mean().item()
    return Measured(Score(rows=len(margins), loss=loss, **pairs.preferred(margins)), [])


@torch.no_grad()
def scores(now: Any, pad_id: int, rows: Sequence[list[int]]) -> list[float]:
    """The score of each row of token ids."""
    found: list[float] = []
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        batch = rows[start : start + ROWS_AT_A_TIME]
        width = max(map(len, batch))
        ids_BT = torch.tensor([[*row, *[pad_id] * (width - len(row))] for row in batch], device=now.device)
        mask = [[1] * len(row) + [0] * (width - len(row)) for row in batch]
        mask_BT = torch.tensor(mask, device=now.device)
        found += now(input_ids=ids_BT, attention_mask=mask_BT).logits.squeeze(-1).float().tolist()
    return found


def trainer(
    desk: Desk,
    base: PreTrainedModel,
    rows: Rows,
    lora: LoraConfig | None,
    watchers: Sequence[TrainerCallback],
) -> RewardTrainer:
    """TRL's RewardTrainer on token ids."""
    options = desk.options
    config = RewardConfig(
        **common(desk, rows, batches(options, rows)),
        max_length=None,  # it would leave out longer rows without a word
        center_rewards_coefficient=options.reward.centre or None,
        disable_dropout=not options.lora_dropout,  # it would switch off the adapter's too
    )
    before(desk, base, lora)  # the new head is learned whole: PEFT's SEQ_CLS sees to it
    made = RewardTrainer(
        model=base,
        args=config,
        train_dataset=rows.data,
        processing_class=tokenizer(desk),
        peft_config=lora,
        callbacks=list(watchers),
    )
    return after(desk, made)
