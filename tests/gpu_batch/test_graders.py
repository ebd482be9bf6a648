"""Each grader: what is right, what is wrong, and what does not apply."""

import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from gpu_batch.graders import Answered, grade, rewards
from schemas.errors import BadInput
from schemas.graders import Grader, Graders

pytestmark = pytest.mark.train  # the libraries that grade are the trainer's
GRADER: TypeAdapter = TypeAdapter(Grader)


def score(answer, right=None, **options):
    reference = {} if right is None else {"answer": right}
    return grade(GRADER.validate_python(options), (), answer, reference)


CASES = [
    # grader and settings, answer, right answer, score
    ({"grader": "exact"}, " 42 \n", "42", 1),
    ({"grader": "exact"}, "42.", "42", 0),
    ({"grader": "exact"}, "", "42", 0),
    ({"grader": "exact"}, "<think>is it 41?</think>\n42", "42", 1),
    ({"grader": "exact"}, "<think>it is 42", "42", 0),
    ({"grader": "exact"}, "two", ["one", "two"], 1),
    ({"grader": "exact"}, "7", 7, 1),
    ({"grader": "exact"}, "true", True, 1),
    ({"grader": "exact", "tag": "answer"}, "So <answer> 42 </answer>", "42", 1),
    ({"grader": "exact", "tag": "answer"}, "42", "42", 0),
    ({"grader": "exact"}, "x", "", None),
    ({"grader": "exact"}, "x", None, None),
    ({"grader": "normalised"}, "  DIE Größe! ", "die GRÖSSE", 1),
    ({"grader": "normalised"}, "ﬁne e\u0301", "Fine é", 1),
    ({"grader": "normalised"}, "-5", "5", 0),
    ({"grader": "normalised"}, "!", "?", 0),
    ({"grader": "contains"}, "The answer is Paris, surely.", "Paris", 1),
    ({"grader": "contains"}, "paris", "Paris", 0),
    ({"grader": "contains", "ignore_case": True}, "paris", "Paris", 1),
    ({"grader": "contains"}, "red and blue", ["red", "green"], 1),
    ({"grader": "contains", "all": True}, "red and blue", ["red", "green"], 0),
    ({"grader": "regex", "pattern": r"\bcat\b"}, "a cat", None, 1),
    ({"grader": "regex", "pattern": r"\bcat\b"}, "concatenate", None, 0),
    ({"grader": "regex", "pattern": r"\d+", "whole": True}, "12 apples", None, 0),
    ({"grader": "number"}, "so it is 1,234.50 euros.", "1234.5", 1),
    ({"grader": "number"}, "3 and then 4", "#### 4", 1),
    ({"grader": "number"}, "−3", "-3", 1),
    ({"grader": "number"}, "10-20", "20", 1),
    ({"grader": "number"}, "1e3", 1000, 1),
    ({"grader": "number"}, "3.2", "3.14", 0),
    ({"grader": "number", "absolute": 0.1}, "3.2", "3.14", 1),
    ({"grader": "number", "relative": 0.05}, "98", "100", 1),
    ({"grader": "number"}, "none", "4", 0),
    ({"grader": "number"}, "4", "four", None),
    ({"grader": "number"}, "9" * 1_000_000, "3", 0),
    ({"grader": "number"}, "1e9999", "1e9999", 0),
    ({"grader": "math"}, "The answer is $\\frac{1}{2}$.", "0.5", 1),
    ({"grader": "math"}, "\\boxed{2x+1}", "1+2x", 1),
    ({"grader": "math"}, "$x = 3$", "3", 1),
    ({"grader": "math"}, "$2\\sqrt 2$", "$\\sqrt{8}$", 1),
    ({"grader": "math"}, "1", "1+2x", 0),
    ({"grader": "math"}, "I do not know", "4", 0),
    ({"grader": "math"}, "4", "nobody knows", None),
    ({"grader": "json", "schema": {"type": "object", "required": ["a"]}}, '{"a": 1}', None, 1),
    ({"grader": "json", "schema": {"type": "object", "required": ["a"]}}, '{"b": 1}', None, 0),
    ({"grader": "json", "schema": {}}, "```json\n{}\n```", None, 0),
    ({"grader": "json", "schema": {}}, "NaN", None, 0),
    ({"grader": "json", "fields": ["a", "b.c"]}, '{"a": 1.0, "b": {"c": 3}}', '{"a": 1, "b": {"c": 2}}', 0.5),
    ({"grader": "json", "fields": ["a"]}, '{"a": true}', {"a": 1}, 0),
    ({"grader": "json", "fields": ["a"]}, "[" * 100_000, {"a": 1}, 0),
    ({"grader": "json", "fields": ["a"]}, "{}", "no json", None),
    ({"grader": "tags"}, "<think>a</think>\n<answer>b</answer>\n", None, 1),
    ({"grader": "tags"}, "<answer>b</answer><think>a</think>", None, 0),
    ({"grader": "tags"}, "<think></think><answer>b</answer>", None, 0),
    ({"grader": "tags"}, "<think>a</think> so <answer>b</answer>", None, 0),
    ({"grader": "tags"}, "<think>a</think><answer>b</answer><answer>c</answer>", None, 0),
    ({"grader": "tags", "tags": ["think"], "opened": True, "after": True}, "hm</think> yes", None, 1),
    ({"grader": "length", "most": 4}, "one two three four", None, 1),
    ({"grader": "length", "most": 4}, "one two three four five six", None, 0.5),
    ({"grader": "length", "most": 4}, "word " * 100, None, 0),
    ({"grader": "length", "least": 4}, "one two", None, 0.5),
    ({"grader": "length", "least": 2, "most": 4, "unit": "characters"}, "abc", None, 1),
    ({"grader": "similarity"}, "same", "same", 1),
    ({"grader": "similarity"}, "abcd", "wxyz", 0),
    ({"grader": "similarity"}, "b a", "a b", pytest.approx(1 / 3)),
    ({"grader": "similarity", "ignore_order": True}, "b a", "a b", 1),
    ({"grader": "chrf"}, "the cat sat", "the cat sat", 1),
    ({"grader": "rouge1"}, "the cat", "the dog", 0.5),
    ({"grader": "rouge2"}, "a b c", "a b d", 0.5),
    ({"grader": "rougeL"}, "漢字 ist gut", "漢字 ist gut", 1),
    ({"grader": "meteor"}, "nothing alike", "the cat sat", 0),
]


