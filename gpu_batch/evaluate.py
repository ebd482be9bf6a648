"""How well a model answers held-out rows: how likely the wanted answers are to it, and its own answers.

    asked, left_out = choose(chat, samples, limit=512, source="poems.csv")
    measured = measure(model, chat, asked, max_new_tokens=64)

The last answer of each row is measured, after everything that stands before it. Answers are greedy, so the
same model always gives the same. No judge: what graders give is `methods.grpo`'s. Which rows are asked, and
how two models' answers compare, is in `asked.py`, which needs no torch.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gpu_batch.asked import (
    Asked,
    askable,
    choose,
    compare,
    everyday,
    is_right,
    of_the_last_answer,
    side_by_side,
    wording,
)
from gpu_batch.inference import Likelihood, Seeing, answer, likelihoods
from gpu_batch.text import NO_LOSS, ChatText, Labelled
from schemas.scores import Score

__all__ = [
    "Asked",
    "Measured",
    "answer",
    "askable",
    "choose",
    "compare",
    "general_loss",
    "is_right",
    "measure",
    "side_by_side",
    "told",
]


class Measured(NamedTuple):
    """A model's score on the rows, its answer to each, in their order, and whether each is right."""

    score: Score | None
    answers: list[str]
    right: list[bool] = []  # noqa: RUF012 (never changed)


# ---------------------------------------------------------------- what is measured


def measure(
    model: Any,
    chat: ChatText,
    asked: Sequence[Asked],
    max_new_tokens: int,
    see: Seeing | None = None,
    answers: bool = True,
) -> Measured:
    """Score and answers of a model as it is now. No rows: no score. Leaves the model in evaluation mode.

    Without `answers` none are generated, which is quick, and exact_match is absent.
    """
    if not asked:
        return Measured(None, [])
    model.eval()
    rows = [one.row for one in asked if one.row is not None]
    found = likelihoods(model, chat.pad_id, [of_the_last_answer(row) for row in rows], see)
    score = Score(rows=len(asked), **told(found))
    if not answers:
        return Measured(score, [])
    given = answer(model, chat, [one.prompt for one in asked], max_new_tokens, see)
    right = [is_right(chat, one.sample, text) for one, text in zip(asked, given, strict=True)]
    update = {
        "exact_match": sum(right) / len(right),
        "chrf": wording(asked, given),
        "general_loss": general_loss(model, chat),
    }
    return Measured(score.model_copy(update=update), given, right)


def general_loss(model: Any, chat: ChatText) -> float:
    """Nats per token of a fixed text of everyday prose: what a model that forgets becomes worse at.

    It comes with the project and is the same for every model; only one model's own figures compare.
    """
    start = [] if chat.bos_id is None else [chat.bos_id]
    passages = [start + chat.encode(text)[0] for text in everyday()]
    rows = [Labelled(ids, [NO_LOSS, *ids[1:]], ()) for ids in passages]
    found = likelihoods(model, chat.pad_id, rows)
    return -sum(one.logp for one in found) / sum(one.tokens for one in found)


def told(found: Sequence[Likelihood]) -> dict[str, float]:
    """Mean loss in nats, and share of first choices that are right, over all tokens; nothing of no rows."""
    tokens = sum(one.tokens for one in found)
    if not tokens:
        return {}
    return {
        "loss": -sum(one.logp for one in found) / tokens,
        "token_accuracy": sum(one.right for one in found) / tokens,
    }
