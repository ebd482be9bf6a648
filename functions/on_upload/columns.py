"""Which columns mean what, and how a row of cells becomes the turns of a conversation.

Understood today, by name and in any case: question/answer, prompt/completion, instruction/[input]/output,
message/reply, and `messages`. `data.columns` in the recipe overrides. Two readings that are both plausible
are asked about (`Ambiguous`), never guessed; anything else is refused by name.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, get_args

from schemas import names
from schemas.errors import BadInput, Fault
from schemas.recipe import Columns
from schemas.samples import Message, Role

# (what the person's turn is made of, what the answer is): the pairs understood by name.
PAIRS: Final[tuple[tuple[str, str], ...]] = (
    ("question", "answer"),
    ("prompt", "completion"),
    ("instruction", "output"),
    ("message", "reply"),
)
READABLE: Final = (
    "Columns understood today: question/answer, prompt/completion, instruction/input/output, message/reply, "
    "messages."
)
ROLES: Final = get_args(Role)


class Ambiguous(BadInput):
    """Two readings are plausible; the fault's next step is the option that answers the question."""


class Problem(NamedTuple):
    """Why a row cannot be learned from."""

    finding: str
    next_step: str


class Understanding(NamedTuple):
    """What the columns mean: role → column, the columns left unread, and a sentence that says why."""

    columns: dict[str, str]
    unused: tuple[str, ...]
    why: str

    def turns(self, cells: Mapping[str, Any]) -> tuple[Message, ...] | Problem:
        """The conversation in a row's cells, texts unaltered; or the problem with it."""
        if "messages" in self.columns:
            return _dialogue(self.columns["messages"], cells.get(self.columns["messages"]))
        texts: dict[str, str] = {}
        for role in ("question", "answer"):
            text = _text(self.columns[role], cells.get(self.columns[role]))
            if isinstance(text, Problem):
                return text
            texts[role] = text
        below = self.columns.get("input") or self._input_of(cells)
        if below is not None:
            # Alpaca's own reading: the input stands on the line below the instruction; it may be empty.
            given = cells.get(below)
            extra = _text(below, given)
            if isinstance(extra, str):
                texts["question"] += "\n" + extra
            elif given is not None and not (isinstance(given, str) and not given.strip()):
                return extra
        return (
            Message(role="user", content=texts["question"]),
            Message(role="assistant", content=texts["answer"]),
        )

    @property
    def reads_inputs(self) -> bool:
        """Whether an input may stand beside the question, as in Alpaca's files."""
        return self.columns.get("question", "").strip().casefold() == "instruction"

    def _input_of(self, cells: Mapping[str, Any]) -> str | None:
        """The input beside an instruction where the first rows had none: JSONL rows need not agree."""
        if not self.reads_inputs:
            return None
        return next((key for key in cells if key.strip().casefold() == "input"), None)


def understand(name: str, seen: Sequence[str], chosen: Columns | None = None) -> Understanding:
    """Find the meaning of the columns `seen` in a file. Raises BadInput, or Ambiguous for one question."""
    if chosen is not None:
        return _chosen(name, seen, chosen)
    spelled: dict[str, list[str]] = {}  # 'question' → every column that reads so, whatever its case
    for column in seen:
        spelled.setdefault(column.strip().casefold(), []).append(column)
    if "messages" in spelled:
        messages = spelled["messages"][0]
        why = f"Column '{messages}' holds whole conversations."
        return _understanding({"messages": messages}, seen, why)
    found = [
        (question, answer)
        for pair in PAIRS
        for question in spelled.get(pair[0], ())
        for answer in spelled.get(pair[1], ())
    ]
    if len(found) > 1:
        raise _question(name, found)
    if not found:
        raise _unknown(name, seen)
    ask, answer = found[0]
    columns = {"question": ask, "answer": answer}
    why = f"Column '{ask}' is what a person says, '{answer}' the answer to learn."
    if ask.strip().casefold() == "instruction" and "input" in spelled:
        columns["input"] = spelled["input"][0]
        why += f" Column '{columns['input']}' is added below the instruction."
    return _understanding(columns, seen, why)


def _understanding(columns: dict[str, str], seen: Sequence[str], why: str) -> Understanding:
    used = set(columns.values())
    return Understanding(columns, tuple(column for column in seen if column and column not in used), why)