@pytest.mark.parametrize(
    ("options", "answer", "right", "wanted"),
    CASES,
    ids=[f"{n}-{case[0]['grader']}" for n, case in enumerate(CASES)],
)
def test_an_answer_scores_what_a_person_would_give(options, answer, right, wanted):
    assert score(answer, right, **options) == wanted


@pytest.mark.parametrize("measure", ["chrf", "rouge1", "rougeL", "meteor", "similarity"])
def test_wording_that_is_nearer_scores_higher(measure):
    right = "The quick brown fox jumps over the lazy dog."
    near = score("The quick brown fox jumped over a lazy dog.", right, grader=measure)
    far = score("The fox is lazy.", right, grader=measure)
    assert 0 <= far < near < 1


HOSTILE = [
    ({"grader": "regex", "pattern": "(x+x+)+y", "seconds": 0.2}, "x" * 5000),
    ({"grader": "regex", "pattern": "(x|xx)*?(x|xx)*z$", "seconds": 0.2}, "x" * 5000),
    ({"grader": "math", "column": "answer", "seconds": 2}, "$9^{9^{9^{9}}}$"),
    ({"grader": "tags"}, "<think>" + "a\n" * 100_000),
    ({"grader": "rougeL"}, "a b " * 100_000),
    ({"grader": "number"}, "2," * 200_000),
]


@pytest.mark.parametrize(("options", "answer"), HOSTILE, ids=[f"{one['grader']}" for one, _ in HOSTILE])
def test_an_answer_that_would_take_forever_scores_nothing_and_the_next_is_graded(options, answer):
    score("warm", "1", **options)
    begun = time.monotonic()
    assert score(answer, "1", **options) == pytest.approx(0, abs=0.01)
    assert time.monotonic() - begun < 60
    assert score("a cat", grader="regex", pattern="cat") == 1


def test_a_schema_with_a_hostile_expression_ends_in_time():
    form = {"properties": {"a": {"type": "string", "pattern": "^(x+)+$"}}}
    assert score('{"a": "' + "x" * 40 + '!"}', grader="json", schema=form) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"grader": "regex", "pattern": "("}, "no regular expression"),
        ({"grader": "json", "schema": {"type": "strin"}}, "no JSON Schema"),
        ({"grader": "json", "schema": {"$ref": "https://example.com/a"}}, "is not in it"),
    ],
)
def test_settings_that_make_no_sense_are_the_persons_to_mend(options, words):
    with pytest.raises(BadInput, match=words):
        score("{}", **options)


def test_which_column_holds_the_answers_has_to_be_said_where_there_are_several():
    options = GRADER.validate_python({"grader": "exact"})
    with pytest.raises(BadInput, match="the file has answer, source"):
        grade(options, (), "42", {"answer": "42", "source": "a"})
    told = GRADER.validate_python({"grader": "exact", "column": "answer"})
    assert grade(told, (), "42", {"answer": "42", "source": "a"}) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"grader": "python", "code": "1"},
        {"grader": "exact", "code": "1"},
        {"grader": "length"},
        {"grader": "length", "least": 5, "most": 2},
        {"grader": "regex", "pattern": "x" * 1001},
        {"grader": "tags", "tags": ["<x>"]},
        {"grader": "exact", "weight": 0},
        {"grader": "exact", "weight": float("inf")},
        {"grader": "json", "column": "a"},
        {"grader": "endpoint", "url": "http://example.com"},
        {"grader": "endpoint", "url": "https://user@example.com"},
        {"column": "answer"},
    ],
    ids=str,
)
def test_a_recipe_holds_no_code_and_no_nonsense(options):
    with pytest.raises(ValidationError):
        GRADER.validate_python(options)


def test_rewards_are_weighed_means_and_nothing_below_a_gate():
    graders = TypeAdapter(Graders).validate_python(
        [
            {"grader": "exact", "weight": 3},
            {"grader": "length", "most": 2},
            {"grader": "regex", "pattern": "x", "gate": 1.0},
        ]
    )
    rows = [
        Answered((), answer, {"answer": right})
        for answer, right in [("x", "x"), ("x y", "x"), ("y", "y"), ("x y z", None), ("x x x x", "x")]
    ]
    assert rewards(graders, rows) == pytest.approx([1, 2 / 5, 0, 0.75, 1 / 5])
    assert rewards(graders[:1], [Answered((), "x", {"answer": None})]) == [None]


def test_graders_import_neither_torch_nor_transformers():
    code = "import sys, gpu_batch.graders; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "transformers", "trl", "nltk", "sympy", "httpx", "numpy"} & set(eval(loaded))


def test_the_docs_name_every_grader_and_every_setting():
    page = (Path(__file__).parents[2] / "docs" / "graders.md").read_text(encoding="utf-8")
    for kind in get_args(get_args(Grader)[0]):
        names = get_args(kind.model_fields["grader"].annotation)
        settings = {field.alias or name for name, field in kind.model_fields.items()} - {"grader"}
        for word in (*names, *settings):
            assert f"`{word}`" in page or f"{word}:" in page, f"{names[0]}: {word}"
