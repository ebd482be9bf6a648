"""The order of turns: what chat templates render passes, anything else is told in words."""

import pytest

from functions.on_upload.meaning.turns import well_ordered
from schemas.samples import Message

NOTHING_ASKED = "The first turn is not the user's: nothing was asked before it."


def order(*roles, ends="assistant"):
    return well_ordered(tuple(Message(role=role, content="x") for role in roles), ends=ends)


def test_turns_in_order_pass():
    assert len(order("system", "user", "assistant", "user", "assistant")) == 5
    assert len(order("user", ends="user")) == 1


@pytest.mark.parametrize(
    ("roles", "ends", "finding"),
    [
        (("user",), "assistant", "end with the assistant"),
        (("user", "assistant", "user"), "assistant", "end with the assistant"),
        (("user", "user", "assistant"), "assistant", "do not go user, assistant"),
        (("assistant", "user"), "assistant", NOTHING_ASKED),
        (("system",), "assistant", "do not go user, assistant"),
        (("system", "assistant"), "assistant", NOTHING_ASKED),
        (("tool", "user", "assistant"), "assistant", NOTHING_ASKED),
        (("user", "tool", "assistant"), "assistant", "stands where no tool was called"),
        (("user", "assistant", "tool", "assistant"), "assistant", "the call is written as text"),
        (("user", "system", "assistant"), "assistant", "system turn stands after the start"),
        (("system", "system", "user", "assistant"), "assistant", "system turn stands after the start"),
        (("user", "assistant"), "user", "does not end with the user"),
    ],
)
def test_turns_that_no_template_renders_are_told(roles, ends, finding):
    assert finding in order(*roles, ends=ends).finding
