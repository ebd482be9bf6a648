"""Images of rows: which column holds them, whether they are images, and rows of an image and a caption.

Images are no kind of their own: any turn may show some. They come as bytes, as {bytes, path}, as data:
addresses or base64, or as names of files that lie beside the table. Nothing is fetched from the web: not now,
not while training. Sound and video are not read.
"""

from typing import Any, Final

from functions.on_upload.meaning.cells import is_empty, text_of
from functions.on_upload.meaning.kinds import cells, column, is_text, listed, mostly, parsed, shown
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.pictures import is_image, not_images
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.shown import ImagesOfRow, image_of
from functions.on_upload.meaning.words_of_kinds import CAPTIONS, IMAGES, SOUNDS
from functions.on_upload.reading.blocks import Attached, Row
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Image, Message, Part, Sample

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic")
QUESTION: Final = "Describe this image."
_NAMES: Final = frozenset(map(plain, IMAGES))


def image_column(seen: Seen) -> str | None:
    """The column of a row's images: by its name and what is in it, or by what is in it alone."""
    called = [one for one in seen.columns if plain(one) in _NAMES]
    others = [one for one in seen.columns if plain(one) not in _NAMES]
    return next((one for one in (*called, *others) if mostly(seen, one, _looks_like_images)), None)


def must_have_no_sound(seen: Seen) -> None:
    """Raises BadInput for a file whose rows are about sound or videos."""
    name = column(seen, SOUNDS)
    held = cells(seen, name) if name else []
    if name and held and not all(isinstance(one, str) and " " in one.strip() for one in held):
        finding = f"Column '{name}' holds sound or videos, which Jinko does not read yet."
        step = "Leave the column out to learn from the texts alone."
        raise BadInput(Fault(place=seen.name, finding=finding, next_step=step))


def images_of(row: Row, name: str | None, attached: Attached) -> ImagesOfRow | Problem:
    """The images in a row's column, each of them one; none where there is no column, or nothing in it."""
    value = row.cells.get(name) if name else None
    if is_empty(value):
        return ImagesOfRow()
    found: list[Image] = []
    for one in _each(value):
        image = one if isinstance(one, Image) else image_of(one, attached)
        if isinstance(image, Problem):
            return image
        found.append(image)
    return not_images(found) or ImagesOfRow(found)


def _each(value: Any) -> list[Any]:
    """A cell's images: a list of them (also as text), several names with commas between, or one."""
    found = listed(value) if not isinstance(value, bytes) else None
    if found is not None:
        return [one for one in found if not is_empty(one)]
    if isinstance(value, str) and not value.startswith("data:") and "," in value:
        pieces = [piece.strip() for piece in value.split(",")]
        if all(piece.lower().endswith(SUFFIXES) for piece in pieces):
            return list(pieces)
    return [value if isinstance(value, bytes) else parsed(value)]


def _looks_like_images(value: Any) -> bool:
    found = _each(value)
    return bool(found) and all(map(_looks_like_one, found))


def _looks_like_one(value: Any) -> bool:
    if isinstance(value, Image):
        return True  # found beside a table, by its reader
    if isinstance(value, bytes):
        return is_image(value)
    if isinstance(value, dict):
        held = value.get("bytes")
        return isinstance(held, bytes) or (bool(value.get("path")) and set(value) <= {"bytes", "path"})
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        return False
    text = value.strip()
    encoded = ("data:image/", "iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR")  # the first bytes, in base64
    return text.startswith(encoded) or text.partition("?")[0].lower().endswith(SUFFIXES)


# ---------------------------------------------------------------- an image and what it shows


def find_captions(seen: Seen) -> list[Reading]:
    """Rows of an image and a text about it: the person shows the image and asks, the text is the answer."""
    must_have_no_sound(seen)
    name = image_column(seen)
    if name is None:
        return []
    texts = [one for one in seen.columns if one != name and mostly(seen, one, is_text)]
    called = column(seen._replace(columns=tuple(texts)), CAPTIONS)
    caption = called or (texts[0] if len(texts) == 1 else None)
    if caption is None:
        return []

    def build(row: Row, attached: Attached) -> Sample | Problem:
        images = images_of(row, name, attached)
        if isinstance(images, Problem):
            return images
        if not images.given:
            return Problem(f"Column '{name}' is empty.", "Add the image, or leave the row out.")
        text = text_of(caption, row.cells.get(caption))
        if isinstance(text, Problem):
            return text
        parts = (*(Part(image=place) for place in images.take_left()), Part(text=QUESTION))
        asks = Message(role="user", content=QUESTION, parts=parts)
        answer = Message(role="assistant", content=text)
        return Conversation(messages=(asks, answer), images=images.all, line=row.line)

    why = f"Column {shown([name])} holds images and {shown([caption])} what they show: asked is '{QUESTION}'"
    certainty = 0.95 if called else 0.85
    return [Reading("conversation", {"images": name, "answer": caption}, why, certainty, build, images=True)]
