"""Any texts in any order of turns: the loss is on answers and their ends, or the row is refused in words."""

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_batch.text import NO_LOSS, ChatText, label, preview
from schemas.errors import BadInput
from schemas.samples import Conversation, Message, ToolCall
from tests.gpu_batch.bases import CHATML, GEMMA3, make_base
from tests.gpu_batch.shapes import TOOLS

pytestmark = pytest.mark.property

MARKS = [
    "<think>",
    "</think>",
    "<|im_end|>",
    "<tool_call>",
    "\ue000",
    "0",
    "\n",
    " ",
    "{{",
    "{%",
    "'",
    '"',
    "\\",
]
TEXT = st.lists(st.sampled_from(MARKS) | st.text(max_size=6), max_size=5).map("".join)
CALL = st.builds(
    lambda name, given: ToolCall(name=name, arguments=json.dumps(given)),
    st.sampled_from(["weather", "a b", "x"]),
    st.dictionaries(
        st.text(max_size=3), TEXT | st.integers() | st.none() | st.lists(TEXT, max_size=2), max_size=2
    ),
)
ASSISTANT = st.builds(
    lambda text, thinking, calls, learn: Message(
        role="assistant", content=text, thinking=thinking, tool_calls=tuple(calls), learn=learn
    ),
    TEXT,
    st.none() | TEXT,
    st.lists(CALL, max_size=2),
    st.booleans(),
)
OTHER = st.builds(
    lambda role, text: Message(role=role, content=text), st.sampled_from(["user", "tool"]), TEXT
)
TURNS = st.lists(ASSISTANT | OTHER, min_size=2, max_size=6)


@cache
def base(kind):
    folder = Path(mkdtemp()) / kind
    if kind == "added":
        return ChatText.from_folder(make_base(folder, None, [], end="<eos>"))
    if kind == "gemma":
        control = ["<start_of_turn>", "<end_of_turn>"]
        return ChatText.from_folder(make_base(folder, GEMMA3, control, end="<end_of_turn>"))
    return ChatText.from_folder(make_base(folder, CHATML, ["<|im_start|>", "<|im_end|>"], end="<|im_end|>"))


@pytest.mark.parametrize("kind", ["chatml", "gemma", "added"])
@settings(max_examples=300, deadline=None)
@given(turns=TURNS, tools=st.none() | st.just(TOOLS), last_only=st.booleans())
def test_any_row_learns_its_answers_whole_or_is_refused(kind, turns, tools, last_only):
    chat = base(kind)
    sample = Conversation(messages=tuple(turns), tools=tools, line=1)
    try:
        row = label(chat, sample, last_only=last_only)
    except BadInput:
        return
    assert chat.decode(row.input_ids) == chat.render(turns, tools=tools)
    learns = [turn for turn in turns if turn.role == "assistant"]
    learns = [turn for turn in (learns[-1:] if last_only else learns) if turn.learn]
    assert len(row.learned) == len(learns)
    for text, turn in zip(row.learned, learns, strict=True):
        assert chat.encode(text)[0][-1] in chat.stop_ids
        assert turn.content.strip() in text
        assert (turn.thinking or "").strip() in text
        assert all(call.name in text for call in turn.tool_calls)
    assert [one for one in row.labels if one != NO_LOSS] == [
        token for text in row.learned for token in chat.encode(text)[0]
    ]
    shown = preview(chat, sample, last_only=last_only)
    assert "".join(one.text for one in shown.stretches) == chat.render(turns, tools=tools)
    assert "".join(one.text for one in shown.stretches if one.learned) == "".join(row.learned)
