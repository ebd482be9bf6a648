"""A method's trainer on the tiny base, made and not started, for tests that look into it. No tests here."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from gpu_batch import methods, model
from gpu_batch.methods import Desk
from gpu_batch.text import ChatText
from schemas.defaults import Known, filled
from schemas.layers import Resolved
from schemas.orders import Counts, Dataset, TrainOrder
from schemas.recipe import Recipe
from schemas.samples import Kind, Sample
from schemas.sources import Source
from tests.gpu_batch.methods.rows import feedback, preferences, prompts, texts
from tests.gpu_batch.papers import RUN, TINY, tickets, tiny_pin

EXACT = {"graders": [{"grader": "length", "most": 4}]}
KINDS: dict[str, Kind] = {
    "sft": "conversation",
    "pretrain": "text",
    "dpo": "preference",
    "orpo": "preference",
    "reward": "preference",
    "kto": "feedback",
    "grpo": "prompts",
}


def some(kind: Kind, count: int = 24, first: int = 0) -> list[Any]:
    """Rows of a kind."""
    if kind == "prompts":
        return prompts([(row.prompt[0].content, row.answer) for row in tickets(first, first + count)])
    make = {"conversation": tickets, "text": texts, "preference": preferences, "feedback": feedback}[kind]
    return list(make(first, first + count))


def desk(scratch: Path, rows: int, **training: Any) -> Desk:
    """Where a training of the tiny base works, without an outbox."""
    kind = KINDS[training["method"]]
    if training["method"] == "grpo":
        training = EXACT | training
    recipe = Recipe.model_validate({"training": training})
    dataset = Dataset(
        id="d",
        source="rows.jsonl",
        made_of=Source(name="rows.jsonl"),
        kind=kind,
        why="",
        columns={},
        attempt="1",
        counts=Counts(train=rows),
        train=(),
        test=(),
        card="",
        page="",
    )
    order = TrainOrder(
        run_id=RUN,
        base=tiny_pin(),
        dataset=dataset,
        evaluation=recipe.evaluation,
        drop_name="rows.jsonl",
        settings=Resolved(recipe=recipe, sources={}),
    )
    options = filled(recipe.training, Known(kind, rows))
    chat = ChatText.from_folder(TINY, "tiny-gemma3")
    limit = min(options.max_length or 512, 512)
    nobody: Any = None
    return Desk(order, options, nobody, scratch, nobody, model.settle(), TINY, chat, limit, 512)


def made(scratch: Path, samples: Sequence[Sample] | None = None, **training: Any) -> SimpleNamespace:
    """The desk, the rows as the method read them, and TRL's trainer."""
    rows = some(KINDS[training["method"]]) if samples is None else samples
    at = desk(scratch, len(rows), **training)
    method = methods.of(training["method"])
    base = method.load(at, torch.float32)
    read = method.read(at, rows)
    lora = None
    if at.options.finetuning != "full":
        task = "SEQ_CLS" if training["method"] == "reward" else "CAUSAL_LM"
        lora = model.lora_config(at.options, base, at.order.base, (), task)
    return SimpleNamespace(
        desk=at, method=method, base=base, rows=read, trainer=method.trainer(at, base, read, lora, [])
    )
