"""The methods of training: which rows each learns from, what each is called, and its own settings.

A method's settings stand in a section of its name (`training.dpo.beta`). They are refused where another
method trains, as everything is that would be ignored.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, field_validator, model_validator

from schemas.samples import Kind
from schemas.strict import Strict

Method = Literal["sft", "pretrain", "dpo", "orpo", "kto", "grpo", "reward"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)

IN_WORDS: Final[Mapping[Method, str]] = {
    "sft": "supervised fine-tuning",
    "pretrain": "continued pretraining",
    "dpo": "DPO",
    "orpo": "ORPO",
    "kto": "KTO",
    "grpo": "GRPO",
    "reward": "a reward model",
}

FITS: Final[Mapping[Kind, tuple[Method, ...]]] = {
    "conversation": ("sft", "grpo"),
    "text": ("pretrain",),
    "preference": ("dpo", "orpo", "reward"),
    "feedback": ("kto",),
    "prompts": ("grpo",),
    "stepwise": (),
}
"""What can be done with each kind of rows; the first is done where nobody says."""

ANSWERING: Final[frozenset[Method]] = frozenset(METHODS) - {"pretrain", "reward"}
"""Methods whose model is asked held-out prompts before and after."""

Loss = Literal[
    "sigmoid",
    "hinge",
    "ipo",
    "exo_pair",
    "nca_pair",
    "robust",
    "bco_pair",
    "sppo_hard",
    "aot",
    "aot_unpaired",
    "apo_zero",
    "apo_down",
    "discopop",
    "sft",
    "sigmoid_norm",
]
SMOOTHED: Final = frozenset(("aot", "aot_unpaired", "exo_pair", "robust"))
"""Losses that know label smoothing. TRL passes over it silently with all others."""


def listed(value: object) -> object:
    """Metadata is text: `sigmoid, sft` is a list of two. One value is a list of it."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else value


class SftOptions(Strict):
    """Supervised fine-tuning learns the answers of conversations."""

    last_answer_only: bool = Field(
        default=False, description="Learn only the last answer of each row; the others are context."
    )


class DpoOptions(Strict):
    """Direct preference optimisation (Rafailov et al. 2023) learns to prefer one answer to another."""

    beta: float = Field(
        default=0.1, gt=0, le=100, description="How strongly the model is held near where it started."
    )
    losses: tuple[Loss, ...] = Field(
        default=("sigmoid",), description="The loss, or several that are added up."
    )
    loss_weights: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = Field(
        default=(), description="A weight for each loss; all weigh 1 if left out."
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=0.5, description="Share of pairs that are taken to be the wrong way round."
    )

    @field_validator("losses", "loss_weights", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return listed(value)

    @model_validator(mode="after")
    def _fit_together(self) -> "DpoOptions":
        if self.loss_weights and len(self.loss_weights) != len(self.losses):
            raise ValueError(f"there are {len(self.losses)} losses and {len(self.loss_weights)} weights")
        if not self.losses:
            raise ValueError("name a loss, or leave it out")
        if len(set(self.losses)) < len(self.losses):
            raise ValueError("a loss stands there twice; give it a weight instead")
        if set(self.losses) == {"sft"}:
            raise ValueError("sft alone learns no preference; name another loss beside it, e.g. sigmoid")
        if self.label_smoothing and not SMOOTHED.intersection(self.losses):
            raise ValueError(f"label_smoothing changes none of these losses; it is for {_or(SMOOTHED)}")
        if "exo_pair" in self.losses and not self.label_smoothing:
            raise ValueError("exo_pair needs label_smoothing above 0; its paper takes 0.001")
        return self


class OrpoOptions(Strict):
    """Odds ratio preference optimisation (Hong et al. 2024) learns the better answer and the preference."""

    beta: float = Field(
        default=0.1, gt=0, le=100, description="Weight of the preference beside the better answer."
    )


class KtoOptions(Strict):
    """Kahneman-Tversky optimisation (Ethayarajh et al. 2024) learns from single answers judged good or
    bad."""

    loss: Literal["kto", "apo_zero_unpaired"] = Field(
        default="kto", description="kto: as in the paper. apo_zero_unpaired: for answers better than its own."
    )
    beta: float = Field(
        default=0.1, gt=0, le=100, description="How strongly the model is held near where it started."
    )
    good_weight: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Weight of good answers. If neither is given, both kinds weigh alike.",
    )
    bad_weight: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Weight of bad answers. If neither is given, both kinds weigh alike.",
    )


class GrpoOptions(Strict):
    """Group relative policy optimisation (Shao et al. 2024) learns from grades of the model's own answers."""

    generations: int = Field(
        default=8, ge=2, le=256, description="Answers that are drawn to each prompt, and compared."
    )
    max_new_tokens: int = Field(
        default=256, ge=1, le=100_000, description="Longest answer that is drawn, in tokens."
    )
    temperature: float = Field(default=1.0, gt=0, le=5, description="How freely words are chosen.")
    top_p: float = Field(default=1.0, gt=0, le=1, description="Draw from the likeliest that add up to this.")
    top_k: int = Field(default=0, ge=0, le=1_000_000, description="Draw from so many likeliest; 0: from all.")
    beta: float = Field(
        default=0.0, ge=0, le=100, description="How strongly the model is held near where it started; 0: not."
    )
    loss: Literal["dapo", "grpo", "dr_grpo", "bnpo"] = Field(
        default="dapo", description="How answers' tokens are weighed."
    )
    epsilon: float = Field(default=0.2, gt=0, lt=1, description="How far one step may move, downwards.")
    epsilon_high: float | None = Field(
        default=None, gt=0, le=100, description="The same upwards; as downwards if left out."
    )
    scale_rewards: Literal["group", "batch", "none"] = Field(
        default="group", description="Over what rewards are brought to one scale."
    )
    ratio: Literal["token", "sequence"] = Field(
        default="token", description="What is weighed by how likely it became: tokens, or whole answers."
    )
    iterations: int = Field(default=1, ge=1, le=100, description="How often a drawn batch is learned from.")
    leave_out_cut: bool = Field(
        default=False, description="Learn nothing from answers that were cut off at max_new_tokens."
    )


class RewardOptions(Strict):
    """A reward model learns to score answers as people prefer them (Bradley-Terry)."""

    centre: float = Field(
        default=0.0, ge=0, le=100, description="How strongly scores are drawn to a mean of 0; 0.01 is usual."
    )


SECTIONS: Final[Mapping[Method, type[Strict] | None]] = {
    "sft": SftOptions,
    "pretrain": None,
    "dpo": DpoOptions,
    "orpo": OrpoOptions,
    "kto": KtoOptions,
    "grpo": GrpoOptions,
    "reward": RewardOptions,
}


def idle_sections(method: Method) -> frozenset[str]:
    """Sections, and single settings, that mean nothing to this method: `training.dpo`, `training.packing`."""
    others = {f"training.{name}" for name, section in SECTIONS.items() if section and name != method}
    if method not in ("sft", "pretrain"):
        others.add("training.packing")
    if method != "grpo":
        others.add("training.graders")
    return frozenset(others)


def _or(words: Any) -> str:
    *first, last = sorted(words)
    return f"{', '.join(first)} or {last}"
