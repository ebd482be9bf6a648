"""The index of what was said before: exact, whatever comes in whatever blocks."""

import random
import time

import numpy as np
import pytest

from functions.on_upload.doubles import NEW, Doubles
from functions.on_upload.keys import Keys, of_samples
from schemas.samples import Conversation, Image, Message, Part, Preference, ToolCall
from tests.functions.sifting import a_sample


def keyed(pairs):
    high, low = (np.array(half, np.uint64) for half in zip(*pairs, strict=True))
    return Keys(high, low)


@pytest.mark.parametrize("halves", [3, 40, 2**64 - 1], ids=["halves that clash", "some", "hardly any"])
def test_it_finds_what_a_dictionary_finds(halves):
    chance = random.Random(halves)
    doubles, known, place = Doubles(), {}, 0
    for _ in range(60):
        block = [(chance.randint(0, halves), chance.randint(0, 30)) for _ in range(chance.randint(1, 80))]
        places = np.arange(place, place + len(block))
        wanted = []
        for key in block:
            wanted.append(known.get(key, NEW))
            known.setdefault(key, place)
            place += 1

        assert doubles.add(keyed(block), places).tolist() == wanted


def test_a_million_rows_take_little_time_and_24_bytes_each():
    chance, doubles = np.random.default_rng(3), Doubles()
    started, rows = time.process_time(), 50_000
    for block in range(20):
        keys = Keys(*chance.integers(0, 2**64, (2, rows), np.uint64))
        assert (doubles.add(keys, np.arange(rows) + block * rows) == NEW).all()
    held = sum(
        one.high.nbytes + one.low.nbytes + one.places.nbytes for part in doubles._parts for one in part
    )

    assert held == 24 * 20 * rows
    assert time.process_time() - started < 5


def talk(*turns, **more):
    return Conversation(messages=tuple(turns), line=1, **more)


ASKED = Message(role="user", content="ab")
ANSWERED = Message(role="assistant", content="cd")
PICTURE = Image(data=b"\x89PNG", name="a.png")
ROWS = [
    talk(ASKED, ANSWERED),
    talk(Message(role="user", content="a"), Message(role="assistant", content="bcd")),
    talk(Message(role="user", content="abcd"), Message(role="assistant", content="")),
    talk(Message(role="system", content="ab"), Message(role="user", content="cd")),
    talk(ASKED, ANSWERED.model_copy(update={"learn": False})),
    talk(ASKED, ANSWERED.model_copy(update={"thinking": "cd"})),
    talk(ASKED, ANSWERED.model_copy(update={"tool_calls": (ToolCall(name="cd"),)})),
    talk(ASKED.model_copy(update={"parts": (Part(image=0), Part(text="ab"))}), ANSWERED, images=(PICTURE,)),
    talk(ASKED, ANSWERED, images=(PICTURE,)),
    talk(ASKED, ANSWERED, tools="[]"),
    Preference(prompt=(ASKED,), chosen=(ANSWERED,), rejected=(ASKED,), line=1),
    Preference(prompt=(ASKED,), chosen=(ASKED,), rejected=(ANSWERED,), line=1),
    a_sample("ab"),
]


def test_whatever_differs_in_a_row_makes_another_key_and_its_line_does_not():
    keys = of_samples([*ROWS, talk(ASKED, ANSWERED).model_copy(update={"line": 9})])
    pairs = list(zip(keys.high.tolist(), keys.low.tolist(), strict=True))

    assert len(set(pairs)) == len(ROWS)
    assert pairs[-1] == pairs[0]
