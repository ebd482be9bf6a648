"""Rows of pairs and of conversations: what stands where, texts unaltered, by row as by column."""

import pytest

from functions.on_upload.meaning.reading import Pair, Problem
from tests.functions.meaning.contents import ASKED, LONG, TOLD, TOPICS
from tests.functions.meaning.seeing import first, read, seen, table, turns_of


def asked(**cells):
    """A row of questions and answers beside which there are enough others to be sure."""
    return seen(
        cells,
        *({**dict.fromkeys(cells, ""), "question": q, "answer": a} for q, a in zip(ASKED, TOLD, strict=True)),
    )


# ---------------------------------------------------------------- pairs


def test_texts_stand_exactly_as_they_stood():
    assert first(asked(question=" a? ", answer="b\n\n")) == [("user", " a? "), ("assistant", "b\n\n")]


@pytest.mark.parametrize("empty", ["", " \n\t", None])
def test_an_empty_or_missing_cell_is_told_by_its_column(empty):
    assert first(asked(question="a?", answer=empty)).finding == "Column 'answer' is empty."
    assert first(asked(question=empty, answer="a")).finding == "Column 'question' is empty."


def test_true_and_false_are_words_and_objects_are_no_text():
    assert first(asked(question=True, answer=False)) == [("user", "true"), ("assistant", "false")]
    assert "a JSON object, not text" in first(asked(question={"a": "b"}, answer="b")).finding
    assert "'answer' holds half of a character" in first(asked(question="a", answer="\ud83e")).finding


def test_json_written_as_text_stays_text():
    row = first(asked(question='{"a": 1}', answer='["b"]'))

    assert row == [("user", '{"a": 1}'), ("assistant", '["b"]')]


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_instruction_takes_its_input_on_the_line_below(empty):
    table = seen(
        {"Instruction": "Add", "INPUT": "1 2", "output": "3"},
        {"Instruction": "Greet", "INPUT": empty, "output": "Hi"},
        {"Instruction": "Leave", "output": "Bye"},
    )

    assert turns_of(table) == [
        [("user", "Add\n1 2"), ("assistant", "3")],
        [("user", "Greet"), ("assistant", "Hi")],
        [("user", "Leave"), ("assistant", "Bye")],
    ]
    assert read(table).pair == Pair("Instruction", "output", "INPUT")


def test_an_input_that_comes_only_later_is_read_all_the_same():
    reading = read(seen({"instruction": "Greet", "output": "Hi"}, {"instruction": "Go", "output": "Bye"}))
    later = seen({"instruction": "Add", "input": "1 2", "output": "3"})

    assert first(later, reading) == [("user", "Add\n1 2"), ("assistant", "3")]


def test_a_context_stands_below_the_question_and_a_system_text_before_it():
    found = table(context=LONG, question=ASKED, answer=TOLD, system_prompt=["Be kind to all who ask."] * 6)

    assert first(found) == [
        ("system", "Be kind to all who ask."),
        ("user", f"{ASKED[0]}\n{LONG[0]}"),
        ("assistant", TOLD[0]),
    ]
    assert read(found).pair == Pair("question", "answer", "context", "system_prompt")


def test_an_empty_system_text_is_no_turn():
    found = table(system_prompt=["", "Be kind to all."] * 3, question=ASKED, response=TOLD)

    assert [row[0][0] for row in turns_of(found)[:2]] == ["user", "system"]


def test_earlier_turns_stand_between_system_and_question():
    found = seen(
        {"system": "Be very kind.", "history": [["a?", "b"]], "instruction": "c?", "input": "", "output": "d"}
    )

    assert first(found) == [
        ("system", "Be very kind."), ("user", "a?"), ("assistant", "b"), ("user", "c?"), ("assistant", "d"),
    ]  # fmt: skip
    assert (
        "not a list of [question, answer]"
        in first(seen({"history": [["a?"]], "instruction": "c", "output": "d"})).finding
    )


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"answers": {"text": ["nine", "9"], "answer_start": [1, 2]}}, "nine"),
        ({"answers": [{"text": "nine", "answer_start": 1}]}, "nine"),
        ({"answers": '{"text": ["nine"], "answer_start": [1]}'}, "nine"),
        ({"answer": ["nine", "9"]}, "nine"),
        ({"answer": {"aliases": ["9"], "value": "nine"}}, "nine"),
        ({"answers": {"spans": ["nine"], "types": ["span"]}}, "nine"),
        ({"answers": {"text": [], "answer_start": []}}, None),
    ],
)
def test_the_first_of_several_answers_is_learned(row, answer):
    told = first(seen({"question": "When does it open?", **row}))

    assert told[1] == ("assistant", answer) if answer else isinstance(told, Problem)


