"""Texts to go on learning from, marked stretches, dialogues written as one text; token ids are refused."""

import json

import pytest

from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.text import find_text
from functions.on_upload.meaning.transcripts import parse
from schemas.errors import BadInput
from tests.functions.meaning.finding import built, only, said, seen

LONG = "It was a dark and stormy night; the rain fell in torrents, except at occasional intervals. " * 2


@pytest.mark.parametrize(
    "row",
    [
        {"text": LONG},
        {"content": LONG},
        {"completion": LONG},
        {"Inhalt": LONG},
        {"正文": LONG},
        {"zz": LONG},
        {"text": LONG, "id": "7", "url": "https://example.org/a"},
        {"text": LONG, "meta": {"lang": "en"}, "score": 0.5},
    ],
)
def test_a_column_of_text_is_kept_as_it_stands(row):
    made = built(
        find_text, row, {key: f"{cell} Other." if cell == LONG else cell for key, cell in row.items()}
    )
    assert [(part.text, part.learn) for part in made.segments] == [(LONG, True)]


@pytest.mark.parametrize("kept", [list, json.dumps])
def test_marked_stretches_say_what_is_learned(kept):
    parts = [{"label": False, "text": "Q: hi\n"}, {"label": True, "text": "A: yo"}]
    made = built(find_text, {"segments": kept(parts)})
    assert [(part.text, part.learn) for part in made.segments] == [("Q: hi\n", False), ("A: yo", True)]


def test_stretches_of_which_none_is_learned_are_left_out():
    assert isinstance(built(find_text, {"segments": [{"label": "false", "text": "a"}]}), Problem)


def test_token_ids_are_refused_in_words():
    with pytest.raises(BadInput, match="token ids"):
        find_text(seen({"input_ids": [1, 2, 3], "attention_mask": [1, 1, 1], "labels": [1, 2, 3]}))


def test_several_columns_of_text_are_not_one():
    rows = [{"a": f"{LONG}{n}", "b": f"{n}{LONG}"} for n in range(5)]
    assert find_text(seen(*rows)) == []


# ---------------------------------------------------------------- dialogues in one text

HI = [("user", "Hi  there"), ("assistant", "Hello\n\nyou")]
TALKS = {
    "hh": "\n\nHuman: Hi  there\n\nAssistant: Hello\n\nyou",
    "lines": "Human: Hi  there\nAssistant: Hello\n\nyou",
    "user and bot": "User: Hi  there\nBot: Hello\n\nyou",
    "questions": "Q: Hi  there\nA: Hello\n\nyou",
    "Spanish": "Usuario: Hi  there\nAsistente: Hello\n\nyou",
    "Chinese": "用户：Hi  there\n助手：Hello\n\nyou",
    "headings": "### Instruction:\nHi  there\n\n### Response:\nHello\n\nyou",
    "guanaco": "### Human: Hi  there### Assistant: Hello\n\nyou",
    "chatml": "<|im_start|>user\nHi  there<|im_end|>\n<|im_start|>assistant\nHello\n\nyou<|im_end|>\n",
    "llama 2": "<s>[INST] Hi  there [/INST] Hello\n\nyou </s>",
    "llama 3": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi  there<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nHello\n\nyou<|eot_id|>",
    "gemma": "<bos><start_of_turn>user\nHi  there<end_of_turn>\n"
    "<start_of_turn>model\nHello\n\nyou<end_of_turn>\n",
    "zephyr": "<|user|>\nHi  there</s>\n<|assistant|>\nHello\n\nyou</s>",
    "phi": "<|user|>\nHi  there<|end|>\n<|assistant|>\nHello\n\nyou<|end|>",
    "deepseek": "<｜begin▁of▁sentence｜><｜User｜>Hi  there<｜Assistant｜>Hello\n\nyou<｜end▁of▁sentence｜>",
    "human and bot": "<human>: Hi  there\n<bot>: Hello\n\nyou",
    "vicuna": "USER: Hi  there ASSISTANT: Hello\n\nyou</s>",
}


@pytest.mark.parametrize("text", TALKS.values(), ids=TALKS)
def test_a_dialogue_in_one_text_is_taken_apart_and_nothing_else_goes(text):
    assert said(parse(text)) == HI
    assert said(built(find_text, {"text": text}).messages) == HI


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        (TALKS["hh"] + "\n\nHuman: ok\n\nAssistant: bye", [*HI, ("user", "ok"), ("assistant", "bye")]),
        ("Human: a\nAssistant: It is:\nAnswer: 5", [("user", "a"), ("assistant", "It is:\nAnswer: 5")]),
        (
            "### Instruction:\nAdd\n\n### Input:\n1 2\n\n### Response:\n3",
            [("user", "Add\n1 2"), ("assistant", "3")],
        ),
        (
            "Below is a task.\n\n### Instruction:\nAdd\n\n### Response:\n3",
            [("system", "Below is a task."), ("user", "Add"), ("assistant", "3")],
        ),
        (
            "[INST] <<SYS>>\nBe\n<</SYS>>\n\nHi [/INST] Yo </s><s>[INST] k [/INST] z </s>",
            [("system", "Be"), ("user", "Hi"), ("assistant", "Yo"), ("user", "k"), ("assistant", "z")],
        ),
    ],
)
def test_turns_inputs_and_system_texts_of_a_transcript_are_found(text, turns):
    assert said(parse(text)) == turns


GLAIVE = """USER: Where is 7? <|endoftext|>


ASSISTANT: <functioncall> {"name": "track", "arguments": '{"number": 7}'} <|endoftext|>


FUNCTION RESPONSE: {"place": "Oslo"}


ASSISTANT: It is in Oslo. <|endoftext|>
"""


def test_calls_of_tools_in_a_transcript_are_turns():
    turns = parse(GLAIVE)

    assert said(turns) == [
        ("user", "Where is 7?"),
        ("assistant", ""),
        ("tool", '{"place": "Oslo"}'),
        ("assistant", "It is in Oslo."),
    ]
    assert [(call.name, call.arguments) for call in turns[1].tool_calls] == [("track", '{"number": 7}')]


def test_what_is_marked_as_a_call_and_is_none_stays_what_was_said():
    broken = GLAIVE.replace('"name": "track", ', "")
    assert said(parse(broken))[1][1].startswith("<functioncall> {")


@pytest.mark.parametrize(
    "text",
    [
        "A plain text.\nNote: it has a colon.\nAnswer: none.",
        "An interview.\n\nQ: Who?\nA: Me.",
        "Human: only one",
        "Assistant: a\nHuman: b",
        "Human: a\n\nAssistant:",
        "See [INST] in the manual",
        "\n" * 200_000,
        "\n" * 200_000 + " <|endoftext|>",
        " " * 200_000 + "<|user|>" + "Q:" * 50_000,
        " " * 200_000 + "<|im_start|>",
    ],
)
def test_other_texts_are_no_dialogues(text):
    assert parse(text) is None


def test_one_text_that_is_no_dialogue_among_many_costs_itself():
    reading = only(find_text, *[{"text": f"Human: {n}\nAssistant: b"} for n in range(50)])
    assert reading.kind == "conversation"
    made = reading.build(seen({"text": LONG}).rows[0], lambda _: None)
    assert isinstance(made, Problem)
    assert made.shape


def test_a_file_of_which_half_is_no_dialogue_is_text():
    rows = [{"text": "Human: a\nAssistant: b" if n % 2 else LONG} for n in range(50)]
    assert only(find_text, *rows).kind == "text"
