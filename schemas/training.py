"""How a model is trained: what a person may ask for, with the default of each knob."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from schemas.strict import MAX_SEED, Strict

Finetuning = Literal["lora", "full"]
IN_WORDS: Final[Mapping[Finetuning, str]] = {"lora": "LoRA", "full": "full fine-tuning"}
LEARNING_RATES: Final[Mapping[str, float]] = {"lora": 2e-4, "full": 2e-5}


class TrainingOptions(Strict):
    """How the model is trained: supervised fine-tuning (SFT) of a LoRA adapter or of the whole model.

    Where nobody gives a learning rate, it is the method's usual one, and the recipe holds that number: 2e-5
    for the whole model is TRL's own default for SFT; an adapter wants ten times as much (so TRL's guide "LoRA
    Without Regret", and tinker-cookbook, whose factor is 10 for every model).
    """

    method: Literal["sft"] = Field(default="sft", description="sft: learn the answers in the rows.")
    finetuning: Finetuning = Field(
        default="lora",
        description="lora: train a small adapter beside the model. full: train all of the model's weights, "
        "which takes several times the memory.",
    )
    lora_rank: int = Field(default=16, ge=1, le=1024, description="Rank of the adapter; more learns more.")
    lora_alpha: int = Field(
        default=32, ge=1, le=65536, description="Scale of the adapter; twice the rank is usual."
    )
    lora_dropout: float = Field(default=0.0, ge=0, lt=1, description="Dropout on the adapter's input.")
    learning_rate: float | None = Field(
        default=None, gt=0, lt=1, description="Peak learning rate; if left out 2e-4 for lora, 2e-5 for full."
    )
    epochs: float = Field(
        default=3.0, gt=0, le=10_000, description="Passes over the data; max_steps overrides."
    )
    max_steps: int | None = Field(
        default=None, ge=1, le=10_000_000, description="Optimizer steps, instead of epochs."
    )
    batch_size: int = Field(default=8, ge=1, le=4096, description="Rows per step and device.")
    gradient_accumulation: int = Field(
        default=1, ge=1, le=4096, description="Batches gathered into one step."
    )
    warmup_steps: int = Field(
        default=0, ge=0, le=10_000_000, description="Steps of rising learning rate at the start."
    )
    scheduler: Literal["linear", "cosine", "constant"] = Field(
        default="cosine", description="Shape of the learning rate over the run."
    )
    weight_decay: float = Field(default=0.0, ge=0, le=10, description="Weight decay of the optimizer.")
    max_length: int | None = Field(
        default=None,
        ge=16,
        le=10_000_000,
        description="Longest row in tokens; the longest row's own length if left out.",
    )
    seed: int = Field(
        default=42, ge=0, le=MAX_SEED, description="Seed of the adapter's start and the order of rows."
    )

    @model_validator(mode="before")
    @classmethod
    def _with_a_learning_rate(cls, given: Any) -> Any:
        """Pinned here, so that an order says the number and not that somebody will choose one."""
        if not isinstance(given, dict) or given.get("learning_rate") is not None:
            return given
        return {**given, "learning_rate": LEARNING_RATES.get(str(given.get("finetuning", "lora")))}
