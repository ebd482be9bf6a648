"""Bytes read as a file of some name, and files made for it. No tests here."""

import io
import string
import zipfile

import pytest

from functions.on_upload.reading.blocks import Nested, Row
from functions.on_upload.reading.open import open_several, open_source
from schemas.data_options import DataOptions
from schemas.errors import BadInput

LETTERS = string.printable + "äß🦉你\u2028\u200b\x01\x7f" + '"",\r\n' * 4
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def texts(chance, count):
    return ["".join(chance.choices(LETTERS, k=chance.randrange(30))) for _ in range(count)]


def as_bytes(content):
    return content.encode() if isinstance(content, str) else content


def opened(content, name="file.csv", **options):
    return open_source(name, io.BytesIO(as_bytes(content)), DataOptions(**options))


def folder(files, name="folder"):
    members = [
        (member, lambda content=content: io.BytesIO(as_bytes(content))) for member, content in files.items()
    ]
    return open_several(name, members, DataOptions())


def rows_of(source):
    """All rows of an opened source, good and bad, in the order of their lines within each block."""
    found = []
    for block in source.blocks:
        if isinstance(block, Nested):
            good = list(block.rows)
        else:
            block.cells.validate(full=True)
            lines, cells = block.lines.to_pylist(), block.cells.to_pylist()
            good = [Row(line, row) for line, row in zip(lines, cells, strict=True)]
        found += sorted([*good, *block.bad], key=lambda row: row.line)
    return found


def rows(content, name="file.csv", **options):
    return rows_of(opened(content, name, **options))


def cells(content, name="file.csv", **options):
    """Every good row's cells; there must be no bad one."""
    found = rows(content, name, **options)
    assert all(isinstance(row, Row) for row in found), found
    return [row.cells for row in found]


def refusal(content, name="file.csv", **options):
    """The one fault of a file that is refused, when it is opened or when it is read."""
    with pytest.raises(BadInput) as refused:
        rows(content, name, **options)
    (fault,) = refused.value.faults
    return fault


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as into:
        for name, content in files.items():
            into.writestr(name, content)
    return packed.getvalue()
