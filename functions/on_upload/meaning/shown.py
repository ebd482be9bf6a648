"""The images of a row: found beside the file or inside its cells, in the order in which turns show them."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final

from functions.on_upload.meaning.reading import Problem
from functions.on_upload.reading.blocks import Attached
from schemas.samples import Image

MANY_STEP: Final = "Write one <image> for each image of the row."


class ImagesOfRow:
    """`given` are those of a column of images: turns show them in order. Turns may hold further ones."""

    def __init__(self, given: Sequence[Image] = ()) -> None:
        self._all = list(given)
        self.given = len(self._all)
        self._next = 0

    @property
    def all(self) -> tuple[Image, ...]:
        """What goes into the sample's `images`; parts hold indices of it."""
        return tuple(self._all)

    @property
    def left(self) -> range:
        """Those of the column that no turn has shown so far."""
        return range(self._next, self.given)

    def next(self) -> int | Problem:
        """The next image of the column, for a turn that says only that one stands there."""
        if self._next >= self.given:
            finding = f"The turns show more images than the row has ({self.given})."
            return Problem(finding, MANY_STEP)
        self._next += 1
        return self._next - 1

    def take_left(self) -> range:
        """All that are left, shown by this."""
        left, self._next = self.left, self.given
        return left

    def add(self, image: Image) -> int:
        """An image that a turn itself holds."""
        self._all.append(image)
        return len(self._all) - 1


def image_of(value: object, attached: Attached) -> Image | Problem:
    """An image that a cell or a part holds: bytes, {bytes, path}, a data: address, a file beside the data."""
    if isinstance(value, bytes):
        return Image(data=value)
    if isinstance(value, Mapping):
        held = value.get("bytes")
        inside = next(
            (value[key] for key in ("url", "path", "base64", "data", "image") if value.get(key)), None
        )
        if isinstance(held, bytes) and held:
            return Image(data=held, name=inside if isinstance(inside, str) else "")
        if isinstance(held, str) and held:
            return _encoded(held)
        return image_of(inside, attached)
    if not isinstance(value, str) or not value.strip():
        return Problem("An image is missing.", "Name a file that lies beside the data, or leave the row out.")
    text = value.strip()
    if text.startswith("data:"):
        return _encoded(text.partition(",")[2])
    found = attached(text)
    if found is not None:
        return found
    if text.startswith(("http:", "https:")):
        finding = "An image is an http address, which is not fetched."
        return Problem(finding, "Put the image into the archive beside the data, and write its name.")
    if len(text) > 300 and " " not in text:
        return _encoded(text)
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    return Problem(f"There is no image '{shown}'.", "Put it into the archive or folder beside the data.")


def _encoded(text: str) -> Image | Problem:
    try:
        return Image(data=base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return Problem("An image is not written as base64 should be.", "Write it whole, or name a file.")
