"""Whether the trainer can learn what a dataset holds; where not, that is said before anything is paid."""

from typing import Final

from schemas.errors import BadInput, Fault
from schemas.methods import FITS, Method
from schemas.orders import Dataset
from schemas.refusals import HOLDS
from schemas.samples import Kind

STAYS: Final = "It is prepared and stays: see its card. To train, drop rows without them."
SEEING: Final = ("sft", "dpo")  # methods that learn from rows with images
NO_STEPS: Final = (
    "No method here learns from judged steps: TRL, which trains the models, gave up its own. "
    "Drop whole answers judged good or bad (training.method: kto) instead."
)


def not_yet(
    kind: Kind, images: bool, tools: bool, thinking: bool, method: Method | None = None
) -> str | None:
    """What rows hold that would be left out of a training, in words; None if they can be learned whole.

    Without a method, by the one that suits these rows.
    """
    if not FITS[kind]:
        return HOLDS[kind]
    if images and (method or FITS[kind][0]) not in SEEING:
        return "images"
    return None


def must_be_trainable(place: str, dataset: Dataset, method: Method | None = None) -> None:
    """Raises BadInput for a dataset of which Jinko could learn a part only."""
    found = not_yet(dataset.kind, dataset.images, dataset.tools, dataset.thinking, method)
    if not found:
        return
    finding = f"This dataset holds {found}, which Jinko cannot train on yet."
    if dataset.images and dataset.kind != "stepwise":
        finding = f"This dataset holds {found}, which Jinko learns by {' and '.join(SEEING)} alone."
    step = NO_STEPS if dataset.kind == "stepwise" else STAYS
    raise BadInput(Fault(place=place, finding=finding, next_step=step))
