"""Recipe: everything a person may ask for, with the default of each and the place it was asked in.

A setting comes from the weakest layer up: built-in default, `jinko.yaml` of the drop's folder or above, the
object's custom metadata, and the recipe when the drop is one. `resolve` merges them and remembers, for every
setting, which layer it came from. Unknown keys are errors that suggest the nearest known one; what Jinko
cannot do yet is refused by name. A recipe holds values only: no code, no import path.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.errors import BadInput, Fault

DEFAULT_BASE: Final = "google/gemma-4-E4B-it"
ExportFormat = Literal["adapter", "merged"]

# What a person could reasonably ask for and Jinko cannot do yet: refused by name, never ignored.
NOT_YET: Final[Mapping[str, str]] = {
    "publish": "Publishing to the Hugging Face Hub is not built yet.",
    "max_cost_usd": "Prices and cost limits are not built yet; runs on this machine cost nothing.",
    "confirm": "Asking for a yes before a run is not built yet.",
    "machine": "Choosing a machine is not built yet; runs use this machine.",
    "spot": "Spot machines are not built yet; runs use this machine.",
    "data.template": "Row templates are not built yet; data.columns names the question and the answer.",
    "data.sample_size": "Sampling rows is not built yet; drop a smaller file.",
    "training.packing": "Packing is not built yet; rows are padded.",
}


def _listed(value: object) -> object:
    """Metadata is text: `adapter,merged` is a list of two."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Columns(_Strict):
    """The columns to read, when their names say nothing to Jinko."""

    question: str = Field(description="The column that holds what a person asks.")
    answer: str = Field(description="The column that holds the answer to learn.")


class DataOptions(_Strict):
    """How a file becomes a dataset. These, with the file's content, decide the dataset's id."""

    source: str | None = Field(
        default=None,
        alias="from",
        description="In a recipe: the data, as a file of the inbox or a dataset id.",
    )
    test_size: float = Field(default=0.1, ge=0, lt=1, description="Share of rows held out for measuring.")
    seed: int = Field(default=42, ge=0, description="Decides which rows are held out.")
    columns: Columns | None = Field(
        default=None, description="Which columns to read; found by name if left out."
    )

    def prepare_options(self) -> dict[str, object]:
        """What shapes the dataset (and so its id): everything here but where the data lies."""
        return self.model_dump(exclude={"source"})


class TrainingOptions(_Strict):
    """How the model is trained: supervised fine-tuning (SFT) of a LoRA adapter."""

    method: Literal["sft"] = Field(default="sft", description="sft: learn the answers in the rows.")
    lora_rank: int = Field(default=16, ge=1, le=1024, description="Rank of the adapter; more learns more.")
    lora_alpha: int = Field(default=32, ge=1, description="Scale of the adapter; twice the rank is usual.")
    lora_dropout: float = Field(default=0.0, ge=0, lt=1, description="Dropout on the adapter's input.")
    learning_rate: float = Field(default=2e-4, gt=0, lt=1, description="Peak learning rate.")
    epochs: float = Field(default=3.0, gt=0, description="Passes over the data; max_steps overrides.")
    max_steps: int | None = Field(default=None, ge=1, description="Optimizer steps, instead of epochs.")
    batch_size: int = Field(default=8, ge=1, description="Rows per step and device.")
    gradient_accumulation: int = Field(default=1, ge=1, description="Batches gathered into one step.")
    warmup_steps: int = Field(default=0, ge=0, description="Steps of rising learning rate at the start.")
    scheduler: Literal["linear", "cosine", "constant"] = Field(
        default="cosine", description="Shape of the learning rate over the run."
    )
    weight_decay: float = Field(default=0.0, ge=0, description="Weight decay of the optimizer.")
    max_length: int | None = Field(
        default=None, ge=16, description="Longest row in tokens; the longest row's own length if left out."
    )
    seed: int = Field(default=42, ge=0, description="Seed of the adapter's start and the order of rows.")


class EvaluationOptions(_Strict):
    """How the model is measured, before and after, on held-out rows."""

    rows: int = Field(default=50, ge=0, description="Held-out rows to measure on, at most; 0: none.")
    max_new_tokens: int = Field(default=256, ge=1, description="Longest answer to generate, in tokens.")


class Recipe(_Strict):
    """What a person asks for. Every key has a default; a dropped file alone is a whole recipe."""

    base_model: str = Field(default=DEFAULT_BASE, min_length=1, description="The model to start from.")
    data: DataOptions = DataOptions()
    training: TrainingOptions = TrainingOptions()
    evaluation: EvaluationOptions = EvaluationOptions()
    export: Annotated[tuple[ExportFormat, ...], BeforeValidator(_listed)] = Field(
        default=("merged",), description="What to make of the trained adapter, which is always kept."
    )
    wandb_project: str | None = Field(default=None, description="Weights & Biases project to report to.")
    again: bool = Field(default=False, description="Train anew even where an identical run succeeded.")

    def pinned(self) -> dict[str, Any]:
        """What decides whether two runs of one dataset are the same run (`again` and `data` do not)."""
        return self.model_dump(mode="json", exclude={"again": True, "data": True})


