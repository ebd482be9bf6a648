"""The split: a share, a number, a sample, or the data's own; no held-out row says what a learned one says."""

import random

import numpy as np
import pytest

from functions.on_upload import keys
from functions.on_upload.given import given_split
from schemas.data_options import DataOptions
from schemas.errors import BadInput
from tests.conftest import lines
from tests.functions.sifting import a_sample, counts, divide, numbered


def asked(samples):
    return {sample.messages[0].content for sample in samples}


def sides(content, **options):
    _, train, test = divide(content, **options)
    return asked(train), asked(test)


# ---------------------------------------------------------------- a share


def test_a_row_falls_on_the_same_side_whatever_else_the_file_holds():
    train, test = sides(numbered(300), test_size=0.3)
    some = [f"q{n},a{n}" for n in range(0, 300, 3)]
    random.Random(3).shuffle(some)
    table = ["Answer,id,Question", *(f"{r.split(',')[1]},x,{r.split(',')[0]}" for r in some)]
    part_train, part_test = sides(lines(table), test_size=0.3)

    assert len(part_train | part_test) == 100
    assert part_train <= train
    assert part_test <= test


def test_another_seed_holds_out_other_rows():
    (_, one), (_, two) = (sides(numbered(300), test_size=0.3, seed=seed) for seed in (1, 2))

    assert one != two
    assert 60 < len(one) < 120
    assert 5 < len(one & two) < 60  # about 0.3 × 0.3 of the rows


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.9])
def test_about_as_many_rows_are_held_out_as_were_asked_for(share):
    drawn = keys.drawn(keys.of_samples([a_sample(str(number)) for number in range(2000)]), 42, 0)

    assert abs(np.mean(keys.share(drawn) < share) - share) < 0.04


def test_nothing_is_held_out_where_nothing_was_asked_for():
    assert sides(numbered(200), test_size=0)[1] == set()


def test_a_file_of_one_row_is_learned_from_unless_a_person_asked_for_a_share():
    for number in range(60):
        row = f"question,answer\nq{number}?,a\n"
        assert sides(row) == ({f"q{number}?"}, set())
    held = [sides(f"question,answer\nq{n}?,a\n", test_size=0.5)[1] for n in range(60)]
    assert {len(one) for one in held} == {0, 1}


# ---------------------------------------------------------------- a number, a sample


@pytest.mark.parametrize(("wanted", "there"), [(1, 300), (7, 300), (299, 300), (100, 30_000)])
def test_exactly_as_many_rows_are_held_out_as_a_number_says(wanted, there):
    sifted, train, test = divide(numbered(there), test_size=wanted)

    assert (len(train), len(test)) == (there - wanted, wanted)
    assert len(asked(train) | asked(test)) == there
    assert counts(sifted) == (there, there, 0)


def test_a_number_of_rows_are_the_same_ones_whatever_the_order_of_the_file():
    rows = numbered(500).splitlines()
    shuffled = rows[1:]
    random.Random(5).shuffle(shuffled)

    assert sides(numbered(500), test_size=20)[1] == sides(lines([rows[0], *shuffled]), test_size=20)[1]


@pytest.mark.parametrize("test_size", [0.25, 10])
def test_a_sample_is_drawn_and_then_split_and_what_it_leaves_away_is_counted(test_size):
    sifted, train, test = divide(numbered(2_000), sample_size=40, test_size=test_size)
    (told,) = sifted.findings.told()

    assert len(train) + len(test) == 40
    assert len(test) == 10 if test_size == 10 else 2 <= len(test) <= 20
    assert counts(sifted) == (2_000, 40, 1_960)
    assert (told.count, told.place) == (1_960, "in/file.csv")
    assert "data.sample_size" in told.finding


def test_a_sample_is_in_the_files_order_and_another_seed_draws_another():
    one, two = (divide(numbered(500), sample_size=50, test_size=0, seed=seed)[1] for seed in (1, 2))

    assert [row.line for row in one] == sorted(row.line for row in one)
    assert len(asked(one) & asked(two)) < 20


