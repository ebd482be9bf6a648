"""The split: a row's side follows from the row and the seed, whatever else the file holds."""

import random

import pytest

from functions.on_upload.sift import side
from schemas.recipe import DataOptions
from tests.conftest import lines
from tests.functions.sifting import a_sample, numbered, sift


def test_a_row_falls_on_the_same_side_whatever_else_the_file_holds():
    options = DataOptions(test_size=0.3)
    _, whole = sift(numbered(300))
    shuffled = [f"q{n},a{n}" for n in range(0, 300, 3)]
    random.Random(3).shuffle(shuffled)
    _, part = sift(
        lines(["Answer,x,Question", *(f"{r.split(',')[1]},x,{r.split(',')[0]}" for r in shuffled)])
    )
    sides = {sample.messages: side(sample, options) for sample in whole}

    assert len(part) == 100
    assert all(side(sample, options) == sides[sample.messages] for sample in part)
    assert set(sides.values()) == {"train", "test"}


def test_another_seed_holds_out_other_rows():
    rows = [a_sample(str(number)) for number in range(300)]
    held = [
        {row.messages for row in rows if side(row, DataOptions(test_size=0.3, seed=seed)) == "test"}
        for seed in (1, 2)
    ]

    assert held[0] != held[1]
    assert 60 < len(held[0]) < 120
    assert 5 < len(held[0] & held[1]) < 60  # about 0.3 × 0.3 of the rows


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.9])
def test_about_as_many_rows_are_held_out_as_were_asked_for(share):
    options = DataOptions(test_size=share)
    held = sum(side(a_sample(str(number)), options) == "test" for number in range(2000))

    assert abs(held / 2000 - share) < 0.04


def test_nothing_is_held_out_where_nothing_was_asked_for():
    assert {side(a_sample(str(n)), DataOptions(test_size=0)) for n in range(200)} == {"train"}
