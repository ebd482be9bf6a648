"""A fault reads as place, finding and next step; samples and orders keep what they are given."""

import pytest
from pydantic import ValidationError

from schemas.errors import MAX_FAULTS, BadInput, Fault, JinkoError, Unavailable
from schemas.samples import Conversation, Message

EMPTY = Fault(place="poems.csv:14", finding="Column 'answer' is empty.", next_step="Fill it.")


def test_a_fault_reads_as_place_finding_and_next_step():
    assert str(EMPTY) == "poems.csv:14: Column 'answer' is empty. Fill it."


def test_a_finding_made_often_is_told_once_with_its_count():
    assert str(EMPTY.model_copy(update={"count": 3})) == (
        "poems.csv:14: Column 'answer' is empty. (3 times) Fill it."
    )


def test_bad_input_keeps_as_many_faults_as_a_person_reads():
    assert BadInput(EMPTY).faults == [EMPTY]
    assert len(BadInput([EMPTY] * (MAX_FAULTS + 5)).faults) == MAX_FAULTS


def test_a_retry_is_decided_by_which_of_the_two_it_is():
    assert issubclass(BadInput, JinkoError)
    assert issubclass(Unavailable, JinkoError)
    assert not issubclass(BadInput, Unavailable)


def test_a_sample_ends_in_its_answer_and_keeps_every_character():
    turns = (Message(role="user", content="  None "), Message(role="assistant", content="a\n\n b"))
    sample = Conversation(messages=turns, line=3)
    assert (sample.prompt, sample.answer, sample.characters()) == (turns[:1], "a\n\n b", 12)


def test_a_sample_needs_a_question_and_an_answer():
    with pytest.raises(ValidationError, match="at least 2"):
        Conversation(messages=(Message(role="user", content="Why?"),), line=1)
