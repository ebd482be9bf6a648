"""A better and a worse answer: every convention, the prompt found and standing nowhere else."""

import json

import pytest

from functions.on_upload.meaning.preference import find_preference
from functions.on_upload.meaning.reading import Problem
from tests.functions.meaning.finding import built, only, said, seen, shared, talk

ASK = ("user", "Why is the sky blue?")
GOOD, BAD = ("assistant", "Because of scattering."), ("assistant", "No idea.")
HUMAN = "\n\nHuman: Why is the sky blue?\n\nAssistant:"


def sides(made):
    assert not isinstance(made, Problem), made
    return said(made.prompt), said(made.chosen), said(made.rejected)


PLAIN = {"prompt": ASK[1], "chosen": GOOD[1], "rejected": BAD[1]}
ROWS = {
    "explicit texts": PLAIN,
    "explicit turns": {"prompt": talk(ASK), "chosen": talk(GOOD), "rejected": talk(BAD)},
    "turns as JSON text": {key: json.dumps(talk(one)) for key, one in
                           (("prompt", ASK), ("chosen", GOOD), ("rejected", BAD))},
    "ultrafeedback": {"prompt": ASK[1], "chosen": talk(ASK, GOOD), "rejected": talk(ASK, BAD),
                      "score_chosen": 8.0, "score_rejected": 3.5},
    "prefixed": {"prompt": talk(ASK), "chosen": talk(ASK, GOOD), "rejected": talk(ASK, BAD)},
    "implicit transcripts": {"chosen": f"{HUMAN} {GOOD[1]}", "rejected": f"{HUMAN} {BAD[1]}"},
    "implicit turns": {"chosen": talk(ASK, GOOD), "rejected": talk(ASK, BAD)},
    "sharegpt ranked": {"conversations": shared(("human", ASK[1])),
                        "chosen": shared(("gpt", GOOD[1]))[0], "rejected": shared(("gpt", BAD[1]))[0]},
    "messages and turns": {"messages": talk(ASK), "chosen": talk(GOOD)[0], "rejected": talk(BAD)[0]},
    "argilla": {"instruction": ASK[1], "chosen_response": GOOD[1], "rejected_response": BAD[1]},
    "intel": {"system": "", "question": ASK[1], "chosen": GOOD[1], "rejected": BAD[1]},
    "icr": {"input": ASK[1], "chosen": GOOD[1], "rejected": BAD[1]},
    "openai": {"input": {"messages": talk(ASK), "tools": [], "parallel_tool_calls": True},
               "preferred_output": talk(GOOD), "non_preferred_output": talk(BAD)},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": ASK[1]}]}],
               "completions": [{"score": 1.0, "completion": {"role": "model", "parts": [{"text": GOOD[1]}]}},
                               {"score": 0.0, "completion": {"role": "model", "parts": [{"text": BAD[1]}]}}]},
    "nectar": {"prompt": ASK[1], "answers": [{"answer": "Hm.", "rank": 2.0}, {"answer": GOOD[1], "rank": 1.0},
                                             {"answer": BAD[1], "rank": 7.0}]},
    "scores": {"prompt": ASK[1], "responses": [BAD[1], GOOD[1]], "scores": ["1", "4.5"]},
    "ratings as text": {"question": ASK[1], "responses": json.dumps([BAD[1], GOOD[1]]), "ratings": "[1, 5]"},
    "ultrafeedback raw": {"source": "x", "instruction": ASK[1], "completions": [
        {"model": "a", "response": BAD[1], "overall_score": 2.0},
        {"model": "b", "response": GOOD[1], "overall_score": 8.5}]},
    "swift": {"messages": talk(ASK, GOOD), "rejected_response": BAD[1]},
    "autotrain": {"prompt": ASK[1], "text": GOOD[1], "rejected_text": BAD[1]},
    "compared": {"prompt": ASK[1], "response_a": BAD[1], "response_b": GOOD[1], "winner": "model_b"},
    "compared by number": {"prompt": ASK[1], "response_0": BAD[1], "response_1": GOOD[1],
                           "better_response_id": 1},
    "an arena": {
        "model_a": "gpt-x",
        "model_b": "other",
        "winner": "model_a",
        "conversation_a": talk(ASK, GOOD),
        "conversation_b": talk(ASK, BAD),
        "language": "English",
    },
    "compared by scores": {"q": ASK[1], "answer_1": BAD[1], "answer_2": GOOD[1], "score_1": 2, "score_2": 5},
    "a list and a place": {"prompt": ASK[1], "responses": [BAD[1], GOOD[1]], "choice": 1},
    "an open transcript": {"prompt": HUMAN, "chosen": GOOD[1], "rejected": BAD[1]},
    "nectar's own prompt": {
        "prompt": f"{HUMAN} ",
        "answers": [{"answer": GOOD[1], "rank": 1}, {"answer": BAD[1], "rank": 2}],
    },
    "names before ratings": {
        "input": ASK[1],
        "generations": [GOOD[1], BAD[1]],
        "rating": [9, 9],
        "chosen": GOOD[1],
        "rejected": BAD[1],
    },
    "Spanish": {"pregunta": ASK[1], "respuesta_elegida": GOOD[1], "respuesta_rechazada": BAD[1]},
    "German": {"Frage": ASK[1], "bevorzugt": GOOD[1], "abgelehnt": BAD[1]},
    "Chinese": {"问题": ASK[1], "选中": GOOD[1], "拒绝": BAD[1]},
    "Russian": {"вопрос": ASK[1], "лучший ответ": GOOD[1], "худший ответ": BAD[1]},
    "a prompt of no name": {"a": ASK[1], "chosen": GOOD[1], "rejected": BAD[1]},
}  # fmt: skip