def _chosen(name: str, seen: Sequence[str], chosen: Columns) -> Understanding:
    missing = [column for column in (chosen.question, chosen.answer) if column not in seen]
    if missing or chosen.question == chosen.answer:
        what = (
            f"There is no column '{missing[0]}'." if missing else "Question and answer are the same column."
        )
        step = (
            f"Columns are: {_listed(seen)}. Set data.columns.question and data.columns.answer to two of them."
        )
        raise BadInput(Fault(place=names.place(name, 1), finding=what, next_step=step))
    why = f"You chose column '{chosen.question}' as the question and column '{chosen.answer}' as the answer."
    return _understanding({"question": chosen.question, "answer": chosen.answer}, seen, why)


def _question(name: str, pairs: Sequence[tuple[str, str]]) -> Ambiguous:
    readings = " or ".join(f"'{ask}' and '{answer}'" for ask, answer in pairs)
    options = " or ".join(
        f"--set data.columns.question={ask} --set data.columns.answer={answer}" for ask, answer in pairs
    )
    finding = f"Which columns are to be learned: {readings}?"
    return Ambiguous(Fault(place=names.place(name, 1), finding=finding, next_step=f"Say {options}."))


def _unknown(name: str, seen: Sequence[str]) -> BadInput:
    if len(seen) == 1:
        finding = f"There is one column, {_listed(seen)}; a question and an answer are needed."
        return BadInput(Fault(place=names.place(name, 1), finding=finding, next_step=READABLE))
    finding = f"No question and answer among the columns {_listed(seen)}."
    step = f"{READABLE} Rename two columns, or say which they are: --set data.columns.question=… "
    step += "--set data.columns.answer=… (or the same in a jinko.yaml beside the file)."
    return BadInput(Fault(place=names.place(name, 1), finding=finding, next_step=step))


def _listed(seen: Sequence[str]) -> str:
    shown = [f"'{column}'" if len(column) <= 40 else f"'{column[:40]}…'" for column in seen[:12]]
    return ", ".join(shown) + (f" and {len(seen) - 12} more" if len(seen) > 12 else "")


def _text(column: str, value: object) -> str | Problem:
    """A cell as text, exactly as it stands. JSON's true and false are words; a missing cell is no text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return Problem(f"Column '{column}' is empty.", "Fill it, or leave the row out.")
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        what = f"Column '{column}' holds a {'list' if isinstance(value, list) else 'JSON object'}, not text."
        return Problem(what, "Write it as text, or use 'messages' for conversations.")
    try:
        value.encode()
    except UnicodeEncodeError:
        what = f"Column '{column}' holds half of a character (a lone surrogate)."
        return Problem(what, "Write the whole character.")
    return value


def _dialogue(column: str, value: object) -> tuple[Message, ...] | Problem:
    """A list of {role, content} (or its JSON as text), in the order that chat models take."""
    step = 'Write [{"role": "user", "content": …}, {"role": "assistant", "content": …}].'
    if value is None or value == [] or (isinstance(value, str) and not value.strip()):
        return Problem(f"Column '{column}' is empty.", "Fill it, or leave the row out.")
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            return Problem(f"Column '{column}' is not JSON.", step)
    if not isinstance(value, list):
        return Problem(f"Column '{column}' is not a list of turns.", step)
    turns = []
    for element in value:
        turn = _turn(element, step)
        if isinstance(turn, Problem):
            return turn
        turns.append(turn)
    return _ordered(tuple(turns))


def _turn(element: object, step: str) -> Message | Problem:
    if not isinstance(element, dict) or not {"role", "content"} <= element.keys():
        return Problem("A turn is not an object with 'role' and 'content'.", step)
    extra = sorted(key for key in element.keys() - {"role", "content"} if element[key] is not None)
    if extra:
        return Problem(f"A turn has {extra[0]!r}, which is not read yet.", f"Remove {extra[0]!r}.")
    if element["role"] not in ROLES:
        role = repr(element["role"])
        shown = role if len(role) <= 40 else f"{role[:40]}…"
        return Problem(f"A turn has the role {shown}.", f"Roles today: {', '.join(ROLES)}.")
    content = _text("content", element["content"])
    return content if isinstance(content, Problem) else Message(role=element["role"], content=content)


def _ordered(turns: tuple[Message, ...]) -> tuple[Message, ...] | Problem:
    """[system], then user and assistant in turn, the assistant last: what every chat template renders."""
    spoken = turns[1:] if turns[0].role == "system" else turns
    if any(turn.role == "system" for turn in spoken):
        return Problem("A system turn stands after the start.", "Put the one system turn first.")
    wanted = ["user", "assistant"] * (len(spoken) // 2)
    if not spoken or [turn.role for turn in spoken] != wanted:
        finding = "The turns do not go user, assistant, … and end with the assistant."
        return Problem(finding, "Join neighbouring turns of one speaker, and end with the answer to learn.")
    return turns
