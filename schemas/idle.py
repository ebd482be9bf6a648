"""Settings that would be ignored: whoever sets one is told, with what to do instead.

Pure. Which settings there are is `schemas.recipe`'s; that they are refused is `schemas.layers`'.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.defaults import Known
from schemas.methods import FITS, IN_WORDS, Method, idle_sections
from schemas.recipe import Recipe

ADAPTER: Final = ("training.lora_rank", "training.lora_alpha", "training.lora_dropout")


class Idle(NamedTuple):
    """Why a setting means nothing: in a word for tables, as the end of a sentence, and what to do."""

    because: str
    finding: str
    instead: str


def idle(recipe: Recipe, known: Known | None = None) -> Mapping[str, Idle]:
    """Settings, and whole sections, that mean nothing here. Without a method, those of methods are left
    open."""
    found: dict[str, Idle] = {}
    training, method = recipe.training, recipe.training.method
    if training.finetuning == "full":
        why = Idle(
            "it is full fine-tuning",
            "is about an adapter; with training.finetuning: full there is none",
            "or set training.finetuning: lora",
        )
        found |= dict.fromkeys(ADAPTER, why)
        if "adapter" in recipe.export:
            found["export"] = why
    if method is not None:
        found |= _of_other_methods(method, recipe, known)
    if recipe.evaluation.rows == 0:
        found["training.early_stopping"] = Idle(
            "nothing is measured", "needs held-out rows to be measured; with evaluation.rows: 0 none are", ""
        )
    if known is not None and not known.images:
        found["training.image_pixels"] = Idle("there are no images", "is about images; there are none", "")
    return found


def _of_other_methods(method: Method, recipe: Recipe, known: Known | None) -> dict[str, Idle]:
    words = IN_WORDS[method]
    fitting = FITS[known.kind] if known else ()
    found = {}
    for name in idle_sections(method):
        other = "grpo" if name == "training.graders" else name.rpartition(".")[2]
        instead = f"or set training.method: {other}" if other in fitting else ""
        finding = f"means nothing to {words}, which is how this is trained"
        found[name] = Idle(f"it is {words}", finding, instead)
    if method in ("pretrain", "reward"):
        found["evaluation.max_new_tokens"] = Idle(
            f"it is {words}", f"is about answers; {words} is not asked for any", ""
        )
    if method == "reward" and set(recipe.export) != {"adapter"}:
        found["export"] = Idle(
            "a reward model is kept as it is trained",
            "cannot be done with a reward model: it scores answers and gives none",
            "or choose training.method: dpo",
        )
    return found


def find(key: str, among: Mapping[str, Idle]) -> Idle | None:
    """The reason for a setting, given for it or for a section it stands in."""
    return next((why for name, why in among.items() if key == name or key.startswith(f"{name}.")), None)
