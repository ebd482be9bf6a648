"""Rows on a dataset's card: what is said in each, by whom, with small pictures, for rows of every kind."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from functions import pages
from schemas import names
from schemas.samples import (
    Conversation,
    Feedback,
    Image,
    Message,
    Preference,
    Prompts,
    Sample,
    Stepwise,
    Text,
)

PICTURE_BYTES: Final = 150_000  # a larger one is named, not shown: a card is read by mail and on phones
ALL_PICTURES: Final = 1_500_000
_FORMATS: Final = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"))
_WHO: Final = {"tool": "tool's answer"}


class Picture(NamedTuple):
    """An image of a row: `uri` holds it whole where it is small."""

    name: str
    size: str
    uri: str | None


class Said(NamedTuple):
    """A text of a row. `look` is the class it has on the page."""

    who: str
    text: str
    look: str


class Column(NamedTuple):
    """One of several ways to go on."""

    title: str
    look: str
    said: list[Said]


class Row(NamedTuple):
    """One sample: where it stands in its file, what is said, and the ways to go on from there."""

    place: str
    line: int
    said: list[Said]
    columns: list[Column]
    pictures: list[Picture]

    @property
    def flat(self) -> list[tuple[str, str]]:
        """All of it below one another, as (who, text)."""
        below = [(column.title, one.text) for column in self.columns for one in column.said]
        shown = [("picture", f"{one.name} ({one.size})") for one in self.pictures]
        return shown + [(one.who, one.text) for one in self.said] + below


def rows(source: str, samples: Sequence[Sample]) -> list[Row]:
    """These samples as they are shown. Pictures are whole as long as all of them together are small."""
    shown: list[Row] = []
    left = ALL_PICTURES
    for sample in samples:
        pictures = []
        for image in sample.images:
            picture = _picture(image, left)
            left -= len(image.data) if picture.uri else 0
            pictures.append(picture)
        said, columns = _parts(sample)
        place = names.place(sample.source or source, sample.line)
        shown.append(Row(place, sample.line, said, columns, pictures))
    return shown


def _picture(image: Image, room: int) -> Picture:
    format = next((name for start, name in _FORMATS if image.data.startswith(start)), None)
    small = format is not None and len(image.data) <= min(PICTURE_BYTES, room)
    uri = f"data:image/{format};base64,{b64encode(image.data).decode()}" if small else None
    return Picture(image.name or "picture", pages.size(len(image.data)), uri)


def _parts(sample: Sample) -> tuple[list[Said], list[Column]]:
    match sample:
        case Conversation():
            return _turns(sample.messages), []
        case Preference():
            better = Column("better", "better", _turns(sample.chosen))
            return _turns(sample.prompt), [better, Column("worse", "worse", _turns(sample.rejected))]
        case Feedback():
            title, look = ("liked", "better") if sample.good else ("not liked", "worse")
            return _turns(sample.prompt), [Column(title, look, _turns(sample.completion))]
        case Prompts():
            graded = [Said("reference", sample.reference, "reference")] if sample.reference != "{}" else []
            return _turns(sample.prompt) + graded, []
        case Text():
            return [
                Said("text", one.text, "text") if one.learn else Said("only read", one.text, "text only-read")
                for one in sample.segments
            ], []
        case Stepwise():
            steps = [
                Said(
                    "right step" if step.good else "wrong step", step.text, "better" if step.good else "worse"
                )
                for step in sample.steps
            ]
            return _turns(sample.prompt), [Column(step.who, step.look, [step]) for step in steps]


def _turns(turns: Iterable[Message]) -> list[Said]:
    said: list[Said] = []
    for turn in turns:
        if turn.thinking is not None:
            said.append(Said("thought", turn.thinking, "thinking"))
        who = _WHO.get(turn.role, turn.role)
        if turn.name:
            who = f"{who} ({turn.name})"
        if not turn.learn:
            who = f"{who}, only read"
        if turn.content or not turn.tool_calls:
            said.append(Said(who, turn.content, turn.role if turn.learn else f"{turn.role} only-read"))
        said += [Said("calls", f"{call.name} {call.arguments}", "call") for call in turn.tool_calls]
    return said
