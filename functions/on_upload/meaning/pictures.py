"""Whether bytes are an image that models are trained on, and not too big a one."""

from collections.abc import Sequence
from typing import Final

from functions.on_upload.meaning.reading import Problem
from schemas.samples import Image

MAX_IMAGE: Final = 10_000_000  # bytes, of one image: what hosted services take too
_STEP: Final = "Save it as PNG, JPEG, WebP or GIF."
_WEBP: Final = 12  # bytes: RIFF, a length, WEBP


def not_images(images: Sequence[Image]) -> Problem | None:
    """What is wrong with these images: what they are by their first bytes, how big they are; or nothing."""
    for image in images:
        called = f"The image '{image.name[:60]}'" if image.name else "An image"
        if len(image.data) > MAX_IMAGE:
            size, most = len(image.data) / 1e6, MAX_IMAGE // 1_000_000
            return Problem(f"{called} has {size:,.1f} MB; at most {most} are read.", "Make it smaller.")
        if not is_image(image.data):
            return Problem(f"{called} is no PNG, JPEG, WebP or GIF.", _STEP)
    return None


def is_image(data: bytes) -> bool:
    """Whether bytes start as an image of a kind that models are trained on."""
    if data[:4] == b"RIFF":
        return data[8:_WEBP] == b"WEBP"
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))