def test_a_sample_larger_than_the_file_is_the_file():
    sifted, train, _ = divide(numbered(30), sample_size=50, test_size=0)

    assert (len(train), counts(sifted), sifted.findings.told()) == (30, (30, 30, 0), ())


# ---------------------------------------------------------------- the data's own


def with_split(*said, name="split"):
    return lines([f"question,answer,{name}", *(f"q{n},a{n},{side}" for n, side in enumerate(said))])


@pytest.mark.parametrize("name", ["split", "Set", "SUBSET", "fold"])
@pytest.mark.parametrize("word", ["test", "validation", "Dev", "eval"])
def test_a_column_that_says_which_rows_are_held_out_is_followed_and_told(name, word):
    sifted, train, test = divide(with_split("train", word, "train", "TRAIN ", word, name=name))

    assert (asked(train), asked(test)) == ({"q0", "q2", "q3"}, {"q1", "q4"})
    assert (sifted.columns["split"], sifted.unused) == (name, ())
    assert f"Column '{name}' says which rows are held out." in sifted.why


def test_a_share_that_a_person_set_counts_more_than_the_files_split_and_that_is_told():
    sifted, _, test = divide(with_split(*["train", "test"] * 50), test_size=0)

    assert test == []
    assert sifted.unused == ("split",)
    assert "The split in column 'split' is not used, since you set data.test_size." in sifted.why


@pytest.mark.parametrize("said", [["train", "test", "later"], ["1", "2", "3"], ["train"] * 3])
def test_a_column_that_is_no_split_is_none(said):
    sifted, _, _ = divide(with_split(*said))

    assert (sifted.given.column, "split" in sifted.unused) == (None, True)


def test_a_row_whose_side_is_unknown_or_empty_is_left_out_and_told():
    sifted, train, test = divide(
        with_split("train", "test", "foo", "", name="part"), columns={"split": "part"}
    )
    told = {fault.place: fault.finding for fault in sifted.findings.each()}

    assert (asked(train), asked(test)) == ({"q0"}, {"q1"})
    assert told == {
        "in/file.csv:4": "Column 'part' says 'foo', which is no side of a split.",
        "in/file.csv:5": "Column 'part' is empty.",
    }


@pytest.mark.parametrize(
    ("options", "finding"),
    [
        ({"columns": {"split": "answer"}}, "names no side of a split"),
        ({"columns": {"split": "split"}, "test_size": 0.2}, "both say which rows are held out"),
    ],
)
def test_a_split_that_cannot_be_followed_is_refused(options, finding):
    with pytest.raises(BadInput, match=finding):
        divide(with_split("train", "test"), **options)


def test_a_held_out_row_that_says_what_a_learned_one_says_is_dropped():
    rows = ["question,answer,split", *("a,b,train", "c,d,test", "a,b,test", "c,d,train", "e,f,train")]
    _, train, test = divide(lines(rows))

    assert (asked(train), asked(test)) == ({"a", "e"}, {"c"})


def test_the_hubs_held_out_files_are_held_out_unless_a_person_says_how_many():
    from functions.on_upload.peek import Peeked
    from functions.on_upload.reading.blocks import Nested, Row

    seen = Peeked((), ("question",), (), whole=True)
    hub = given_split("hf://o/n", seen, DataOptions(), ("data/test-0.parquet",))
    wished = given_split("hf://o/n", seen, DataOptions(test_size=0.5), ("data/test-0.parquet",))
    rows = (Row(1, {"question": "a"}),)
    sides = [
        hub.sides(Nested(source, rows))[0].tolist()
        for source in ("data/train-0.parquet", "data/test-0.parquet", "hf://o/n/data/test-0.parquet")
    ]

    assert sides == [[False], [True], [True]]
    assert wished.sides(Nested("data/test-0.parquet", rows)) == (None, None)
    assert "not used" in wished.said
