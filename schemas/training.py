"""How a model is trained: what a person may ask for. Where nothing is said, `schemas.defaults` chooses."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field, field_validator

from schemas.graders import Graders
from schemas.methods import (
    DpoOptions,
    GrpoOptions,
    KtoOptions,
    Method,
    OrpoOptions,
    RewardOptions,
    SftOptions,
)
from schemas.strict import MAX_SEED, Strict

Finetuning = Literal["lora", "qlora", "full"]
IN_WORDS: Final[Mapping[Finetuning, str]] = {
    "lora": "LoRA",
    "qlora": "QLoRA",
    "full": "full fine-tuning",
}
_METHOD: Final = (
    "sft: learn the answers of conversations. pretrain: go on learning from texts. dpo, orpo: learn which of "
    "two answers is better. kto: learn from answers judged good or bad. grpo: learn from grades of its own "
    "answers. reward: a model that scores answers. If left out, what suits the rows."
)


class TrainingOptions(Strict):
    """How the model is trained: by which method, how much of it, how fast and for how long.

    What depends on the method, the rows or the base is None where nobody says anything. It is chosen once the
    rows are known, and the order holds what was chosen; batches and lengths are chosen on the machine.
    """

    method: Method | None = Field(default=None, description=_METHOD)
    finetuning: Finetuning = Field(
        default="lora",
        description="lora: train a small adapter beside the model. qlora: the same, with the model squeezed "
        "to 4 bits (needs a GPU). full: train all of the model's weights, in several times the memory.",
    )
    lora_rank: int | None = Field(
        default=None, ge=1, le=1024, description="Rank of the adapter; more learns more."
    )
    lora_alpha: int | None = Field(
        default=None, ge=1, le=65536, description="Scale of the adapter; twice the rank if left out."
    )
    lora_dropout: float = Field(default=0.0, ge=0, lt=1, description="Dropout on the adapter's input.")
    learning_rate: float | None = Field(default=None, gt=0, lt=1, description="Peak learning rate.")
    epochs: float | None = Field(
        default=None, gt=0, le=10_000, description="Passes over the data; max_steps overrides."
    )
    max_steps: int | None = Field(
        default=None, ge=1, le=10_000_000, description="Optimizer steps, instead of epochs."
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        le=4096,
        description="Rows (or packs) in memory at once; if left out, as many as 4,096 tokens hold.",
    )
    gradient_accumulation: int | None = Field(
        default=None, ge=1, le=4096, description="Batches gathered into one step."
    )
    warmup_steps: float | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="Steps of rising learning rate at the start; below 1: the share of all steps.",
    )
    scheduler: Literal["linear", "cosine", "constant"] | None = Field(
        default=None, description="Shape of the learning rate after the warmup."
    )
    weight_decay: float = Field(default=0.0, ge=0, le=10, description="Weight decay of the optimizer.")
    max_grad_norm: float = Field(
        default=1.0, gt=0, le=1000, description="Gradients longer than this are shortened to it."
    )
    max_length: int | None = Field(
        default=None,
        ge=16,
        le=10_000_000,
        description="Longest row in tokens; the longest row's own length if left out. No row is cut: a "
        "longer one is refused, and a longer text is split.",
    )
    packing: bool | None = Field(
        default=None, description="Fill each row of a batch with several short ones, kept apart."
    )
    early_stopping: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Stop after so many measurings of the held-out rows without a better one; 0: never.",
    )
    image_pixels: int = Field(
        default=896, ge=28, le=8192, description="Longest side of an image; larger ones are made smaller."
    )
    seed: int = Field(
        default=42, ge=0, le=MAX_SEED, description="Seed of the adapter's start and the order of rows."
    )
    sft: SftOptions = Field(default_factory=SftOptions.model_construct)
    dpo: DpoOptions = Field(default_factory=DpoOptions.model_construct)
    orpo: OrpoOptions = Field(default_factory=OrpoOptions.model_construct)
    kto: KtoOptions = Field(default_factory=KtoOptions.model_construct)
    grpo: GrpoOptions = Field(default_factory=GrpoOptions.model_construct)
    reward: RewardOptions = Field(default_factory=RewardOptions.model_construct)
    graders: Graders = Field(
        default=(), max_length=16, description="What grades the model's own answers (grpo)."
    )

    @field_validator("warmup_steps")
    @classmethod
    def _whole_steps(cls, given: float | None) -> float | None:
        if given is not None and given >= 1 and given != int(given):
            raise ValueError("from 1 on it is a number of steps, a whole one")
        return given

    @field_validator("graders", mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """`exact` and `exact, tags` are graders by name; metadata may hold the JSON of a list."""
        if isinstance(given, str):
            text = given.strip()
            given = json.loads(text) if text[:1] in ("[", "{") else [one.strip() for one in text.split(",")]
        if isinstance(given, Mapping):
            given = [given]
        if not isinstance(given, list | tuple):
            return given
        return [{"grader": one} if isinstance(one, str) else one for one in given]
