"""Recipe: everything a person may ask for, with the default of each.

A recipe holds values only: no code, no import path. Where its values come from, and how they are merged, is
`schemas.layers`' business.
"""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, Field

from schemas.data_options import DataOptions
from schemas.exports import Exports, ProofOptions
from schemas.generating import GenerateOptions
from schemas.publishing import PublishOptions
from schemas.strict import END, Strict
from schemas.training import TrainingOptions

DEFAULT_BASE: Final = "google/gemma-4-E4B-it"


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

    base_model: str = Field(
        default=DEFAULT_BASE, pattern=r"^\S.*\S" + END, description="The model to start from."
    )
    data: DataOptions = Field(default_factory=DataOptions.model_construct)
    training: TrainingOptions = Field(default_factory=TrainingOptions.model_construct)
    evaluation: EvaluationOptions = Field(default_factory=EvaluationOptions.model_construct)
    export: Exports = Field(
        default=("merged",), description="What to make of the trained weights, which are always kept."
    )
    proof: ProofOptions = Field(default_factory=ProofOptions.model_construct)
    publish: PublishOptions = Field(default_factory=PublishOptions.model_construct)
    generate: GenerateOptions = Field(default_factory=GenerateOptions.model_construct)
    wandb_project: str | None = Field(
        default=None, min_length=1, max_length=128, description="Weights & Biases project to report to."
    )
    machine: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9-]+" + END,
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

    @property
    def preparing(self) -> DataOptions:
        """How the data is prepared: as `data` says, and for what it is going to be used."""
        return self.data.model_copy(update={"purpose": "answer"}) if self.generate.model else self.data

    def pinned(self) -> dict[str, Any]:
        """What decides whether two runs of one dataset are the same run: what is learned, and from what.

        Not how it was asked for, on which machine and for how much money, nor what is made of it afterwards.
        """
        terms = {"again", "confirm", "data", "machine", "spot", "max_cost_usd"}
        afterwards = {"export", "proof", "publish", "generate"}
        return self.model_dump(mode="json", exclude=terms | afterwards)

    def terms(self) -> tuple[str | None, bool, float]:
        """On which machine and for how much money it is to be done."""
        return self.machine, self.spot, self.max_cost_usd


def known_settings() -> list[str]:
    """Every setting's dotted name."""
    return [key for key, _ in _keys(Recipe)]


def switches() -> set[str]:
    """The settings that are true or false."""
    return {key for key, kinds in _keys(Recipe) if bool in kinds}


def known_sections() -> set[str]:
    """The dotted names that settings stand below: `training`, `data.columns`."""
    return {key.rsplit(".", 1)[0] for key in known_settings() if "." in key}


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, list[type]]]:
    """Each setting with the types its value may have."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = [
            t for t in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(t, type)
        ]
        nested = next((t for t in inner if issubclass(t, BaseModel)), None)
        if nested:
            yield from _keys(nested, f"{key}.")
        else:
            yield key, inner