@pytest.mark.parametrize("kept", ROWS.values(), ids=ROWS)
def test_each_convention_becomes_a_prompt_and_two_answers(kept):
    assert sides(built(find_preference, kept)) == ([ASK], [GOOD], [BAD])


def test_an_input_stands_below_its_instruction():
    row = {"instruction": "Add", "input": "1 2", "chosen": "3", "rejected": "4"}
    assert sides(built(find_preference, row))[0] == [("user", "Add\n1 2")]


@pytest.mark.parametrize("name", ["system", "system_prompt", "systemInstruction"])
def test_a_system_column_is_a_turn_before_the_prompt(name):
    made = built(find_preference, {name: "Be brief.", **PLAIN})
    assert sides(made)[0] == [("system", "Be brief."), ASK]


def test_all_turns_that_both_dialogues_share_are_the_prompt():
    start = [("system", "Be kind."), ASK, ("assistant", "Guess!"), ("user", "Say it.")]
    row = {"prompt": ASK[1], "chosen": talk(*start, GOOD), "rejected": talk(*start, BAD)}
    assert sides(built(find_preference, row)) == (start, [GOOD], [BAD])


def test_tools_of_an_openai_row_are_kept_as_a_json_list():
    tools = [{"type": "function", "function": {"name": "now", "parameters": {}}}]
    row = {
        "input": {"messages": talk(ASK), "tools": tools},
        "preferred_output": talk(GOOD),
        "non_preferred_output": talk(BAD),
    }
    assert json.loads(built(find_preference, row).tools) == tools


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ({**PLAIN, "rejected": GOOD[1]}, "the same"),
        ({**PLAIN, "chosen": " "}, "'chosen' is empty"),
        ({"prompt": "Hi", "responses": ["a b", "b c"], "scores": [3, 3]}, "rated better"),
        ({"prompt": "Hi", "responses": ["a b", "b c"], "scores": [3]}, "2 answers and 1 ratings"),
        ({"prompt": "Hi", "response_a": "a b", "response_b": "c d", "winner": "tie"}, "rated better"),
        ({"prompt": "Else?", "chosen": talk(ASK, GOOD), "rejected": talk(ASK, BAD)}, "do not begin with"),
    ],
)
def test_a_row_that_cannot_be_compared_is_left_out_and_says_why(row, finding):
    made = built(find_preference, row, *([PLAIN] if "rejected" in row else []))
    assert isinstance(made, Problem)
    assert finding in made.finding


def test_two_dialogues_that_nobody_calls_better_are_two_readings_to_be_asked_about():
    found = find_preference(seen({"a": talk(ASK, GOOD), "b": talk(ASK, BAD)}))
    assert [reading.columns["chosen"] for reading in found] == ["a", "b"]
    assert max(reading.certainty for reading in found) <= 0.5


def test_answers_without_anything_that_was_asked_are_not_sure():
    assert only(find_preference, {"chosen": "yes it is", "rejected": "no"}).certainty < 0.5


@pytest.mark.parametrize(
    "row",
    [
        {"question": "a b", "answer": "c d"},
        {"messages": talk(ASK, GOOD)},
        {"prompt": "a b", "completion": "c d", "label": True},
        {"question": "Which?", "choices": ["a", "b"], "answer": "a"},
        {"review": "It was good.", "best": "yes"},
    ],
)
def test_rows_of_other_kinds_are_no_preferences(row):
    assert find_preference(seen(row)) == []
