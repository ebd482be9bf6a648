"""Bytes read to the end as a drop is, and rows to do it with. No tests here."""

import io

from functions.on_upload.sift import Sifted
from schemas.recipe import DataOptions
from schemas.samples import Message, Sample
from tests.conftest import lines


def sift(content, name="in/file.csv", **options):
    """The file after it was read to its end, and its samples."""
    data = content.encode() if isinstance(content, str) else content
    sifted = Sifted(name, io.BytesIO(data), DataOptions.model_validate(options))
    return sifted, list(sifted)


def counts(sifted):
    return sifted.read, sifted.kept, sifted.dropped


def a_sample(text, line=2):
    return Sample(
        messages=(Message(role="user", content=text), Message(role="assistant", content="a")), line=line
    )


def numbered(count):
    return lines(["question,answer", *(f"q{number},a{number}" for number in range(count))])
