"""What is said where the meaning of a file is not clear: the one question, a refusal, a mixture by counts."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.looks import looks, some
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.reading import Ambiguous, Problem, Reading, Seen
from functions.on_upload.meaning.roles import role_of
from functions.on_upload.meaning.turns import WHO
from functions.on_upload.reading.blocks import Row
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Feedback, Message, Preference, Prompts, Sample, Stepwise, Text

READABLE: Final = (
    "Jinko reads questions and answers (question/answer, prompt/completion, instruction/input/output, "
    "message/reply and their like in many languages), conversations (messages), preferences "
    "(chosen/rejected), feedback (label), prompts and texts."
)
SAY_WHICH: Final = (
    "Say which two they are: --set data.columns.question=… --set data.columns.answer=… "
    "(or the same in a jinko.yaml beside the file)."
)
KINDS: Final = {
    "conversation": "conversations",
    "preference": "preferences",
    "feedback": "feedback",
    "prompts": "prompts",
    "text": "texts",
    "stepwise": "judged steps",
}
PARTS: Final = (
    "messages",
    "question",
    "answer",
    "chosen",
    "rejected",
    "label",
    "reference",
    "text",
    "images",
)
SAY_OTHERS: Final = "Other columns can be said in the same way."
SHOWN: Final = 4  # readings
SHOWN_ROWS: Final = 2
SHOWN_CHARACTERS: Final = 60


def question(seen: Seen, readings: Sequence[Reading]) -> Ambiguous:
    """The question which of these readings is meant: one fault for each, with the option that chooses it."""
    told = []
    readings, others = readings[:SHOWN], readings[SHOWN:]
    differing = [part for part in PARTS if len({reading.columns.get(part) for reading in readings}) > 1]
    for number, reading in enumerate(readings, 1):
        start = f"Which is meant? Reading {number} of {len(readings)}:"
        if number > 1 or len(readings) == 1:
            start = f"Reading {number} of {len(readings)}:" if number > 1 else "Is this meant?"
        finding = f"{start} {reading.why} {_rows(seen, reading)}".rstrip()
        step = _option(reading, differing or list(PARTS))
        if others and number == len(readings):
            step += f" {SAY_OTHERS}"
        told.append(Fault(place=names.place(seen.name, 1), finding=finding, next_step=step))
    return Ambiguous(told)


def _option(reading: Reading, parts: Iterable[str]) -> str:
    chosen = {part: reading.columns[part] for part in parts if part in reading.columns}
    chosen = chosen or dict(reading.columns)
    pairs = [f"data.columns.{part}={column}" for part, column in chosen.items()]
    line = " ".join(f"--set {shlex.quote(pair)}" for pair in pairs)
    if any("," in pair or pair.count("=") > 1 for pair in pairs):
        return f"Say {line}."
    return f"Say {line} (for a bucket: --custom-metadata={shlex.quote(','.join(pairs))})."


def _rows(seen: Seen, reading: Reading) -> str:
    told: list[str] = []
    for row in seen.rows[:50]:
        built = _alone(reading, row)
        if not isinstance(built, Problem):
            told.append(f"Line {row.line}: {short(built)}.")
        if len(told) == SHOWN_ROWS:
            break
    return " ".join(told)


def makes_any(seen: Seen, reading: Reading) -> bool:
    """Whether a reading makes a sample of any row; one with images may, once they are at hand."""
    return reading.images or any(
        not isinstance(_alone(reading, row), Problem) for row in some(seen.rows, 100)
    )


def no_use(seen: Seen, reading: Reading) -> BadInput:
    """The refusal of a file of which the likeliest reading makes nothing: its first row says why."""
    row = seen.rows[0]
    problem = _alone(reading, row)
    place = names.place(seen.name, row.line)
    if not isinstance(problem, Problem):
        return refusal(seen)
    return BadInput(Fault(place=place, finding=problem.finding, next_step=problem.next_step))


def _alone(reading: Reading, row: Row) -> Sample | Problem:
    return reading.build(row, lambda _: None)


def short(sample: Sample) -> str:
    """A sample in a few words: what is asked, an arrow, what is answered."""
    if isinstance(sample, Conversation):
        return f"{_said(sample.messages[:-1])} → {_said(sample.messages[-1:])}"
    if isinstance(sample, Preference):
        return f"{_said(sample.prompt)} → better {_said(sample.chosen)}, worse {_said(sample.rejected)}"
    if isinstance(sample, Feedback):
        return (
            f"{_said(sample.prompt)} → {_said(sample.completion)} ({'liked' if sample.good else 'not liked'})"
        )
    if isinstance(sample, Prompts):
        return f"{_said(sample.prompt)} → to be answered"
    if isinstance(sample, Stepwise):
        return f"{_said(sample.prompt)} → {len(sample.steps)} steps"
    return _quoted(sample.text) if isinstance(sample, Text) else ""


def _said(turns: Sequence[Message]) -> str:
    return _quoted(turns[-1].content) if turns else ""


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= SHOWN_CHARACTERS else f'{line[:SHOWN_CHARACTERS]}…'}”"


def refusal(seen: Seen) -> BadInput:
    """Why nothing can be learned from these columns, as far as it can be told."""
    place = names.place(seen.name, 1)
    speaker = _speaker(seen)
    if speaker is not None:
        finding = f"Each row is one turn of a conversation: column '{speaker}' says who speaks."
        step = "Write one conversation a row: a column 'messages' with a list of its turns."
        return BadInput(Fault(place=place, finding=finding, next_step=step))
    columns = [column for column in seen.columns if column]
    inner = _inner(seen)
    if inner is not None:
        name, keys = inner
        finding = f"Column '{name}' holds objects of texts, {listed(keys)}; nothing says which answers which."
        step = "Write each of them as a column of its own, called question and answer where it is that."
        return BadInput(Fault(place=place, finding=finding, next_step=step))
    if len(columns) == 1:
        finding = f"There is one column, {listed(columns)}; a question and an answer are needed."
        return BadInput(Fault(place=place, finding=finding, next_step=READABLE))
    finding = f"No question and answer among the columns {listed(columns)}."
    return BadInput(Fault(place=place, finding=finding, next_step=f"{READABLE} {SAY_WHICH}"))


def _inner(seen: Seen) -> tuple[str, list[str]] | None:
    """The column whose cells are all objects of two or more texts, under the same keys; and these keys."""
    for name in seen.columns:
        held = [row.cells.get(name) for row in some(seen.rows, 100)]
        keys = list(held[0]) if held and isinstance(held[0], Mapping) else []
        if len(keys) > 1 and all(
            isinstance(one, Mapping) and list(one) == keys and all(isinstance(v, str) for v in one.values())
            for one in held
        ):
            return name, keys
    return None


def _speaker(seen: Seen) -> str | None:
    """The column that says who speaks, where rows are single turns."""
    looked = looks(seen)
    if any(look.turns for look in looked.values()):
        return None
    for name in seen.columns:
        if plain(name) in (*WHO, "sender_type", "speaker_type", "author_role"):
            said = {role_of(row.cells.get(name)) for row in seen.rows if not is_empty(row.cells.get(name))}
            if {"user", "assistant"} <= said:
                return name
    return None


def one_turn_a_row(seen: Seen) -> bool:
    """Whether rows are single turns: no two columns of them are a question and its answer."""
    return _speaker(seen) is not None


def mixture(seen: Seen, kinds: Sequence[tuple[Reading, Sequence[Row]]]) -> BadInput:
    """The refusal of a file whose rows are of several kinds: for each its count and its first line."""
    step = "Put each kind of rows into a file of its own."
    told = []
    for reading, rows in sorted(kinds, key=lambda kind: kind[1][0].line):
        columns = listed(list(reading.columns.values()))
        of = "all rows" if seen.whole else "the rows looked at"
        finding = (
            f"The file mixes kinds of rows: {len(rows):,} of {len(seen.rows):,} ({of}) are "
            f"{KINDS[reading.kind]} in {columns}; this is the first."
        )
        told.append(Fault(place=names.place(seen.name, rows[0].line), finding=finding, next_step=step))
    return BadInput(told)


def listed(columns: Sequence[str]) -> str:
    """Columns for a sentence, the first dozen of them."""
    shown = [f"'{column}'" if len(column) <= 40 else f"'{column[:40]}…'" for column in columns[:12]]
    return ", ".join(shown) + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")


def filled(row: Row, columns: Mapping[str, str], parts: Iterable[str]) -> bool:
    """Whether a row has something in each column that plays one of these parts."""
    return all(not is_empty(row.cells.get(columns[part])) for part in parts if part in columns)
