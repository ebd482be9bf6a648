"""Measurements, and how models compare: what a person reads of how well something answers.

A figure that could not be computed is absent, never 0.
"""

import math
from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from schemas.strict import Paper

MOST_NATS: Final = 50.0  # a perplexity above e^50 says nothing
FEW_ROWS: Final = 5  # of which no interval is told


class Score(Paper):
    """Measured on held-out rows; a figure that could not be computed is absent, never 0.

    loss: mean cross-entropy in nats per answer token, end token included. token_accuracy: share of those
    tokens that are the model's first choice. exact_match: share of greedy answers equal to the wanted one.
    chrf: how much of the wanted answers' wording the greedy ones have, 0 to 1, where answers are long
    (chrF). general_loss: nats per token of a fixed text of everyday prose, which nobody trained on.
    preferred: share of pairs whose better answer is likelier (of a reward model: scores higher) than the
    worse. margin: how much, on average: nats per token of the answers, or scores; of single answers judged,
    the good ones' mean less the bad ones'. reward: mean grade of the model's own answers.
    """

    rows: int = Field(ge=1)
    exact_match: float | None = None
    loss: float | None = None
    token_accuracy: float | None = None
    chrf: float | None = None
    general_loss: float | None = None
    preferred: float | None = None
    margin: float | None = None
    reward: float | None = None

    @property
    def perplexity(self) -> float | None:
        """The loss as the number of tokens that the model is as good as undecided between."""
        return None if self.loss is None or self.loss > MOST_NATS else math.exp(self.loss)


Figure = Literal["loss", "margin", "reward"]
FIGURES: Final[Mapping[Figure, str]] = {
    "loss": "loss on held-out rows",
    "margin": "lead of better answers on held-out rows",
    "reward": "grade of answers to held-out rows",
}


class Check(Paper):
    """The held-out rows measured in the middle of a training: a score's one figure by which steps compare.

    Of `loss` less is better, of `margin` and `reward` more. None: it was no number.
    """

    step: int
    figure: Figure
    value: float | None

    @property
    def sentence(self) -> str:
        """In words."""
        value = "no number" if self.value is None else f"{self.value:.3g}"
        return f"{FIGURES[self.figure]} {value} at step {self.step:,}"


class Glimpse(Paper):
    """What a model answered to a held-out row in the middle of its training; long texts are cut."""

    step: int
    question: str
    expected: str
    answer: str
    line: int


class Comparison(Paper):
    """The same held-out rows before and after, row by row.

    `measure` is what a row is worth, 0 to 1: whether its answer is right (`exact answers`), or how much of
    the wanted wording it has (`wording`, where answers are long). `low` to `high` is a 95 % interval of the
    mean difference: it is what a thousand draws of as many rows give, with repetition (bootstrap).
    """

    measure: Literal["exact answers", "wording"]
    rows: int = Field(ge=1)
    better: int
    worse: int
    before: float
    after: float
    low: float
    high: float

    @property
    def sentence(self) -> str:
        """In words."""
        drawn = "" if self.rows < FEW_ROWS else f" (95 % interval: {self.low:+.2f} to {self.high:+.2f})"
        worth = "Exactly right" if self.measure == "exact answers" else "Wording as wanted"
        return (
            f"Better on {self.better} of {self.rows}, worse on {self.worse}. "
            f"{worth}: {self.before:.0%} before, {self.after:.0%} after{drawn}."
        )


class Answer(Paper):
    """One held-out row, asked before and after.

    Right is what the chat template writes as the wanted answer: many strip the white space around it. The
    likeness to it, 0 to 1, is there where answers are long.
    """

    question: str
    expected: str
    before: str
    after: str
    right_before: bool
    right_after: bool
    like_before: float | None = None
    like_after: float | None = None
    line: int


class Proof(Paper):
    """How one artefact answered beside the model that it was made of, each loaded anew.

    `tokens` of `prompts` prompts were read as the very same tokens, with one begin-of-text token at most.
    `alike` of `choices` tokens of the other model's own answers are this one's first choice as well; `same`
    of `compared` greedy answers are alike to the last character; `stopped` of them came to their end by
    themselves. `loss` and `loss_beside` are nats per token of wanted answers, this one's and the other's.
    """

    format: str = Field(description="merged, f16, q8_0, q4_k_m, …")
    beside: str = Field(description="What it was made of: adapter, training, merged, f16.")
    prompts: int = 0
    tokens: int = 0
    choices: int = 0
    alike: int = 0
    compared: int = 0
    same: int = 0
    stopped: int = 0
    exact_match: float | None = None
    loss: float | None = None
    loss_beside: float | None = None

    @property
    def differing(self) -> float:
        """Share of the other model's tokens that this one would not have chosen."""
        return 1 - self.alike / self.choices if self.choices else 0.0


class Reply(Paper):
    """What a model answered to a row, for others to be compared with."""

    line: int = Field(description="Of the row; negative for prompts of Jinko's own.")
    text: str
    ended: bool = Field(description="Whether it ended by itself, and was not cut.")
