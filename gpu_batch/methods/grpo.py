"""Group relative policy optimisation: the model answers, graders grade, and what graded better becomes
likelier.

Not a program. Graders are options of the recipe (`training.graders`), never code. Each is tried on the
file's own right answers and on sixteen answers of the base before the first step: one that tells nothing
apart is refused.
"""

import json
import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from gpu_batch import evaluate, inference, model
from gpu_batch.evaluate import Measured
from gpu_batch.graders import Answered, Endpoints, rewards, try_out
from gpu_batch.methods import sft
from gpu_batch.methods.arguments import Batches, after, before, common, tokenizer
from gpu_batch.methods.desk import Desk, Held, Rows, each, those_that_can
from gpu_batch.text import ask
from infra import settings
from schemas.defaults import TOKENS_A_BATCH, rows_a_step
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Prompts, Sample
from schemas.scores import Score

TRIED: Final = 16  # prompts that the base answers before the first step
FULL_MARKS: Final = 0.999  # an answer that is graded so is right


class Row(NamedTuple):
    """A prompt as token ids, and what its answers are graded against."""

    prompt: list[int]
    sample: Prompts

    def answered(self, text: str) -> Answered:
        """With an answer, for the graders."""
        return Answered(self.sample.prompt, text, json.loads(self.sample.reference))


class Trainer(GRPOTrainer):  # type: ignore[misc]
    """TRL's, on prompts that are token ids already: it would render them, or begin them twice."""

    def _tokenize_prompts(self, prompts: list[Any]) -> tuple[list[Any], None, dict[str, Any]]:
        return prompts, None, {}


