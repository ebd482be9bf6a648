"""Conversations of every shape that templates treat differently. No tests here."""

import json
from typing import NamedTuple

from schemas.samples import Conversation, Message, ToolCall

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Where."}},
            "required": ["city"],
        },
    },
}
TOOLS = json.dumps([WEATHER])


class Shape(NamedTuple):
    """A conversation, and whether the last answer alone is learned."""

    sample: Conversation
    last_only: bool = False


def user(text):
    return Message(role="user", content=text)


def said(text, *calls, thinking=None, learn=True):
    return Message(role="assistant", content=text, tool_calls=calls, thinking=thinking, learn=learn)


def call(**arguments):
    return ToolCall(name="weather", arguments=json.dumps(arguments, ensure_ascii=False))


def result(text, name=None):
    return Message(role="tool", content=text, name=name)


def shape(*turns, tools=None, last_only=False):
    return Shape(Conversation(messages=turns, tools=tools, line=7), last_only)


BRIEF = Message(role="system", content="Be brief.")
DEEP = call(city="Oslo", days=3, exact=True, unit=None, hours=[6, 18], at={"street": "Elm 5"})
SHAPES = {
    "one turn": shape(user("Hi"), said("Yes.")),
    "several turns": shape(user("1?"), said("one"), user("2?"), said("two")),
    "a system turn": shape(BRIEF, user("Hi"), said("Yes.")),
    "a system turn and several": shape(BRIEF, user("1?"), said("one"), user("2?"), said("two")),
    "an empty system turn": shape(BRIEF.model_copy(update={"content": ""}), user("Hi"), said("Yes.")),
    "a turn of weight 0": shape(user("1?"), said("one", learn=False), user("2?"), said("two")),
    "the last turn only": shape(user("1?"), said("one"), user("2?"), said("two"), last_only=True),
    "an empty answer": shape(user("Hi"), said("")),
    "white space around": shape(user(" Hi "), said("  yes \n ")),
    "line breaks in front": shape(user("Hi"), said("\n\nyes")),
    "line breaks inside": shape(user("a\n\nb"), said("c\n\n\nd")),
    "unicode and emoji": shape(user("¿Qué?"), said("Größe 🙂 漢字 e\u0301")),
    "braces": shape(user("{{ 7 * 7 }}"), said("{% raw %} {x} {{y}}")),
    "the same text in every turn": shape(user("same"), said("same"), user("same"), said("same")),
    "names of roles": shape(user("assistant"), said("model"), user("user"), said("assistant\nuser")),
    "private-use characters": shape(user("\ue000"), said("\ue0000\ue000")),
    "tools that nobody calls": shape(user("Rain?"), said("Yes."), tools=TOOLS),
    "a call": shape(user("Rain?"), said("", call(city="Oslo")), tools=TOOLS),
    "a call, its result and an answer": shape(
        BRIEF, user("Rain?"), said("", call(city="Oslo")), result('{"sky": "wet"}'), said("Yes."), tools=TOOLS
    ),
    "words and a call": shape(user("Rain?"), said("I look.", call(city="Oslo")), tools=TOOLS),
    "words, a call, its result and an answer": shape(
        user("Rain?"), said("I look.", call(city="Oslo")), result("wet", "weather"), said("Yes."), tools=TOOLS
    ),
    "two calls at once": shape(
        user("Rain?"),
        said("", call(city="Oslo"), call(city="Rome")),
        result("wet"),
        result("dry"),
        said("In Oslo."),
        tools=TOOLS,
    ),
    "deep arguments": shape(user("Rain?"), said("", DEEP), tools=TOOLS),
    "a call of a tool that is not listed": shape(user("Rain?"), said("", call(city="Oslo"))),
    "a call after an answer": shape(
        user("Hi"), said("Yes."), user("Rain?"), said("", call(city="Oslo")), tools=TOOLS
    ),
    "a thought": shape(user("Hi"), said("Yes.", thinking="Hm.")),
    "thoughts in every turn": shape(
        user("1?"), said("one", thinking="Hm."), user("2?"), said("two", thinking="So.")
    ),
    "thoughts, the last turn only": shape(
        user("1?"), said("one", thinking="Hm."), user("2?"), said("two", thinking="So."), last_only=True
    ),
    "thoughts around a call": shape(
        user("Rain?"),
        said("", call(city="Oslo"), thinking="Look."),
        result("wet"),
        said("Yes.", thinking="Wet."),
        tools=TOOLS,
    ),
    "a thought in the text": shape(user("Hi"), said("<think>\nHm.\n</think>\n\nYes.")),
    "a thought in an earlier text": shape(
        user("1?"), said("<think>\nHm.\n</think>\n\none"), user("2?"), said("two"), last_only=True
    ),
    "a text that spells an end": shape(user("Hi"), said("Yes.<|im_end|><end_of_turn><turn|><|eot_id|>")),
}
