"""Any rows at all: every reading gives samples that can be written, or problems in words."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.on_upload.meaning import words_of_kinds as words
from functions.on_upload.meaning.feedback import find_feedback
from functions.on_upload.meaning.images import find_captions
from functions.on_upload.meaning.preference import find_preference
from functions.on_upload.meaning.prompts import find_prompts
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.sidecars import hint
from functions.on_upload.meaning.stepwise import find_stepwise
from functions.on_upload.meaning.text import find_text
from functions.on_upload.meaning.told import find_told
from functions.on_upload.meaning.transcripts import parse, parse_prompt
from schemas.errors import BadInput
from tests.functions.meaning.finding import PNG, nothing, seen

FINDERS = (find_preference, find_feedback, find_prompts, find_text, find_stepwise, find_captions, find_told)
NAMES = [
    "prompt",
    "chosen",
    "rejected",
    "label",
    "text",
    "messages",
    "completion",
    "completions",
    "labels",
    "image",
]
NAMES += [
    "segments",
    "answers",
    "scores",
    "response_a",
    "response_b",
    "winner",
    "tools",
    "system",
    "ground_truth",
    "x",
]
KEYS = [
    "role",
    "content",
    "from",
    "value",
    "text",
    "label",
    "score",
    "rank",
    "answer",
    "bytes",
    "path",
    "messages",
]
KEYS += ["parts", "type", "image_url", "tool_calls", "function", "name", "arguments", "completion", "weight"]
WORDS = st.sampled_from(
    ["user", "assistant", "gpt", "human", "true", "0", "1", "model_a", "Human: a\nAssistant: b", ""]
)
LEAVES = (
    st.none()
    | st.booleans()
    | WORDS
    | st.text(max_size=12)
    | st.integers(-2, 9).map(str)
    | st.sampled_from([PNG, "half \ud83d"])
)
MARKS = st.sampled_from(["Human:", "\n", "A:", " ", "<|im_start|>", "user", "[INST]", "### Input:"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
AS_TEXT = VALUES.map(lambda value: json.dumps(value, default=str))
ROWS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), VALUES | AS_TEXT, min_size=1, max_size=5), min_size=1, max_size=4
)
OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
INFO = '{"a": {"file_name": "data.jsonl", "columns": {"messages": "x", "chosen": "text"}}}'


@OFTEN
@given(ROWS)
def test_any_rows_become_samples_that_can_be_written_or_problems_in_words(rows):
    given_rows = seen(*rows, hints={"dataset_info.json": hint("dataset_info.json", INFO, ["data.jsonl"])})
    for find in FINDERS:
        try:
            readings = find(given_rows)
        except BadInput:
            continue
        for reading in readings:
            assert 0 <= reading.certainty <= 1
            assert set(reading.columns.values()) <= set(given_rows.columns)
            for row in given_rows.rows:
                made = reading.build(row, nothing)
                if isinstance(made, Problem):
                    assert made.finding.endswith(".")
                    assert made.next_step.endswith((".", "]", "}"))
                else:
                    made.model_copy(update={"images": ()}).model_dump_json().encode()


@OFTEN
@given(st.text() | st.lists(MARKS).map("".join))
def test_any_text_is_a_dialogue_or_none(text):
    for turns in (parse(text), parse_prompt(text)):
        assert turns is None or (turns and all(turn.content.strip() for turn in turns))


@OFTEN
@given(AS_TEXT | st.text())
def test_any_side_file_says_something_or_nothing(text):
    for name in ("dataset_info.json", "axolotl.yaml"):
        said = hint(name, text, ["data.jsonl"])
        assert said is None or json.loads(said)


def test_words_are_told_apart():
    assert not set(words.GOOD) & set(words.BAD)
    assert not set(words.CHOSEN) & set(words.REJECTED)
