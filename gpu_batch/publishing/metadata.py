"""The metadata of a model's card, by the Hub's rules: base model, licence, library, task, figures."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from gpu_batch.publishing.contents import Contents
from schemas.orders import BasePin, PublishOrder
from schemas.scores import Score

FIGURES: Final[Mapping[str, str]] = {
    "exact_match": "Exactly right answers",
    "token_accuracy": "Right word pieces",
    "chrf": "Wording as wanted (chrF)",
    "preferred": "Better answers preferred",
    "margin": "By how much, on average",
    "reward": "Mean grade of its own answers",
    "loss": "Loss (lower is better)",
    "perplexity": "Perplexity (lower is better)",
    "general_loss": "Loss on everyday prose (should not rise)",
}
# What a base that is not on the Hub may call its licence: others may be unknown to the Hub.
COMMON: Final = (
    "apache-2.0",
    "mit",
    "bsd-3-clause",
    "cc-by-4.0",
    "gemma",
    "llama3.1",
    "llama3.2",
    "llama3.3",
)


class Licence(NamedTuple):
    """The base model's licence as its own card has it; all None where it says nothing."""

    id: str | None = None
    name: str | None = None
    link: str | None = None


def known_licence(given: Mapping[str, Any], base: BasePin) -> Licence:
    """The licence in the metadata of the base's card, made fit for ours; none where it would not be valid."""
    id = given.get("license")
    if not isinstance(id, str) or (base.where != "hub" and id not in COMMON):
        return Licence()
    if id != "other":
        return Licence(id)
    name = re.sub(r"[^a-z0-9.-]+", "-", str(given.get("license_name") or "").lower()).strip("-")
    page, link = f"https://huggingface.co/{base.location}", str(given.get("license_link") or "")
    full = link if link.startswith("https://") else f"{page}/blob/main/{link}" if link else page
    return Licence("other", name or "licence-of-the-base-model", full)


def metadata(order: PublishOrder, contents: Contents, licence: Licence) -> str:
    """YAML for the top of the card."""
    from huggingface_hub import ModelCardData

    hub, on_hub = order.dataset.made_of.hub, order.base.where == "hub"
    results, training = _results(order, contents), order.settings.recipe.training
    relation = "finetune" if contents.whole or contents.gguf else "adapter"
    card = ModelCardData(
        base_model=order.base.location if on_hub else None,
        base_model_relation=relation if on_hub else None,
        datasets=[hub.repository] if hub else None,
        library_name="transformers" if contents.whole else "gguf" if contents.gguf else "peft",
        pipeline_tag=task(order, contents),
        license=licence.id,
        license_name=licence.name,
        license_link=licence.link,
        tags=["jinko", training.method or "sft", training.finetuning],
        eval_results=results or None,
        model_name=str(order.publish.repository).partition("/")[2] if results else None,
    )
    return card.to_yaml().strip()


def task(order: PublishOrder, contents: Contents) -> str:
    """What the model does, in the Hub's own words for it."""
    if order.settings.recipe.training.method == "reward":
        return "text-classification"
    return "image-text-to-text" if contents.sees else "text-generation"


def _results(order: PublishOrder, contents: Contents) -> list[Any]:
    from huggingface_hub import EvalResult

    hub = order.dataset.made_of.hub
    kind, name = (hub.repository, hub.repository) if hub else ("private", "Held-out rows of its own data")
    return [
        EvalResult(
            task(order, contents), kind, name, metric, round(value, 6), metric_name=FIGURES.get(metric)
        )
        for metric, value in measured(order.trained.after).items()
    ]


def measured(score: Score | None) -> dict[str, float]:
    """Every figure of a score by its name, those that are known best first; absent ones are left out."""
    if score is None:
        return {}
    given = score.model_dump(exclude={"rows"}) | {"perplexity": score.perplexity}
    figures = {name: value for name, value in given.items() if isinstance(value, int | float)}
    known = {name: figures.pop(name) for name in FIGURES if name in figures}
    return known | figures
