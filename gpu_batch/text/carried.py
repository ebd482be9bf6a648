"""What a base's chat template leaves out of every conversation, found by trying it on three of them.

    left_out(chat) → ("tools", "thoughts")

So a dataset of which a base could learn a part only is refused before any machine starts.
"""

from typing import Final, Literal

from gpu_batch.text.chat import ChatText
from gpu_batch.text.labels import label
from schemas.errors import BadInput
from schemas.samples import Conversation, Message, ToolCall

LeftOut = Literal["tools", "thoughts", "thoughts before calls"]

_ASKED: Final = Message(role="user", content="Is it raining?")
_TOOLS: Final = (
    '[{"type": "function", "function": {"name": "weather", "description": "Tells the weather.", '
    '"parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "Where."}}}}}]'
)
_CALL: Final = ToolCall(name="weather", arguments='{"city": "Oslo"}')
_RESULT: Final = Message(role="tool", content="wet", name="weather")
_SAID: Final = Message(role="assistant", content="Yes.")


def left_out(chat: ChatText) -> tuple[LeftOut, ...]:
    """Of what datasets hold besides turns: all that the template drops. The same every time."""
    calls = Message(role="assistant", content="", tool_calls=(_CALL,))
    tried: dict[LeftOut, tuple[tuple[Message, ...], str | None]] = {
        "tools": ((_ASKED, calls, _RESULT, _SAID), _TOOLS),
        "thoughts": ((_ASKED, _SAID.model_copy(update={"thinking": "It is wet."})), None),
        "thoughts before calls": (
            (_ASKED, calls.model_copy(update={"thinking": "I look."}), _RESULT, _SAID),
            _TOOLS,
        ),
    }
    return tuple(what for what, (turns, tools) in tried.items() if not _learns(chat, turns, tools))


def _learns(chat: ChatText, turns: tuple[Message, ...], tools: str | None) -> bool:
    try:
        label(chat, Conversation(messages=turns, tools=tools, line=1))
    except BadInput:
        return False
    return True
