"""Images of rows: found, checked by their bytes, never fetched; with a caption, a conversation."""

import base64

import pytest

from functions.on_upload.meaning.images import find_captions, image_column, images_of
from functions.on_upload.meaning.pictures import MAX_IMAGE, not_images
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.reading.blocks import Row
from schemas.errors import BadInput
from schemas.samples import Image
from tests.functions.meaning.finding import PNG, album, built, nothing, only, said, seen

ENCODED = base64.b64encode(PNG).decode()
JPEG, GIF, WEBP = b"\xff\xd8\xff\xe0", b"GIF89a..", b"RIFF\0\0\0\0WEBP"
HELD = {
    "bytes": PNG,
    "a struct": {"bytes": PNG, "path": "a.png"},
    "an address of data": f"data:image/png;base64,{ENCODED}",
    "base64": base64.b64encode(PNG * 20).decode(),
    "a name": "a.png",
    "found by the reader": Image(data=PNG, name="a.png"),
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
@pytest.mark.parametrize(("name", "caption"), [("image", "text"), ("foto", "описание"), ("x", "y")])
def test_an_image_and_its_caption_become_a_question_and_an_answer(held, name, caption):
    made = built(find_captions, {name: held, caption: "A cat on a mat."}, attached=album(**{"a.png": PNG}))
    assert said(made.messages) == [("user", "Describe this image."), ("assistant", "A cat on a mat.")]
    assert [part.image for part in made.messages[0].parts] == [0, None]
    assert made.images[0].data.startswith(b"\x89PNG")


def test_several_images_of_a_row_are_kept_in_order():
    attached = album(**{"a.png": PNG, "b.jpg": JPEG})
    for cell in (["a.png", "b.jpg"], '["a.png", "b.jpg"]', "a.png, b.jpg"):
        images = images_of(Row(1, {"images": cell}), "images", attached)
        assert [image.data for image in images.all] == [PNG, JPEG]
    assert images_of(Row(1, {"images": []}), "images", attached).given == 0


@pytest.mark.parametrize("data", [PNG, JPEG, GIF, WEBP])
def test_images_are_told_by_their_first_bytes(data):
    assert not_images([Image(data=data)]) is None


@pytest.mark.parametrize(
    ("cell", "finding"),
    [
        ("no-such.png", "no image 'no-such.png'"),
        ("https://example.org/a.png", "not fetched"),
        ({"bytes": b"%PDF-1.7", "path": "a.png"}, "is no PNG"),
        ({"bytes": PNG + b"\0" * MAX_IMAGE, "path": "big.png"}, "10.0 MB"),
        ("data:image/png;base64,%%%", "base64"),
    ],
)
def test_what_is_no_usable_image_costs_its_row_and_says_why(cell, finding):
    made = images_of(Row(1, {"image": cell}), "image", nothing)
    assert isinstance(made, Problem)
    assert finding in made.finding


def test_sound_is_refused_in_words():
    with pytest.raises(BadInput, match="sound or videos"):
        find_captions(seen({"audio": {"bytes": b"RIFF", "path": "a.wav"}, "text": "Hello there."}))
    assert find_captions(seen({"audio": "The sound of rain.", "text": "Hello there."})) == []


@pytest.mark.parametrize(
    "row",
    [
        {"text": "a b"},
        {"file_name": "report.pdf", "text": "a b"},
        {"image": "A picture of Rome.", "text": "a b"},
    ],
)
def test_rows_without_images_are_no_captions(row):
    assert image_column(seen(row)) is None
    assert find_captions(seen(row)) == []


def test_a_row_without_its_image_is_left_out():
    reading = only(find_captions, {"image": PNG, "text": "A cat."})
    assert isinstance(reading.build(Row(2, {"image": None, "text": "b"}), nothing), Problem)
