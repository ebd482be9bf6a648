"""A model's card, the README.md of its repository: what it is, how to use it, how good it is, how made.

`write` puts it into the folder that is published. The same order gives the same card. Not here: what is in
the repository (`contents.py`), the lines to copy (`usage.py`), metadata (`metadata.py`), figures (`told.py`).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpu_batch.publishing import told, usage
from gpu_batch.publishing.contents import Contents
from gpu_batch.publishing.metadata import Licence, metadata
from schemas.methods import IN_WORDS as METHODS
from schemas.orders import BasePin, PublishOrder
from schemas.scores import Score
from schemas.training import IN_WORDS as FINETUNING
from schemas.version import VERSION


def write(order: PublishOrder, contents: Contents, licence: Licence, folder: Path) -> Path:
    """Write README.md into the folder of the repository; where it lies. A repeat overwrites it alike."""
    from huggingface_hub import ModelCard

    target = folder / "README.md"
    ModelCard(_render(_values(order, contents, licence))).save(target)
    return target


def _values(order: PublishOrder, contents: Contents, licence: Licence) -> Mapping[str, Any]:
    repository, trained = str(order.publish.repository), order.trained
    recipe = order.settings.recipe
    measured = trained.after or trained.before or Score(rows=1)
    return {
        "metadata": metadata(order, contents, licence),
        "name": repository.partition("/")[2],
        "what": "A fine-tune of" if contents.whole or contents.gguf else "An adapter for",
        "base": told.link(order.base),
        "method": f"{METHODS[recipe.training.method or 'sft']} ({FINETUNING[recipe.training.finetuning]})",
        "outcome": told.outcome(trained.before, trained.after),
        "private": order.publish.private,
        "uses": usage.uses(usage.Published(repository, order.base, contents, recipe, order.dataset.images)),
        "figures": list(told.figures(trained.before, trained.after)),
        "rows": measured.rows,
        "comparison": trained.comparison.sentence if trained.comparison else "",
        "proofs": list(told.proofs(order, contents)),
        "examples": [told.example(one) for one in trained.answers[: order.publish.examples]],
        "counts": order.dataset.counts,
        "data": told.data(order.dataset),
        "left_out": list(told.left_out(order.dataset)),
        "settings": list(told.settings(order)),
        "machine": list(told.machine(order)),
        "licence": _licence(order.base, licence),
        "version": VERSION,
        "run": order.run_id,
    }


def _render(values: Mapping[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    made = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    made.filters |= {"n": "{:,}".format, "text": told.text}
    template = (Path(__file__).parent / "card.md.jinja").read_text(encoding="utf-8")
    return re.sub(r"\n{3,}", "\n\n", made.from_string(template).render(**values)).strip() + "\n"


def _licence(base: BasePin, licence: Licence) -> str:
    shown = told.link(base)
    if licence.id is None:
        return f"The base model's card does not say under which licence {shown} is; ask its makers."
    name = licence.name or licence.id
    where = f"[{name}]({licence.link})" if licence.link else f"`{name}`"
    return f"That of the base model: {shown} is under {where}, and what is made of it is bound by it."
