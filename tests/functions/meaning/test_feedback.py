"""One answer, and whether it was liked: every way to say so, and files from which nothing can be learned."""

import pytest

from functions.on_upload.meaning.feedback import find_feedback
from functions.on_upload.meaning.reading import Problem
from schemas.errors import BadInput
from tests.functions.meaning.finding import built, only, said, seen, shared, talk

ASK, ANSWER = ("user", "Who are you?"), ("assistant", "A kind model.")
LIKED = [
    (True, False),
    ("true", "false"),
    ("True", "FALSE"),
    (1, 0),
    ("1", "0"),
    ("1.0", "0.0"),
    ("yes", "no"),
]
LIKED += [
    ("👍", "👎"),
    ("👍️", "👎️"),
    ("thumbs_up", "thumbs_down"),
    ("Thumbs up", "Thumbs down"),
    ("good", "bad"),
]
LIKED += [
    ("up", "down"),
    (1, -1),
    ("5", "1"),
    ("positive", "negative"),
    ("like", "dislike"),
    ("好", "差"),
    ("да", "нет"),
]


def rows(name, good, bad, **others):
    row = others or {"prompt": ASK[1], "completion": ANSWER[1]}
    return {**row, name: good}, {**row, name: bad}


def judged(made):
    return said(made.prompt), said(made.completion), made.good


@pytest.mark.parametrize(("good", "bad"), LIKED)
@pytest.mark.parametrize("name", ["label", "thumbs", "Bewertung"])
def test_each_way_to_like_an_answer_is_understood(name, good, bad):
    liked, not_liked = rows(name, good, bad)
    assert judged(built(find_feedback, liked, not_liked)) == ([ASK], [ANSWER], True)
    assert judged(built(find_feedback, not_liked, liked)) == ([ASK], [ANSWER], False)


@pytest.mark.parametrize(
    "others",
    [
        {"instruction": ASK[1], "completion": ANSWER[1]},
        {"question": ASK[1], "response": ANSWER[1]},
        {"pregunta": ASK[1], "respuesta": ANSWER[1]},
        {"质问": ASK[1], "回答": ANSWER[1]},
        {"prompt": talk(ASK), "completion": talk(ANSWER)},
        {"messages": talk(ASK, ANSWER)},
        {"conversations": shared(("human", ASK[1]), ("gpt", ANSWER[1]))},
    ],
)
def test_each_layout_of_the_answer_is_understood(others):
    for name in ("label", "kto_tag"):
        made = built(find_feedback, *rows(name, True, False, **others))
        assert judged(made) == ([ASK], [ANSWER], True)


@pytest.mark.parametrize(
    ("name", "good", "bad"), [("c", "true", "false"), ("Daumen", "👍", "👎"), ("column_3", True, False)]
)
def test_judgements_under_names_that_say_nothing_are_told_by_what_they_are(name, good, bad):
    pairs = [{"a": f"What is {n}?", "b": f"It is the number {n} of course."} for n in range(20)]
    rows = [{**pair, name: bad if n % 3 else good} for n, pair in enumerate(pairs)]
    made = built(find_feedback, *rows)
    assert judged(made) == ([("user", "What is 0?")], [("assistant", "It is the number 0 of course.")], True)


def test_of_a_conversation_the_last_answer_is_judged():
    turns = [ASK, ANSWER, ("user", "Sure?"), ("assistant", "Yes, sure.")]
    made = built(find_feedback, *rows("kto_tag", False, True, messages=talk(("system", "Be."), *turns)))
    assert judged(made) == ([("system", "Be."), *turns[:3]], turns[3:], False)


@pytest.mark.parametrize(
    ("value", "finding"), [(None, "'label' is empty"), ("perhaps", "neither good nor bad")]
)
def test_a_row_that_is_not_judged_is_left_out(value, finding):
    reading = only(find_feedback, *rows("label", True, False) * 20)
    made = reading.build(seen(rows("label", value, True)[0]).rows[0], lambda _: None)
    assert isinstance(made, Problem)
    assert finding in made.finding


@pytest.mark.parametrize(("value", "words"), [(True, "remove column 'label'"), (False, "judged otherwise")])
def test_a_file_whose_answers_are_all_judged_alike_is_refused(value, words):
    with pytest.raises(BadInput) as refused:
        find_feedback(seen(*rows("label", value, value)))
    assert words in refused.value.faults[0].next_step


def test_of_a_part_of_a_file_it_is_only_said():
    assert "All of the rows seen are good" in only(find_feedback, *rows("label", 1, 1), whole=False).why


@pytest.mark.parametrize(
    "row",
    [
        {"text": "It was nice.", "label": 1},
        {"question": "a b", "answer": "c d", "label": "billing"},
        {"question": "a b", "answer": "c d", "rating": 3},
        {"messages": talk(ASK, ANSWER)},
        {"question": "a b", "answer": "c d", "active": "true"},
    ],
)
def test_rows_of_other_kinds_are_no_feedback(row):
    assert find_feedback(seen(row, {**row, "label": row.get("label") and "shipping", "rating": 4})) == []
