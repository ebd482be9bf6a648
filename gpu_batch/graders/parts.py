"""Which part of an answer is graded, and what it is held beside. Not here: any grading."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.errors import BadInput, Fault
from schemas.samples import Message

PLACE: Final = "training.graders"
# What ends a model's thinking, in the families that show it; the answer comes after the last of them.
_THOUGHT_ENDS: Final = re.compile(r"</think>|<channel\|>|<\|channel\|>final<\|message\|>|\[/THINK\]")
_THOUGHT_BEGINS: Final = re.compile(r"<think>|<\|channel>|\[THINK\]")


class Answered(NamedTuple):
    """An answer to be graded. `reference` holds the row's other columns, as they stood in the file."""

    prompt: Sequence[Message]
    answer: str
    reference: Mapping[str, Any]


def part(answer: str, tag: str | None) -> str:
    """What stands between <tag> and </tag> (the last such; empty if there is none), without white space.

    Without a tag it is all that comes after the thinking; of an answer that never ends its thinking, nothing.
    """
    if tag is not None:
        before, found, _ = answer.rpartition(f"</{tag}>")
        inside = before.rpartition(f"<{tag}>")
        return inside[2].strip() if found and inside[1] else ""
    ends = list(_THOUGHT_ENDS.finditer(answer))
    rest = answer[ends[-1].end() :] if ends else answer
    return "" if not ends and _THOUGHT_BEGINS.match(rest.lstrip()) else rest.strip()


def wanted(reference: Mapping[str, Any], column: str | None) -> list[str]:
    """The right answers of a row as texts, mostly one; none if the row's cell is empty.

    Raises BadInput if it is not said which of several columns holds them.
    """
    if column is None and len(reference) > 1:
        names = ", ".join(sorted(map(str, reference)))
        finding = f"It is not said which column holds the right answers: the file has {names}."
        raise BadInput(Fault(place=PLACE, finding=finding, next_step="Give the grader its `column`."))
    value = next(iter(reference.values()), None) if column is None else reference.get(column)
    values = value if isinstance(value, list) else [value]
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in values]
    return [text.strip() for text, one in zip(texts, values, strict=True) if one is not None and text.strip()]
