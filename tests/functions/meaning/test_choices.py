"""Questions with options: how they stand below the question, and which of them an answer names."""

import pytest

from functions.on_upload.meaning.reading import Problem
from schemas.samples import Image
from tests.functions.meaning.contents import ASKED
from tests.functions.meaning.seeing import first, read, seen, table, turns_of


@pytest.mark.parametrize(
    "row",
    [
        {"choices": ["3", "4"], "answer": "B"},
        {"choices": ["3", "4"], "answer": "4"},
        {"options": {"A": "3", "B": "4"}, "answer": "b"},
        {"choices": {"text": ["3", "4"], "label": ["A", "B"]}, "answerKey": "B"},
        {"option_a": "3", "option_b": "4", "answer": "B"},
        {"A": "3", "B": "4", "answer": "B"},
        {"option_1": "3", "option_2": "4", "answer": "2"},
        {"Antwort A": "3", "Antwort B": "4", "Richtige Antwort": "b"},
        {"choices": ["3", "4"], "answer": "(B)"},
        {"choices": ["3", "4"], "answer": "option b"},
    ],
)
def test_options_stand_below_the_question_and_the_right_one_is_learned(row):
    told = first(seen({"question": "2 + 2?", **row}, {"question": "1 + 3?", **row}))

    assert told == [("user", "2 + 2?\nA. 3\nB. 4"), ("assistant", "B. 4")]


PLANETS = ["Mars", "Venus", "Pluto"]


def picked(*answers, options=PLANETS):
    """What is learned of questions with these options, whose answers are these numbers."""
    rows = ({"question": f"Which is number {n}?", "choices": options, "answer": n} for n in answers)
    return [one if isinstance(one, Problem) else one[1][1] for one in turns_of(seen(*rows))]


def test_numbers_name_options_from_0_where_a_0_is_among_them():
    assert picked("1", "0", "2") == ["B. Venus", "A. Mars", "C. Pluto"]


def test_numbers_name_options_from_1_where_the_last_is_named_by_their_number():
    assert picked("1", "3", "2") == ["A. Mars", "C. Pluto", "B. Venus"]


def test_columns_that_are_numbered_from_1_are_meant_by_their_numbers():
    options = {"option1": "trophy", "option2": "suitcase"}
    rows = ({"sentence": f"The {n} is too big, is it?", **options, "answer": "1"} for n in PLANETS)

    assert first(seen(*rows))[1] == ("assistant", "A. trophy")


def test_numbers_that_may_be_counted_either_way_are_no_answers():
    problem = picked("1", "2", "1")[0]

    assert problem.finding == "Column 'answer' names option 1; whether the first is 0 or 1 is not clear."
    assert "letters" in problem.next_step


def test_numbers_may_be_the_texts_of_options():
    assert picked("7", "5", options=["5", "6", "7"]) == ["C. 7", "A. 5"]


@pytest.mark.parametrize("strange", ["-1", "3"])
def test_a_number_of_no_option_costs_its_row(strange):
    found = picked(*["1", "0", "2"] * 10, strange)

    assert "but there are 3 options" in found[-1].finding
    assert found[0] == "B. Venus"


def test_a_question_about_an_image_keeps_its_options_below_it():
    png = Image(data=b"\x89PNG\r\n\x1a\n")
    found = table(image=["a.png"] * 6, question=ASKED, choices=[["x", "y"]] * 6, answer=["B"] * 6)
    built = read(found).build(found.rows[0], {"a.png": png}.get)

    assert built.images == (png,)
    assert [part.text for part in built.messages[0].parts] == [None, ASKED[0], "\nA. x\nB. y"]
    assert built.messages[0].content == f"{ASKED[0]}\nA. x\nB. y"
