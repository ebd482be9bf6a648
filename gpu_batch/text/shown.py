"""Images in a rendering: a chat template writes one mark for each, a base reads many tokens in its place.

    text, moved = in_place(rendering, [Shown("<start_of_image>", "…"), …])

Not a program. What an image becomes is told by who can open it (`gpu_batch.sight`); here it is text only.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from schemas.errors import BadInput, Fault


class Shown(NamedTuple):
    """One image: the mark that the chat template writes for it, and the text that the model reads instead."""

    mark: str
    text: str


def in_place(rendering: str, shown: Sequence[Shown], name: str = "") -> tuple[str, Callable[[int], int]]:
    """The rendering with every mark replaced, and where a character of the old one stands in the new.

    Raises BadInput if there are not as many marks as images: the template of `name` knows no images, or a
    text holds a mark.
    """
    if not shown:
        return rendering, lambda at: at
    places = [found.span() for found in re.finditer(re.escape(shown[0].mark), rendering)]
    if len(places) != len(shown):
        finding = (
            f"The chat template writes {len(places)} image marks for the {len(shown)} images of this row."
        )
        step = "Show images in the user's turns, or choose another base_model that sees."
        raise BadInput(Fault(place=name or "images", finding=finding, next_step=step))
    pieces, last = [], 0
    for (start, end), image in zip(places, shown, strict=True):
        pieces += [rendering[last:start], image.text]
        last = end
    grown = [
        (end, len(image.text) - (end - start)) for (start, end), image in zip(places, shown, strict=True)
    ]

    def moved(at: int) -> int:
        return at + sum(by for end, by in grown if end <= at)

    return "".join([*pieces, rendering[last:]]), moved
