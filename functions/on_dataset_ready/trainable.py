"""Whether the trainer can learn what a dataset holds; where not, that is said before anything is paid."""

from collections.abc import Mapping
from typing import Final

from schemas.errors import BadInput, Fault
from schemas.orders import Dataset
from schemas.samples import Kind

HOLDS: Final[Mapping[Kind, str]] = {
    "conversation": "conversations",
    "preference": "preferences",
    "feedback": "feedback on answers",
    "prompts": "prompts without answers",
    "text": "texts",
    "stepwise": "solutions judged step by step",
}
STAYS: Final = (
    "It is prepared and stays: see its card. To train, drop questions with answers or conversations."
)


def not_yet(kind: Kind, images: bool, tools: bool, thinking: bool) -> str | None:
    """What rows hold that would be left out of a training, in words; None if they can be learned whole."""
    if kind != "conversation":
        return HOLDS[kind]
    if images:
        return "images"
    if tools:
        return "calls of tools"
    return "what was thought before answers" if thinking else None


def must_be_trainable(place: str, dataset: Dataset) -> None:
    """Raises BadInput for a dataset of which Jinko could learn a part only."""
    found = not_yet(dataset.kind, dataset.images, dataset.tools, dataset.thinking)
    if found:
        finding = f"This dataset holds {found}, which Jinko cannot train on yet."
        raise BadInput(Fault(place=place, finding=finding, next_step=STAYS))
