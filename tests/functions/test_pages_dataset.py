"""The dataset's card and the lengths on it: every row accounted for, no text altered."""

import random
import re
from itertools import pairwise

import pytest

from functions.on_upload.card import card
from functions.on_upload.lengths import Lengths, Side
from schemas.errors import Fault
from schemas.orders import Counts, Dataset
from schemas.samples import Message, Sample

ODD = "<script>alert(1)</script> a | b ```\n# no heading\n\n| x |\n\x1b[31m"
EXTERNAL = re.compile(r"""(?:src=|href=|url\(|@import|<link|<script|<img|<iframe)""", re.I)


def a_sample(question="How?", answer="So.", line=2):
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Sample(messages=messages, line=line)


def a_dataset(**changes):
    fault = Fault(place="a.csv:14", finding="Column 'a|b' is empty.", next_step="Fill `it`.", count=20)
    plain = {
        "id": "3f9a1c0b7d2e4a55",
        "source": "a.csv",
        "bucket": "inbox",
        "generation": 3,
        "kind": "conversation",
        "why": "`q` is the question.",
        "columns": {"question": "q|<b>", "answer": "a"},
        "unused": ("id",),
        "attempt": "t1",
        "counts": Counts(read=1000, kept=980, dropped=20, train=784, test=196),
        "faults": (fault,),
        "train": (),
        "test": (),
        "card": "card.md",
        "page": "card.html",
    }
    return Dataset.model_validate(plain | changes)


def measured(samples):
    lengths = Lengths()
    for sample in samples:
        lengths.add(sample)
    return lengths


def both(samples=None, **changes):
    samples = samples or [a_sample()]
    return card(a_dataset(**changes), measured(samples), samples)


def test_the_card_is_the_same_twice():
    assert both() == both()


@pytest.mark.parametrize("page", both(), ids=["markdown", "html"])
def test_the_card_accounts_for_every_row_and_says_why_some_were_left_out(page):
    for told in ("1,000", "784", "196", "20 of 1,000 rows were left out", "a.csv:14", "20 times", "is empty"):
        assert told in page


def test_a_dataset_without_losses_or_held_out_rows_says_so():
    for page in both(counts=Counts(read=5, kept=5, train=5), faults=()):
        assert "Nothing. Every row is in the dataset" in page
        assert "cannot be measured" in page
        assert "left out 0" not in page


def test_a_dataset_of_no_rows_is_still_a_page():
    for page in card(a_dataset(counts=Counts()), Lengths(), []):
        assert "How long the rows are" not in page


def test_text_of_a_row_breaks_neither_page():
    markdown, html = both([a_sample(ODD, ODD)])
    assert html.count("<script") == 0
    assert "&lt;script&gt;alert(1)&lt;/script&gt; a | b ```\n# no heading\n\n| x |\n␛[31m" in html
    assert "````text\nuser       <script>" in markdown
    assert "\n# no heading" not in markdown


def test_the_page_asks_for_nothing_from_elsewhere_and_forbids_it():
    html = both([a_sample(ODD)])[1]
    assert not EXTERNAL.search(html)
    assert "default-src 'none'" in html
    assert "http:" not in html
    assert "https:" not in html


def test_a_long_row_is_cut_and_says_so():
    for page in both([a_sample("x" * 700)]):
        assert "(100 more characters)" in page


def test_lengths_are_counted_on_each_side():
    lengths = measured([a_sample("four", "a"), a_sample("sixsix", "aaa"), a_sample("x" * 100, "")])
    assert lengths.questions.stats() == (3, 4, 6, 100, 100)
    assert lengths.answers.stats() == (3, 0, 1, 3, 3)


def test_no_rows_have_no_lengths():
    assert Side().stats() is None
    assert Side().bars() == []


def test_long_lengths_are_close_and_take_bounded_memory():
    side, lengths = Side(), sorted(random.Random(7).choices(range(10**7), k=50_000))
    for length in lengths:
        side.add(length)
    stats = side.stats()
    assert (stats.min, stats.max) == (lengths[0], lengths[-1])
    assert 0 <= lengths[24_999] - stats.median <= 0.0005 * lengths[24_999]
    assert len(side._counts) < 30_000


@pytest.mark.parametrize(
    "lengths", [[0], [5], [0, 1], [0] * 9 + [1000], [59, 72, 150], [80] * 99 + [12_345], [10**7]], ids=str
)
def test_every_row_is_under_one_bar(lengths):
    side = Side()
    for length in lengths:
        side.add(length)
    bars = side.bars()
    assert sum(bar.rows for bar in bars) == len(lengths)
    assert bars[0].low <= min(lengths)
    assert max(lengths) < bars[-1].high
    assert all(bar.high == after.low for bar, after in pairwise(bars))
    assert len(bars) <= 40
