"""Kahneman-Tversky optimisation: learn from single answers that people judged good or bad.

Not a program. How far the model has moved is measured by answers put behind prompts that are not theirs:
within each batch, since rows come in another order every epoch. Batches therefore hold two rows at least; one
that would be left over at an epoch's end has its turn in another.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback
from trl import KTOConfig, KTOTrainer

from gpu_batch import evaluate, inference, model
from gpu_batch.evaluate import Measured
from gpu_batch.methods import sft
from gpu_batch.methods.arguments import after, batches, before, columns, common, tokenizer
from gpu_batch.methods.desk import Desk, Held, Rows, each, those_that_can
from gpu_batch.methods.pairs import answered, asked_as_well
from gpu_batch.text import Labelled, judge
from schemas.errors import BadInput, Fault
from schemas.samples import Sample
from schemas.scores import Score
from schemas.training import TrainingOptions

LEAST: Final = 2  # rows of a batch


class Judged(NamedTuple):
    """Token ids of a prompt and an answer to it, and whether it is a good one."""

    prompt_ids: list[int]
    completion_ids: list[int]
    label: bool

    @property
    def row(self) -> Labelled:
        """Both, the answer labelled."""
        return answered(self.prompt_ids, self.completion_ids)


class Trainer(KTOTrainer):  # type: ignore[misc]
    """TRL's, on rows that are token ids already."""

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        return dataset


class Collator:
    """A batch of judged answers, each also behind the prompt of another."""

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """TRL's own names: `KL_` are the answers behind other prompts."""
        prompts = [row["prompt_ids"] for row in rows]
        answers = [row["completion_ids"] for row in rows]
        return {
            **self._padded("", prompts, answers),
            **self._padded("KL_", prompts, [answers[-1], *answers[:-1]]),
            "label": torch.tensor([row["label"] for row in rows]),
        }

    def _padded(
        self, prefix: str, prompts: Sequence[list[int]], answers: Sequence[list[int]]
    ) -> dict[str, torch.Tensor]:
        both = list(zip(prompts, answers, strict=True))
        width = max(len(prompt) + len(answer) for prompt, answer in both)

        def filled(rows: Sequence[list[int]], fill: int) -> torch.Tensor:
            return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows])

        return {
            f"{prefix}input_ids": filled([[*prompt, *answer] for prompt, answer in both], self._pad_id),
            f"{prefix}attention_mask": filled([[1] * (len(one) + len(other)) for one, other in both], 0),
            f"{prefix}completion_mask": filled([[0] * len(one) + [1] * len(other) for one, other in both], 0),
        }


def load(desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
    """The base."""
    return sft.load(desk, dtype)


def _judged(desk: Desk, sample: Any) -> Judged:
    return Judged(*judge(desk.chat, sample, desk.limit, source=desk.source))


def read(desk: Desk, samples: Sequence[Sample]) -> Rows:
    """Judged answers. Raises BadInput also where all of them are good, or all bad: nothing could be
    compared."""
    rows = each(desk, samples, lambda sample: _judged(desk, sample))
    good = sum(row.label for row in rows)
    if not 0 < good < len(rows):
        finding = (
            f"All {len(rows)} answers are judged {'good' if good else 'bad'}; KTO learns from both kinds."
        )
        step = "Add answers of the other kind." + (" Or drop them as conversations, for sft." if good else "")
        raise BadInput(Fault(place=desk.source, finding=finding, next_step=step))
    if desk.options.batch_size is not None and desk.options.batch_size < LEAST:
        finding = "KTO compares answers within a batch, so a batch of one row says nothing."
        step = "Set training.batch_size: 2 or more, or leave it out."
        raise BadInput(Fault(place="training.batch_size", finding=finding, next_step=step))
    data = Dataset.from_dict(columns(rows, "prompt_ids", "completion_ids", "label"))
    lengths = [2 * len(row.row.input_ids) for row in rows]
    return Rows(data, lengths, len(rows))


def hold(desk: Desk, samples: Sequence[Sample]) -> Held:
    """Judged answers that can be measured; the prompts of the good ones are asked as well."""
    rows, left_out = those_that_can(samples, lambda sample: _judged(desk, sample))
    asked = evaluate.choose(desk.chat, samples, desk.limit, desk.source)[0]
    return Held(asked, left_out, rows)


def measure(desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
    """Loss of the good answers, and how much likelier a token they are than the bad ones."""
    if not held.rows:
        return Measured(None, [])
    now.eval()
    found = inference.likelihoods(now, desk.chat.pad_id, [row.row for row in held.rows])
    good = [one for one, row in zip(found, held.rows, strict=True) if row.label]
    bad = [one for one, row in zip(found, held.rows, strict=True) if not row.label]
    score = Score(rows=len(held.rows), **evaluate.told(good))
    if good and bad:
        margin = sum(one.mean for one in good) / len(good) - sum(one.mean for one in bad) / len(bad)
        score = score.model_copy(update={"margin": margin})
    if not answers:
        return Measured(score, [])
    return asked_as_well(desk, now, held, score)


def weights(options: TrainingOptions, good: int, bad: int) -> tuple[float, float]:
    """How much good and bad answers count. Where nobody says, the rarer count more, so that both sides weigh
    the same (equation 8 of the paper: within 1 and 4/3 of one another)."""
    given = options.kto
    if given.good_weight is not None or given.bad_weight is not None:
        return given.good_weight or 1.0, given.bad_weight or 1.0
    return max(1.0, bad / good), max(1.0, good / bad)


def trainer(
    desk: Desk,
    base: PreTrainedModel,
    rows: Rows,
    lora: LoraConfig | None,
    watchers: Sequence[TrainerCallback],
) -> KTOTrainer:
    """TRL's KTOTrainer on token ids."""
    options = desk.options
    good = sum(rows.data["label"])
    desirable, undesirable = weights(options, good, rows.count - good)
    shared = batches(options, rows, LEAST)
    config = KTOConfig(
        **common(desk, rows, shared),
        dataloader_drop_last=rows.count % shared.size == 1,  # one that is left over would be alone
        loss_type=options.kto.loss,
        beta=options.kto.beta,
        desirable_weight=desirable,
        undesirable_weight=undesirable,
        max_length=None,  # rows that are too long were refused; nothing is to be cut
        disable_dropout=not options.lora_dropout,  # it would switch off the adapter's too
        remove_unused_columns=False,
    )
    remembered = None if lora else sft.load(desk, model.working_dtype(desk.device))
    before(desk, base, lora)
    made = Trainer(
        model=base,
        ref_model=remembered,
        args=config,
        data_collator=Collator(desk.chat.pad_id),
        train_dataset=rows.data,
        processing_class=tokenizer(desk),
        peft_config=lora,
        callbacks=list(watchers),
    )
    # TRL wants the file's order, since it makes its pairs beforehand; ours are made in each batch.
    made.args.train_sampling_strategy = "random"
    return after(desk, made)
