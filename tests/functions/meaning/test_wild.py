"""Tables as they are found in the wild: what they are taken for, and the words that say so or refuse them."""

import pytest

from functions.on_upload.meaning.reading import Problem
from schemas.errors import BadInput
from tests.functions.meaning.contents import ASKED, IDS, LONG, OTHER, SAID, TOLD
from tests.functions.meaning.finding import said, talk
from tests.functions.meaning.seeing import first, no_image, read, seen, table

SIX = range(6)
GOOD = [talk(("user", ASKED[n]), ("assistant", TOLD[n])) for n in SIX]
BAD = [talk(("user", ASKED[n]), ("assistant", OTHER[n])) for n in SIX]


def refused(given):
    with pytest.raises(BadInput) as told:
        read(given)
    return told.value.faults[0]


def made(given):
    """The kind, and the first row as it is learned."""
    reading = read(given)
    return reading.kind, reading.build(given.rows[0], no_image)


def sides(preference):
    return [said(getattr(preference, part)) for part in ("prompt", "chosen", "rejected")]


def test_a_system_text_that_stands_beside_a_transcript_loses_its_mark():
    talks = [f"USER: {ASKED[n]} <|endoftext|>\n\n\nASSISTANT: {TOLD[n]} <|endoftext|>" for n in SIX]

    assert first(table(system=["SYSTEM: You are kind."] * 6, chat=talks)) == [
        ("system", "You are kind."),
        ("user", ASKED[0]),
        ("assistant", TOLD[0]),
    ]


def test_which_of_two_answers_won_may_be_said_by_a_column_for_each():
    won = {"winner_model_a": ["1", "0"] * 3, "winner_model_b": ["0", "1"] * 3, "winner_tie": ["0"] * 6}
    kind, found = made(table(id=IDS, prompt=ASKED, response_a=TOLD, response_b=OTHER, **won))

    assert kind == "preference"
    assert sides(found) == [[("user", ASKED[0])], [("assistant", TOLD[0])], [("assistant", OTHER[0])]]


def test_lists_of_all_that_was_asked_and_answered_are_two_dialogues():
    def lists(*columns):
        return [list(texts) for texts in zip(*columns, strict=True)]

    won = {"winner_model_a": ["1", "0"] * 3, "winner_model_b": ["0", "1"] * 3}
    answers = {"response_a": lists(TOLD, LONG), "response_b": lists(OTHER, LONG)}
    kind, found = made(table(prompt=lists(ASKED, SAID), **answers, **won))

    assert kind == "preference"
    assert sides(found) == [
        [("user", ASKED[0])],
        [("assistant", TOLD[0]), ("user", SAID[0]), ("assistant", LONG[0])],
        [("assistant", OTHER[0]), ("user", SAID[0]), ("assistant", LONG[0])],
    ]


def test_what_two_answers_answer_is_the_only_other_text_that_people_wrote():
    scores = {"score_A": ["5", "2"] * 3, "score_B": ["1", "9"] * 3}
    kind, found = made(table(domain=["cooking"] * 6, history=SAID, ref_A=TOLD, ref_B=OTHER, **scores))

    assert kind == "preference"
    assert sides(found) == [[("user", SAID[0])], [("assistant", TOLD[0])], [("assistant", OTHER[0])]]


def test_a_column_that_only_says_where_two_dialogues_come_from_is_not_their_prompt():
    kind, found = made(table(source=["Airoboros", "Evol"] * 3, chosen=GOOD, rejected=BAD))

    assert kind == "preference"
    assert sides(found)[0] == [("user", ASKED[0])]


def test_a_preference_of_whole_dialogues_says_so_once():
    why = read(table(messages=GOOD, rejected_response=OTHER)).why

    assert why == (
        "Column 'messages' holds conversations that end with the better answer; "
        "'rejected_response' is the worse."
    )


def test_of_judged_conversations_it_is_said_that_the_last_answer_is_judged():
    why = read(table(messages=GOOD, label=["true", "false"] * 3)).why

    assert why == "Column 'messages' holds conversations, and 'label' says whether the last answer was liked."


@pytest.mark.parametrize("names", [("prompt", "completion"), ("instruction", "output")])
def test_questions_may_be_what_is_learned_where_trainers_names_say_so(names):
    assert first(table(**dict(zip(names, (TOLD, ASKED), strict=True)))) == [
        ("user", TOLD[0]),
        ("assistant", ASKED[0]),
    ]


def test_an_object_of_two_texts_is_refused_with_its_keys():
    fault = refused(seen(*({"translation": {"en": SAID[n], "de": LONG[n]}} for n in SIX)))

    assert fault.finding == (
        "Column 'translation' holds objects of texts, 'en', 'de'; nothing says which answers which."
    )
    assert "question and answer" in fault.next_step


def test_a_file_of_which_no_row_can_be_read_says_what_is_wrong_with_its_first():
    fault = refused(table(chosen=TOLD, rejected=OTHER))

    assert fault.finding == "The two answers have no common start that could be the prompt."
    assert fault.next_step == "Add a column prompt."
    assert fault.place.endswith(":2")


def test_turns_that_begin_with_the_assistant_cost_their_row():
    broken = talk(("assistant", TOLD[0]), ("user", ASKED[0]), ("assistant", TOLD[1]))
    given = table(messages=[*GOOD, broken])
    problem = read(given).build(given.rows[-1], no_image)

    assert isinstance(problem, Problem)
    assert problem.finding == "The first turn is not the user's: nothing was asked before it."
