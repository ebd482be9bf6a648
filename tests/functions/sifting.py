"""Bytes read to the end as a drop is, and rows to do it with. No tests here."""

import io

import numpy as np

from functions.on_upload.findings import Quarantine
from functions.on_upload.reading.open import open_source
from functions.on_upload.sift import Sifted
from functions.on_upload.split import Split
from schemas.data_options import DataOptions
from schemas.samples import Conversation, Message, from_row
from tests.conftest import lines


class Rows:
    """Takes rows and has them as samples."""

    def __init__(self):
        self.samples = []

    def take(self, kept):
        rows = kept.table(np.arange(kept.rows)).to_pylist()
        kind = next(
            kind
            for kind, column in {
                "conversation": "messages",
                "preference": "chosen",
                "feedback": "good",
                "prompts": "reference",
                "text": "segments",
                "stepwise": "steps",
            }.items()
            if column in rows[0]
        )
        self.samples += [from_row(kind, row) for row in rows]


def divide(content, name="in/file.csv", opened=None, **options):
    """The file after it was read to its end, and its samples on both sides: (sifted, train, test)."""
    data = content.encode() if isinstance(content, str) else content
    chosen = DataOptions.model_validate(options)
    train, test = Rows(), Rows()
    with Quarantine() as errors:
        opened = opened or open_source(name, io.BytesIO(data), chosen, len(data))
        sifted = Sifted(name, opened, chosen, errors)
        with Split(chosen, train, test) as split:
            split.all_of(sifted)
        sifted.leave_undrawn(split.not_drawn)
    return sifted, train.samples, test.samples


def sift(content, name="in/file.csv", **options):
    """The file after it was read to its end, and its samples, in its order."""
    sifted, train, test = divide(content, name, **options)
    return sifted, sorted(train + test, key=lambda sample: sample.line)


def counts(sifted):
    return sifted.read, sifted.kept, sifted.dropped


def a_sample(text, line=2):
    return Conversation(
        messages=(Message(role="user", content=text), Message(role="assistant", content="a")), line=line
    )


def numbered(count):
    return lines(["question,answer", *(f"q{number},a{number}" for number in range(count))])
