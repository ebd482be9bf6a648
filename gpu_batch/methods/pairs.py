"""Pairs of a better and a worse answer to the same prompt: read and measured alike by dpo, orpo and reward.

Not a program. Labels are those of the answers, end token included; TRL gets token ids and draws no borders.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from datasets import Dataset

from gpu_batch import evaluate, inference
from gpu_batch.evaluate import Measured
from gpu_batch.methods import sft
from gpu_batch.methods.arguments import columns
from gpu_batch.methods.desk import Desk, Held, Rows, each, those_that_can
from gpu_batch.sight import images_of
from gpu_batch.text import NO_LOSS, Labelled, prefer
from schemas.samples import Image, Sample
from schemas.scores import Score


class Pair(NamedTuple):
    """Token ids of a prompt and of both answers."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]
    images: Sequence[Image] = ()

    @property
    def better(self) -> Labelled:
        """The prompt with the better answer, which is what is learned."""
        return answered(self.prompt_ids, self.chosen_ids)

    @property
    def worse(self) -> Labelled:
        """The prompt with the worse answer."""
        return answered(self.prompt_ids, self.rejected_ids)


def answered(prompt: list[int], answer: list[int]) -> Labelled:
    """Token ids of a prompt and an answer, labelled: the answer is learned."""
    return Labelled([*prompt, *answer], [NO_LOSS] * len(prompt) + answer, ())


def pair(desk: Desk, sample: Any) -> Pair:
    """One row. Raises BadInput with its place if it cannot be learned from; so where both answers are the
    same."""
    if desk.sight is None:
        return Pair(*prefer(desk.chat, sample, desk.limit, source=desk.source))
    images = images_of(sample.prompt, sample.images)
    return Pair(*desk.sight.prefer(desk.chat, sample, desk.limit, source=desk.source), images)


def read(desk: Desk, samples: Sequence[Sample]) -> tuple[list[Pair], Rows]:
    """All rows, and what every trainer of pairs takes of them."""
    pairs = each(desk, samples, lambda sample: pair(desk, sample))
    data = Dataset.from_dict(columns(pairs, "prompt_ids", "chosen_ids", "rejected_ids"))
    lengths = [2 * max(len(one.better.input_ids), len(one.worse.input_ids)) for one in pairs]
    made = Rows(data, lengths, len(pairs))
    if desk.sight is not None:
        numbered = data.add_column("row", list(range(len(pairs))))
        collator = desk.sight.pair_collator(desk.chat.pad_id, [one.images for one in pairs])
        made = made._replace(data=numbered, collator=collator)
    return pairs, made


def hold(desk: Desk, samples: Sequence[Sample], asks: bool = True) -> Held:
    """The held-out pairs; their prompts are asked as well, for people to read the answers."""
    pairs, left_out = those_that_can(samples, lambda sample: pair(desk, sample))
    questions = [one for one in map(evaluate.askable, samples) if one is not None] if asks else []
    asked = sft.hold(desk, questions).asked
    return Held(asked, left_out, pairs)


def measure(desk: Desk, now: Any, held: Held, answers: bool) -> Measured:
    """Loss of the better answers, share of pairs in which they are likelier a token than the worse, and how
    much."""
    if not held.rows:
        return Measured(None, [])
    now.eval()
    see = sft.seeing(desk, [one.images for one in held.rows], now.dtype)
    better = inference.likelihoods(now, desk.chat.pad_id, [one.better for one in held.rows], see)
    worse = inference.likelihoods(now, desk.chat.pad_id, [one.worse for one in held.rows], see)
    margins = [one.mean - other.mean for one, other in zip(better, worse, strict=True)]
    score = Score(rows=len(held.rows), **evaluate.told(better), **preferred(margins))
    if not answers:
        return Measured(score, [])
    return asked_as_well(desk, now, held, score)


def asked_as_well(desk: Desk, now: Any, held: Held, score: Score) -> Measured:
    """The score, with the model's answers to the prompts, for people to read; none of them counts as
    right."""
    given = sft.measure(desk, now, held)
    general = given.score.general_loss if given.score else None
    return given._replace(score=score.model_copy(update={"general_loss": general}))


def preferred(margins: Sequence[float]) -> dict[str, float]:
    """Share of margins above 0, and their mean."""
    kept = [one for one in margins if math.isfinite(one)]
    if not kept:
        return {}
    return {"preferred": sum(one > 0 for one in kept) / len(kept), "margin": sum(kept) / len(kept)}
