"""Prompts that the model answers itself, told from pairs to learn from; judged steps."""

import json

import pytest

from functions.on_upload.meaning.prompts import find_prompts
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.stepwise import find_stepwise
from tests.functions.meaning.finding import built, only, said, seen, talk

ASK = ("user", "What is 6 times 7?")
GRADED = {
    "ground truth": {"prompt": ASK[1], "ground_truth": "42"},
    "a problem with a gold answer": {"problem": ASK[1], "gold_answer": "42"},
    "a foreign question": {"pregunta": ASK[1], "ground_truth": "42"},
    "turns and a reference": {"prompt": talk(ASK), "solution": "42"},
    "OpenAI's": {"messages": talk(ASK), "reference_answer": "42", "kind": "sum"},
    "verl": {
        "data_source": "x",
        "prompt": talk(ASK),
        "reward_model": {"style": "rule", "ground_truth": "42"},
    },
    "tests": {"prompt": ASK[1], "test_cases": ["f(6) == 42"]},
}


@pytest.mark.parametrize("row", GRADED.values(), ids=GRADED)
def test_rows_that_say_so_are_prompts_and_keep_what_they_are_graded_against(row):
    made = built(find_prompts, row)
    assert said(made.prompt) == [ASK]
    assert "42" in made.reference
    assert not set(json.loads(made.reference)) & {"prompt", "messages", "problem", "pregunta"}


@pytest.mark.parametrize("row", [{"prompt": ASK[1]}, {"prompt": talk(ASK)}, {"prompt": ASK[1], "id": 7}])
def test_prompts_alone_are_prompts(row):
    assert said(built(find_prompts, row).prompt) == [ASK]


@pytest.mark.parametrize(
    "row",
    [
        {"question": "What is it?", "answer": "A cat."},
        {"prompt": "What is it?", "completion": "A cat."},
        {"problem": "6 times 7?", "solution": "It is six sevens: \\boxed{42}"},
        {"question": "6 times 7?", "answer": "Six sevens.\n#### 42"},
        {"instruction": "Say", "output": "Yes."},
    ],
)
def test_a_question_with_an_answer_is_a_pair_first(row):
    assert all(reading.certainty <= 0.6 for reading in find_prompts(seen(row)))


@pytest.mark.parametrize(
    "row", [{"messages": talk(ASK, ("assistant", "42"))}, {"text": "Some words."}, {"a": "x y", "b": "z w"}]
)
def test_rows_of_other_kinds_are_no_prompts(row):
    assert find_prompts(seen(row)) == []


# ---------------------------------------------------------------- steps

STEPS = {"prompt": ASK[1], "completions": ["6 + 6 = 12", "so 41"], "labels": [True, False]}


@pytest.mark.parametrize(
    "row",
    [
        STEPS,
        {**STEPS, "completions": json.dumps(STEPS["completions"]), "labels": "[true, false]"},
        {"problem": ASK[1], "steps": STEPS["completions"], "correctness": [1, 0]},
        {"a": ASK[1], "b": STEPS["completions"], "c": ["true", "false"]},
    ],
)
def test_judged_steps_are_understood(row):
    made = built(find_stepwise, row)
    assert said(made.prompt) == [ASK]
    assert [(step.text, step.good) for step in made.steps] == [("6 + 6 = 12", True), ("so 41", False)]


def test_steps_without_their_labels_are_left_out():
    made = built(find_stepwise, {**STEPS, "labels": [True]})
    assert isinstance(made, Problem)
    assert made.finding == "There are 2 steps and 1 labels."


def test_answers_to_choose_from_are_no_steps():
    row = {"question": ASK[1], "choices": ["41", "42"], "answer": "42"}
    assert find_stepwise(seen(row)) == []
    assert only(find_stepwise, STEPS).kind == "stepwise"