class Layer(_Strict):
    """Settings from one place. `place` is what a message names; `source` is one word for the table."""

    source: Literal["jinko.yaml", "metadata", "recipe"]
    place: str
    values: dict[str, Any] = Field(description="Flat: {'training.learning_rate': '1e-4'}.")


class Resolved(_Strict):
    """A recipe with the place each of its settings came from (`default` where nobody said anything)."""

    recipe: Recipe
    sources: dict[str, str]

    def table(self) -> list[tuple[str, str, str]]:
        """(setting, value, source) for every setting, in the recipe's own order, for people to read."""
        flat = dict(flatten(self.recipe.model_dump(mode="json", by_alias=True)))
        return [(key, _shown(value), self.sources.get(key, "default")) for key, value in flat.items()]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "-" if value is None else str(value)


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """{'a': {'b': 1}} → ('a.b', 1). Dotted keys are taken as they are, so both forms may be mixed."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flatten(value, f"{name}.")
        else:
            yield name, value


def known_settings() -> list[str]:
    """Every setting's dotted name."""
    return list(_keys(Recipe))


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


def layer_from_yaml(text: str, source: Literal["jinko.yaml", "recipe"], place: str) -> Layer:
    """Read a `jinko.yaml` or a recipe. Raises BadInput with the line where it is no YAML mapping."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{place}:{mark.line + 1}" if mark else place
        problem = getattr(error, "problem", None) or "it could not be read"
        raise BadInput(
            Fault(place=where, finding=f"This is not valid YAML: {problem}.", next_step="Mend this line.")
        ) from error
    if read is None:
        return Layer(source=source, place=place, values={})
    if not isinstance(read, dict):
        finding = f"Expected settings as `key: value` lines, found a {type(read).__name__}."
        raise BadInput(Fault(place=place, finding=finding, next_step="Write e.g. `base_model: owner/name`."))
    return Layer(source=source, place=place, values={str(k): v for k, v in flatten(read)})


def layer_from_metadata(metadata: Mapping[str, str], place: str) -> Layer:
    """Custom metadata as settings. What Google's own tools add (`goog-…`) is not a person's setting."""
    values = {k: v for k, v in metadata.items() if not k.lower().startswith(("goog-", "goog_"))}
    return Layer(source="metadata", place=f"{place} (metadata)", values=values)


def resolve(layers: Sequence[Layer]) -> Resolved:
    """Merge layers, weakest first, over the defaults. Raises BadInput naming every setting that is wrong."""
    values: dict[str, Any] = {}
    came_from: dict[str, Layer] = {}
    faults: list[Fault] = []
    for layer in layers:
        for key, value in layer.values.items():
            fault = _refusal(key, layer.place)
            if fault:
                faults.append(fault)
            else:
                values[key], came_from[key] = value, layer
    if faults:
        raise BadInput(faults)
    try:
        recipe = Recipe.model_validate(_nested(values))
    except ValidationError as error:
        raise BadInput([_explained(e, values, came_from) for e in error.errors()]) from error
    return Resolved(recipe=recipe, sources={key: layer.source for key, layer in came_from.items()})


def _refusal(key: str, place: str) -> Fault | None:
    known = known_settings()
    if key in known:
        return None
    for name, reason in NOT_YET.items():
        if key == name or key.startswith(f"{name}."):
            return Fault(place=place, finding=f"'{key}': {reason}", next_step=f"Remove '{key}' for now.")
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    near = near or [k for k in known if k.rsplit(".", 1)[-1] == key.rsplit(".", 1)[-1]]
    hint = f"Did you mean '{near[0]}'?" if near else f"Settings are: {', '.join(known)}."
    return Fault(place=place, finding=f"'{key}' is not a setting.", next_step=hint)


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *parents, leaf = key.split(".")
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return tree


def _explained(error: Any, values: Mapping[str, Any], came_from: Mapping[str, Layer]) -> Fault:
    """One pydantic error in a person's words: the setting, what was given, what is allowed."""
    parts = [str(part) for part in error["loc"] if not isinstance(part, int)]
    key = ".".join(parts)
    layer = came_from.get(key) or next((v for k, v in came_from.items() if k.startswith(f"{key}.")), None)
    if layer is None and len(parts) > 1:
        layer = next((v for k, v in came_from.items() if k.startswith(".".join(parts[:-1]) + ".")), None)
    place = layer.place if layer else "settings"
    if error["type"] == "missing":
        return Fault(place=place, finding=f"'{key}' is missing.", next_step=f"Set '{key}' as well.")
    given = values.get(key, error.get("input"))
    return Fault(place=place, finding=f"'{key}' cannot be {given!r}.", next_step=f"{error['msg']}.")
