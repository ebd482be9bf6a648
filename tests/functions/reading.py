"""Bytes read as a file of some name, and texts that are hard to keep to the letter. No tests here."""

import io
import string

import pytest

from functions.on_upload.formats import open_table
from schemas.errors import BadInput

LETTERS = string.printable + "äß🦉你\u2028\u200b\x01\x7f" + '"",\r\n' * 4


def texts(chance, count):
    return ["".join(chance.choices(LETTERS, k=chance.randrange(30))) for _ in range(count)]


def table(content, name="file.csv"):
    data = content.encode() if isinstance(content, str) else content
    return open_table(name, io.BytesIO(data))


def rows(content, name="file.csv"):
    return list(table(content, name).rows)


def refusal(content, name="file.csv"):
    """The one fault of a file that is refused, when it is opened or when it is read."""
    with pytest.raises(BadInput) as refused:
        rows(content, name)
    (fault,) = refused.value.faults
    return fault