def load(desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
    """The base."""
    return sft.load(desk, dtype)


def _row(desk: Desk, sample: Sample) -> Row:
    """A prompt with room for an answer behind it. Of a conversation, the last answer is the reference."""
    if isinstance(sample, Conversation):
        known = json.dumps({"answer": sample.answer}, ensure_ascii=False)
        sample = Prompts(
            prompt=sample.prompt, reference=known, line=sample.line, source=sample.source, tools=sample.tools
        )
    assert isinstance(sample, Prompts)
    room = None if desk.limit is None else desk.limit - desk.options.grpo.max_new_tokens
    if room is not None and room < 1:
        finding = f"Such an answer leaves no room for a prompt: at most {desk.limit} tokens fit together."
        step = "Lower training.grpo.max_new_tokens."
        raise BadInput(Fault(place="training.grpo.max_new_tokens", finding=finding, next_step=step))
    return Row(ask(desk.chat, sample, room, source=desk.source), sample)


def read(desk: Desk, samples: Sequence[Sample]) -> Rows:
    """Prompts. A row's length is that of one answer, prompt and all."""
    rows = each(desk, samples, lambda sample: _row(desk, sample))
    data = Dataset.from_dict({"prompt": [row.prompt for row in rows], "row": list(range(len(rows)))})
    lengths = [len(row.prompt) + desk.options.grpo.max_new_tokens for row in rows]
    return Rows(data, lengths, len(rows), read=rows)


def hold(desk: Desk, samples: Sequence[Sample]) -> Held:
    """Prompts to be asked before and after."""
    rows, left_out = those_that_can(samples, lambda sample: _row(desk, sample))
    asked, _ = evaluate.choose(desk.chat, [row.sample for row in rows], None, desk.source)
    return Held(asked, left_out, rows)


def measure(desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
    """Mean grade of the model's own greedy answers. They are what is measured, with `answers` or without."""
    if not held.rows:
        return Measured(None, [])
    now.eval()
    most = desk.order.evaluation.max_new_tokens
    given = inference.answer(now, desk.chat, [one.prompt for one in held.asked], most)
    grades = grade(desk, [row.answered(text) for row, text in zip(held.rows, given, strict=True)])
    told = [one for one in grades if one is not None]
    mean = sum(told) / len(told) if told else None
    right = [one is not None and one >= FULL_MARKS for one in grades]
    general = evaluate.general_loss(now, desk.chat) if answers else None
    return Measured(Score(rows=len(held.rows), reward=mean, general_loss=general), given, right)


def grade(desk: Desk, answered: Sequence[Answered]) -> list[float | None]:
    """What the recipe's graders give."""
    return rewards(desk.options.graders, answered, _endpoints(desk))


def _endpoints(desk: Desk) -> Endpoints:
    return Endpoints.of(settings.read())


def tried(desk: Desk, base: PreTrainedModel, rows: Sequence[Row]) -> None:
    """Raises BadInput for graders that say the same of everything: nothing could be learned from them."""
    chosen = rows[:TRIED]
    torch.manual_seed(desk.options.seed)
    given = inference.answer(
        base, desk.chat, [row.prompt for row in chosen], desk.options.grpo.max_new_tokens, **_drawing(desk)
    )
    samples = [row.answered(text) for row, text in zip(chosen, given, strict=True)]
    try_out(desk.options.graders, [row.answered("") for row in rows], samples, _endpoints(desk))


def _drawing(desk: Desk) -> dict[str, Any]:
    options = desk.options.grpo
    return {
        "do_sample": True,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "top_k": options.top_k,
    }


def drawn(desk: Desk, rows: Rows) -> Batches:
    """Answers in memory at once, and how many such batches a step gathers: whole groups, of prompts there
    are.

    TRL would refuse a part of a group, and leave out prompts that fill no step without a word. Raises
    BadInput for what a person set that comes to no whole groups.
    """
    options, group = desk.options, desk.options.grpo.generations
    fitting = max(1, TOKENS_A_BATCH // rows.longest)
    if options.batch_size is not None:
        shared = Batches(options.batch_size, options.gradient_accumulation or 1)
    elif options.gradient_accumulation is not None:
        gathered = options.gradient_accumulation
        unit = group // math.gcd(group, gathered)  # the fewest answers that come to whole groups
        most = min(fitting, rows.count * group // gathered)
        shared = Batches(max(unit, most // unit * unit), gathered)
    else:
        total = group * max(1, min(rows_a_step("grpo", rows.count) // group, rows.count))
        size = next(one for one in range(min(fitting, total), 0, -1) if total % one == 0)
        shared = Batches(size, total // size)
    answers = shared.size * shared.gathered
    if answers % group or answers // group > rows.count:
        finding = (
            f"A step of {shared.size} × {shared.gathered} answers is no whole number of groups of {group}, "
            f"of {rows.count} prompts at most."
        )
        step = f"Set training.batch_size: {group}, or another training.grpo.generations; or leave both out."
        raise BadInput(Fault(place="training.batch_size", finding=finding, next_step=step))
    return shared


def trainer(
    desk: Desk,
    base: PreTrainedModel,
    rows: Rows,
    lora: LoraConfig | None,
    watchers: Sequence[TrainerCallback],
) -> GRPOTrainer:
    """TRL's GRPOTrainer on token ids, after the graders were tried."""
    tried(desk, base, rows.read)
    options = desk.options.grpo

    def reward(completion_ids: Sequence[list[int]], row: Sequence[int], **_: Any) -> list[float | None]:
        texts = [desk.chat.decode(inference.until_stop(ids, desk.chat.stop_ids)) for ids in completion_ids]
        asked = (rows.read[which] for which in row)
        return grade(desk, [one.answered(text) for one, text in zip(asked, texts, strict=True)])

    config = GRPOConfig(
        **common(desk, rows, drawn(desk, rows)),
        num_generations=options.generations,
        max_completion_length=options.max_new_tokens,
        temperature=options.temperature,
        top_p=options.top_p,
        top_k=options.top_k,
        beta=options.beta,
        loss_type=options.loss,
        epsilon=options.epsilon,
        epsilon_high=options.epsilon_high,
        scale_rewards=options.scale_rewards,
        importance_sampling_level=options.ratio,
        num_iterations=options.iterations,
        mask_truncated_completions=options.leave_out_cut,
        # Of the base once more, which remembers what the whole model said before (`beta`).
        model_init_kwargs=None if lora else {"dtype": str(model.working_dtype(desk.device))[len("torch.") :]},
        disable_dropout=not desk.options.lora_dropout,  # it would switch off the adapter's too
        remove_unused_columns=False,
    )
    base.generation_config.eos_token_id = sorted(desk.chat.stop_ids)  # all that end an answer
    before(desk, base, lora)
    made = Trainer(
        model=base,
        reward_funcs=reward,
        args=config,
        train_dataset=rows.data,
        processing_class=tokenizer(desk),
        peft_config=lora,
        callbacks=list(watchers),
    )
    return after(desk, made)