def test_an_object_that_is_the_answer_is_learned_as_json():
    told = first(seen({"input": "Ann, 7", "output": {"name": "Ann", "n": "7"}}))

    assert told[1] == ("assistant", '{"name": "Ann", "n": "7"}')


def test_a_reflection_is_a_turn_and_the_first_answer_is_not_learned():
    row = {"instruction": "Add 2 and 2.", "output": "5", "reflection": "That is too much.", "corrected": "4"}
    found = seen(row)
    built = read(found).build(found.rows[0], lambda _: None)

    assert [(turn.role, turn.content, turn.learn) for turn in built.messages] == [
        ("user", "Add 2 and 2.", True),
        ("assistant", "5", False),
        ("user", "That is too much.", True),
        ("assistant", "4", True),
    ]


# ---------------------------------------------------------------- conversations

TALK = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
HELLO = [("user", "a"), ("assistant", "b")]


def test_turns_are_found_under_any_name_and_win_over_a_pair_beside_them():
    found = read(seen({"question": "x?", "answer": "y", "verlauf": TALK}))

    assert dict(found.columns) == {"messages": "verlauf"}
    assert found.unused(("question", "answer", "verlauf")) == ("question", "answer")
    assert "'verlauf' is read" in found.why


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("conversations", ["a", "b"]),
        ("conversation", [{"input": "a", "output": "b"}]),
        ("dialogue", '[{"question": "a", "answer": "b"}]'),
    ],
)
def test_turns_of_which_nobody_says_who_speaks_begin_with_the_person(column, said):
    assert first(seen({column: said, "source": "web"})) == HELLO


def test_system_texts_beside_turns_come_first_but_once():
    system = {"role": "system", "content": "Be kind."}

    assert first(seen({"system": "Be kind.", "messages": TALK})) == [("system", "Be kind."), *HELLO]
    assert first(seen({"system": "Be kind.", "messages": [system, *TALK]})) == [
        ("system", "Be kind."),
        *HELLO,
    ]
    assert "stands after the start" in first(seen({"system": "No.", "messages": [system, *TALK]})).finding


def test_a_system_text_beside_a_transcript_comes_first():
    chats = [f"User: {asked}\nAssistant: {told}" for asked, told in zip(ASKED, TOLD, strict=True)]
    found = table(system=["Be kind to all.", ""] * 3, chat=chats)

    assert turns_of(found)[0] == [("system", "Be kind to all."), ("user", ASKED[0]), ("assistant", TOLD[0])]
    assert turns_of(found)[1] == [("user", ASKED[1]), ("assistant", TOLD[1])]


def test_a_log_s_request_is_joined_with_its_answer():
    body = {"model": "m", "messages": [{"role": "system", "content": "s"}, TALK[0]], "tools": [{"name": "f"}]}
    response = {"status_code": "200", "body": {"choices": [{"message": TALK[1]}]}}
    failed = {"custom_id": "2", "body": body, "response": None}
    found = seen({"custom_id": "1", "body": body, "response": response}, failed)
    told = turns_of(found)

    assert told[0] == [("system", "s"), *HELLO]
    assert "not answered" in told[1].finding
    assert "f" in read(found).build(found.rows[0], lambda _: None).tools


def test_a_row_that_learns_nothing_is_told():
    silent = [TALK[0], {**TALK[1], "weight": "0"}]
    told = turns_of(
        seen({"messages": TALK}, {"messages": silent}, {"messages": TALK[:1]}, {"messages": None})
    )

    assert told[0] == HELLO
    assert "No turn of the assistant" in told[1].finding
    assert "end with the assistant" in told[2].finding
    assert told[3].finding == "Column 'messages' is empty."


def test_what_is_read_of_a_conversation_s_file_is_said_in_one_sentence():
    found = read(table(topic=TOPICS, question=ASKED, answer=TOLD))

    assert found.why == "Column 'question' is what a person says, 'answer' the answer to learn."
