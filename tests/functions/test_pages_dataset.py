"""The dataset's card and the lengths on it: every row accounted for, no text altered."""

import random
import re
from itertools import pairwise

import numpy as np
import pytest

from functions.on_upload.card import card
from functions.on_upload.card_rows import PICTURE_BYTES
from functions.on_upload.kept import Kept
from functions.on_upload.keys import of_samples
from functions.on_upload.lengths import SIDES, Lengths, Side, lengths_of
from schemas.errors import Fault
from schemas.orders import Counts, Dataset
from schemas.samples import Conversation, Image, Message
from tests.functions.rows_of_kinds import EVERY_KIND, PICTURE, TOOLS

ODD = "<script>alert(1)</script> a | b ```\n# no heading\n\n| x |\n\x1b[31m"
EXTERNAL = re.compile(r"""(?:src=|href=|url\(|@import|<link|<script|<img|<iframe)""", re.I)


def a_sample(question="How?", answer="So.", line=2):
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Conversation(messages=messages, line=line)


MADE_OF = {"bucket": "inbox", "name": "a.csv", "generation": 3, "size": 9, "md5": None}


def a_dataset(**changes):
    fault = Fault(place="a.csv:14", finding="Column 'a|b' is empty.", next_step="Fill `it`.", count=20)
    plain = {
        "id": "3f9a1c0b7d2e4a55",
        "source": "a.csv",
        "made_of": {"name": "a.csv", "files": [MADE_OF]},
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


def kept(samples, kind):
    sides = np.array([lengths_of(one) for one in samples], np.int64).reshape(-1, len(SIDES[kind])).T
    lines = np.array([one.line for one in samples])
    return Kept(np.arange(len(samples)), lines, of_samples(samples), tuple(sides), lambda rows: None)


def measured(samples, kind="conversation"):
    lengths = Lengths(kind)
    lengths.take(kept(samples, kind))
    return lengths


def both(samples=None, kind="conversation", **changes):
    samples = samples or [a_sample()]
    return card(a_dataset(kind=kind, **changes), measured(samples, kind), samples)


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
    for page in card(a_dataset(counts=Counts()), Lengths("conversation"), []):
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

    assert lengths.sides["What is asked"].stats() == (3, 4, 6, 100, 100)
    assert lengths.sides["What is answered"].stats() == (3, 0, 1, 3, 3)


def test_no_rows_have_no_lengths():
    assert Side().stats() is None
    assert Side().bars() == []


def test_long_lengths_are_close_and_take_bounded_memory():
    side, lengths = Side(), sorted(random.Random(7).choices(range(10**7), k=50_000))
    for at in range(0, len(lengths), 20_000):
        side.add(np.array(lengths[at : at + 20_000]))
    stats = side.stats()
    assert (stats.min, stats.max) == (lengths[0], lengths[-1])
    assert 0 <= lengths[24_999] - stats.median <= 0.0005 * lengths[24_999]
    assert len(side._counts) < 30_000


@pytest.mark.parametrize(
    "lengths", [[0], [5], [0, 1], [0] * 9 + [1000], [59, 72, 150], [80] * 99 + [12_345], [10**7]], ids=str
)
def test_every_row_is_under_one_bar(lengths):
    side = Side()
    side.add(np.array(lengths))
    bars = side.bars()
    assert sum(bar.rows for bar in bars) == len(lengths)
    assert bars[0].low <= min(lengths)
    assert max(lengths) < bars[-1].high
    assert all(bar.high == after.low for bar, after in pairwise(bars))
    assert len(bars) <= 40


# ---------------------------------------------------------------- rows of every kind


@pytest.mark.parametrize(("kind", "sample"), EVERY_KIND, ids=[kind for kind, _ in EVERY_KIND])
def test_rows_of_every_kind_are_shown_with_all_that_is_said_in_them(kind, sample):
    markdown, html = both([sample], kind=kind)
    said = [
        turn
        for name in ("messages", "prompt", "chosen", "rejected", "completion")
        for turn in getattr(sample, name, ())
    ]
    texts = [turn.content for turn in said] + [
        one.text for one in getattr(sample, "segments", getattr(sample, "steps", ()))
    ]

    for text in texts:
        assert text.replace("'", "&#39;").replace('"', "&#34;").strip() in html
        assert text.strip() in markdown
    for chart in SIDES[kind]:
        assert chart in html


def test_better_and_worse_liked_and_not_right_and_wrong_are_told_apart():
    shown = {kind: both([sample], kind=kind) for kind, sample in EVERY_KIND[2:]}

    for page in shown["preference"]:
        assert page.index("A new one") < page.index("Buy another.")
    assert 'class="way better"' in shown["preference"][1]
    assert 'class="way worse"' in shown["preference"][1]
    assert "liked" in shown["feedback"][0]
    assert "wrong step" in shown["stepwise"][0]


def test_calls_of_tools_thoughts_and_turns_that_are_only_read_are_named():
    markdown, html = both([TOOLS, EVERY_KIND[0][1]])

    for page in (markdown, html):
        for told in (
            "calls",
            "rain",
            "tool&#39;s answer (rain)" if page is html else "tool's answer (rain)",
            "only read",
            "thought",
        ):
            assert told in page


def test_a_small_picture_is_in_the_page_and_a_large_one_is_named_with_its_size():
    large = Image(data=PICTURE.data + bytes(PICTURE_BYTES), name="huge.png")
    sample = EVERY_KIND[0][1].model_copy(update={"images": (PICTURE, large)})
    markdown, html = both([sample])

    assert html.count('<img src="data:image/png;base64,') == 1
    assert "img-src data:" in html
    assert "huge.png" in html
    assert "150 kB, not shown here" in html
    assert "lamp.png" in markdown
    assert "base64" not in markdown


def test_the_list_of_what_was_left_out_is_linked():
    for page in both(errors="datasets/3f9a/t1/errors.jsonl"):
        assert "(errors.jsonl)" in page or 'href="errors.jsonl"' in page
