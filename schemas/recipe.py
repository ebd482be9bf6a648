"""Recipe: everything a person may ask for, with the default of each.

A recipe holds values only: no code, no import path. Where its values come from, and how they are merged, is
`schemas.layers`' business.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from schemas.data_options import DataOptions
from schemas.strict import MAX_SEED, Strict

DEFAULT_BASE: Final = "google/gemma-4-E4B-it"
ExportFormat = Literal["adapter", "merged"]
Finetuning = Literal["lora", "full"]
IN_WORDS: Final[Mapping[Finetuning, str]] = {"lora": "LoRA", "full": "full fine-tuning"}
LEARNING_RATES: Final[Mapping[str, float]] = {"lora": 2e-4, "full": 2e-5}


def _listed(value: object) -> object:
    """Metadata is text: `adapter,merged` is a list of two."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _each_once(formats: tuple[ExportFormat, ...]) -> tuple[ExportFormat, ...]:
    return tuple(dict.fromkeys(formats))


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


class EvaluationOptions(Strict):
    """How the model is measured, before and after, on held-out rows."""

    rows: int = Field(
        default=50, ge=0, le=100_000, description="Held-out rows to measure on, at most; 0: none."
    )
    max_new_tokens: int = Field(
        default=256, ge=1, le=100_000, description="Longest answer to generate, in tokens."
    )


class Recipe(Strict):
    """What a person asks for. Every key has a default; a dropped file alone is a whole recipe."""

    base_model: str = Field(default=DEFAULT_BASE, pattern=r"^\S.*\S$", description="The model to start from.")
    data: DataOptions = DataOptions()
    training: TrainingOptions = TrainingOptions()
    evaluation: EvaluationOptions = EvaluationOptions()
    export: Annotated[tuple[ExportFormat, ...], BeforeValidator(_listed), AfterValidator(_each_once)] = Field(
        default=("merged",), description="What to make of the trained weights, which are always kept."
    )
    wandb_project: str | None = Field(
        default=None, min_length=1, max_length=128, description="Weights & Biases project to report to."
    )
    machine: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9-]+$",
        description="Machine type of Google Cloud, e.g. g2-standard-8; the smallest that fits if left out.",
    )
    spot: bool = Field(
        default=False, description="Use a Spot machine: cheaper, but Google may take it back at any moment."
    )
    max_cost_usd: float = Field(
        default=10.0, gt=0, le=100_000, description="What a run may cost on Google's machines, at most."
    )
    again: bool = Field(default=False, description="Train anew even where an identical run succeeded.")
    confirm: bool = Field(default=False, description="Wait for a yes before the run starts.")

    def pinned(self) -> dict[str, Any]:
        """What decides whether two runs of one dataset are the same run: what is learned, and from what.

        Not how it was asked for, nor on which machine and for how much money.
        """
        return self.model_dump(
            mode="json", exclude={"again", "confirm", "data", "machine", "spot", "max_cost_usd"}
        )

    def terms(self) -> tuple[str | None, bool, float]:
        """On which machine and for how much money it is to be done."""
        return self.machine, self.spot, self.max_cost_usd

    def unused(self) -> frozenset[str]:
        """Settings that mean nothing to the chosen fine-tuning. Who sets one is refused, not ignored."""
        if self.training.finetuning == "lora":
            return frozenset()
        export = ("export",) if "adapter" in self.export else ()
        return frozenset(("training.lora_rank", "training.lora_alpha", "training.lora_dropout", *export))


def known_settings() -> list[str]:
    """Every setting's dotted name."""
    return list(_keys(Recipe))


def known_sections() -> set[str]:
    """The dotted names that settings stand below: `training`, `data.columns`."""
    return {key.rsplit(".", 1)[0] for key in known_settings() if "." in key}


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = [
            t for t in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(t, type)
        ]
        nested = next((t for t in inner if issubclass(t, BaseModel)), None)
        if nested:
            yield from _keys(nested, f"{key}.")
        else:
            yield key
