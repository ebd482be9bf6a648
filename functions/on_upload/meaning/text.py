"""Rows of one text each, to go on learning a language or a field from; and texts whose stretches are marked.

    text                                        also content, body, a file's own text
    segments: [{label: true, text: "…"}]        axolotl: what is labelled false is read and not learned
    input_ids                                   refused: numbers of one tokenizer

A text that is a dialogue in every row (`Human: … Assistant: …`) is a conversation.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from functions.on_upload.meaning.cells import is_empty, text_of
from functions.on_upload.meaning.feedback import truth
from functions.on_upload.meaning.kinds import cells, column, half_character, listed, mostly, shown
from functions.on_upload.meaning.looks import Look, looks
from functions.on_upload.meaning.names_of_parts import STRONG, named, plain
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.transcripts import parse
from functions.on_upload.meaning.turns import well_ordered
from functions.on_upload.meaning.words_of_kinds import TEXT
from functions.on_upload.reading.blocks import Row
from functions.on_upload.reading.refusals import TEXTS, suffix_of
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Sample, Segment, Text

_NAMES: Final = frozenset(map(plain, TEXT))
TITLES: Final = frozenset(
    "title titles headline heading name subject chapter titel titulo titre titolo 标题 標題 제목".split()
)
MARKS: Final = frozenset("entities entity spans span ner tags annotations annotation".split())
REPLIES: Final = frozenset(
    "thread_ts thread_id parent_id reply_to reply_to_id in_reply_to in_reply_to_id in_reply_to_status_id "
    "in_response_to in_response_to_tweet_id response_tweet_id conversation_id conv_id dialogue_id".split()
)
SPEAKS: Final = re.compile(
    r"^[ \t]*(q|a|question|answer|user|assistant|customer|agent|frage|antwort)\s?:",
    re.IGNORECASE | re.MULTILINE,
)
SURELY_PROSE: Final = 80  # characters, usually: nobody keeps names or codes of that length
SEGMENTS_STEP: Final = 'Write [{"label": true, "text": …}, …].'


def find_text(seen: Seen) -> list[Reading]:
    """Readings as texts, or as dialogues written in one text. Raises BadInput for a file of token ids."""
    _must_be_no_ids(seen)
    segments = next((one for one in seen.columns if mostly(seen, one, _is_segments)), None)
    if segments is not None:
        return [chosen_text(seen, {"text": segments})]
    name, certainty = _column(seen)
    return [_reading(seen, name, certainty)] if name else []


def chosen_text(seen: Seen, parts: Mapping[str, str]) -> Reading:
    """The reading that a person (or a side file) asks for: `text`, also of dialogues and marked stretches."""
    name = parts["text"]
    if mostly(seen, name, _is_segments):
        why = f"Column {shown([name])} holds texts in stretches, each to be learned or only read."
        return Reading("text", {"text": name}, why, 0.96, lambda row, _: _segmented(name, row))
    return _reading(seen, name, 1.0)


def says_more(seen: Seen, text: str) -> bool:
    """Whether something beside a column of texts, or in it, tells that they are more than texts.

    Marks in the texts or several labels of each; questions or answers in lists; what a message replies to;
    lines that say who speaks.
    """
    return _by_turns(seen, text) or any(
        _is_more(name, mostly(seen, name, lambda cell: isinstance(listed(cell), list)))
        for name in seen.columns
        if name != text and cells(seen, name)
    )


def _is_more(name: str, lists: bool) -> bool:
    told = named(name)
    marks = lists and (told.label or not MARKS.isdisjoint(plain(name).split("_")))
    asks = lists and max(told.question, told.answer) == STRONG
    return marks or asks or plain(name) in REPLIES


def _by_turns(seen: Seen, text: str) -> bool:
    """Whether the texts are dialogues or their lines: `Q: …`, below it or in the next row `A: …`."""
    found = [SPEAKS.findall(str(cell)[:2000]) for cell in cells(seen, text)]
    said = {who.casefold() for one in found for who in one}
    return len(seen.rows) > 1 and sum(map(bool, found)) >= 0.9 * len(found) and len(said) > 1


def _reading(seen: Seen, name: str, certainty: float) -> Reading:
    if _all_dialogues(seen, name):
        why = f"Column {shown([name])} holds whole dialogues as text; their turns are taken apart."
        return Reading(
            "conversation", {"messages": name}, why, certainty, lambda row, _: _dialogue(name, row)
        )
    why = f"Column {shown([name])} holds texts to go on learning from."
    if seen.columns == ("text",) and len(seen.rows) == 1 and suffix_of(seen.name) in TEXTS:
        why = "It is a text to go on learning from."  # its one column is ours
    return Reading("text", {"text": name}, why, certainty, lambda row, _: _text(name, row))


def _must_be_no_ids(seen: Seen) -> None:
    name = column(seen, ("input_ids",))
    if name and mostly(seen, name, lambda cell: isinstance(listed(cell), list)):
        finding = f"Column '{name}' holds token ids, which belong to one tokenizer alone."
        step = "Drop the texts that they were made of: Jinko makes the tokens itself, for any base model."
        raise BadInput(Fault(place=seen.name, finding=finding, next_step=step))


def _column(seen: Seen) -> tuple[str | None, float]:
    """The one column of text, and how sure it is that it is meant; nothing where several may be."""
    looked = looks(seen)
    texts = [look for look in looked.values() if look.text >= 0.9]
    free = texts if len(looked) == 1 else [look for look in texts if not _says_about(look)]
    body = max(free, key=lambda look: look.length, default=None)
    if body is None:
        return None, 0.0
    others = [look for look in free if look.name != body.name]
    if others and not all(_is_title(look, body) for look in others):
        called = next((look.name for look in free if plain(look.name) == "text"), None)
        return called, 0.35
    if plain(body.name) in _NAMES:
        return body.name, 0.75 if others else 0.96
    if others:
        return None, 0.0
    if named(body.name).question > named(body.name).answer:
        return body.name, 0.4  # questions without answers: prompts rather
    return body.name, 0.9 if body.length >= SURELY_PROSE or (len(looked) == 1 and body.spaced >= 0.9) else 0.5


def _says_about(look: Look) -> bool:
    """Whether a column only says something about the text beside it: a place, a licence, a language."""
    return named(look.name).about or not look.free or (look.spaced < 0.2 and look.length <= 60)


def _is_title(look: Look, body: Look) -> bool:
    """Whether a column is the heading of a long text, rather than what is asked of it."""
    words = set(plain(look.name).split("_"))
    return not words.isdisjoint(TITLES) and body.length >= 200 and look.length <= body.length / 4


def _all_dialogues(seen: Seen, name: str) -> bool:
    held = [row.cells.get(name) for row in seen.rows if not is_empty(row.cells.get(name))]
    first = held[:20]
    if not first or not all(isinstance(cell, str) and parse(cell) for cell in first):
        return False
    found = sum(isinstance(cell, str) and parse(cell) is not None for cell in cells(seen, name))
    return found >= 0.95 * len(cells(seen, name))


def _text(name: str, row: Row) -> Sample | Problem:
    text = text_of(name, row.cells.get(name))
    return text if isinstance(text, Problem) else Text(segments=(Segment(text=text),), line=row.line)


def _dialogue(name: str, row: Row) -> Sample | Problem:
    text = text_of(name, row.cells.get(name))
    if isinstance(text, Problem):
        return text
    turns = parse(text)
    if turns is None:
        finding = f"Column '{name}' holds no dialogue here, as it does in the other rows."
        return Problem(finding, "Mark who speaks as in the other rows, or leave the row out.", shape=True)
    ordered = well_ordered(turns)
    return ordered if isinstance(ordered, Problem) else Conversation(messages=ordered, line=row.line)


def _is_segments(value: object) -> bool:
    found = listed(value)
    return bool(found) and all(
        isinstance(one, Mapping) and {"label", "text"} <= one.keys() for one in found or ()
    )


def _segmented(name: str, row: Row) -> Sample | Problem:
    made = []
    for one in listed(row.cells.get(name)) or ():
        segment = _segment(one)
        if isinstance(segment, Problem):
            return segment
        made.append(segment)
    if not made:
        return Problem(f"Column '{name}' is empty.", SEGMENTS_STEP)
    if not any(segment.learn for segment in made):
        return Problem("No stretch of the text is to be learned.", "Label one of them true.")
    return Text(segments=tuple(made), line=row.line)


def _segment(one: Any) -> Segment | Problem:
    learn = truth(one.get("label")) if isinstance(one, Mapping) else None
    text = one.get("text") if isinstance(one, Mapping) else None
    if learn is None or not isinstance(text, str):
        return Problem(
            "A stretch of the text has no text, or a label that is neither true nor false.", SEGMENTS_STEP
        )
    return half_character("The stretches", text) or Segment(text=text, learn=learn)
