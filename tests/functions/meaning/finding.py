"""Rows to be understood, and what becomes of them, shortly written. No tests here."""

from functions.on_upload.meaning.reading import Problem, Seen
from functions.on_upload.reading.blocks import Row
from schemas.samples import Image

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def seen(*rows, whole=True, hints=None):
    """Rows of a file, as they are looked at."""
    columns = dict.fromkeys(key for row in rows for key in row)
    made = [Row(line, dict(row)) for line, row in enumerate(rows, 1)]
    return Seen("data.jsonl", tuple(columns), made, whole, hints or {})


def nothing(_name):
    """No image lies beside the file."""
    return None


def album(**images):
    """Images that lie beside the file, by name."""
    return lambda name: Image(data=images[name], name=name) if name in images else None


def only(find, *rows, **how):
    """The one reading of these rows."""
    found = find(seen(*rows, **how))
    assert len(found) == 1, found
    return found[0]


def built(find, *rows, attached=nothing, **how):
    """The first row as a sample, or the problem with it."""
    reading = only(find, *rows, **how)
    assert reading.certainty >= 0.8, reading
    made = reading.build(Row(1, dict(rows[0])), attached)
    assert isinstance(made, Problem) or made.line == 1
    return made


def said(turns):
    """Turns as (role, content)."""
    return [(turn.role, turn.content) for turn in turns]


def talk(*parts):
    """Turns as OpenAI writes them."""
    return [{"role": role, "content": content} for role, content in parts]


def shared(*parts):
    """Turns as ShareGPT writes them."""
    return [{"from": role, "value": content} for role, content in parts]
