"""Turns that a cell holds as what was said before a question: [[question, answer], …], or messages."""

from functions.on_upload.meaning.cells import text_of, value_of
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.shown import ImagesOfRow
from functions.on_upload.meaning.turns import is_turns, turns
from schemas.samples import Message


def earlier_turns(name: str, cell: object) -> tuple[Message, ...] | Problem:
    """Earlier turns: [[question, answer], …], or turns as conversations have them."""
    wrong = Problem(f"Column '{name}' is not a list of [question, answer].", 'Write [["…", "…"], …].')
    try:
        value = value_of(cell)
    except ValueError:
        return wrong
    if is_turns(value):
        return turns(value, lambda _: None, images=ImagesOfRow(), column=name)
    found: list[Message] = []
    for one in value if isinstance(value, list) else [None]:
        if not isinstance(one, list | tuple) or len(one) != 2:
            return wrong
        asked, answered = text_of(name, one[0]), text_of(name, one[1])
        if isinstance(asked, Problem) or isinstance(answered, Problem):
            return wrong
        found += [Message(role="user", content=asked), Message(role="assistant", content=answered)]
    return tuple(found)
