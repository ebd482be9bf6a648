"""What the file of answers says of each row: its answer, or why there is none, with what stood beside it.

A row of OpenAI's batch files is answered as OpenAI's batches answer; any other by one flat JSON object:

    {"id": "7", "prompt": "Where?", "reference": "Here.", "answer": "There.", "finish_reason": "stop"}

Pure. Not here: files, models.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.errors import Fault
from schemas.samples import Conversation, Message, Prompts

ANSWER: Final = "answer"  # also what the reader of prompts calls the answer that a row holds already
CUSTOM_ID: Final = "custom_id"
OURS: Final = ("prompt", "reference", ANSWER, "finish_reason", "error", "line")


class Row(NamedTuple):
    """A row to be answered. `beside`: its other cells; `reference`: the answer that it holds already."""

    prompt: tuple[Message, ...]
    beside: Mapping[str, Any]
    reference: str | None
    line: int
    source: str | None = None


class Outcome(NamedTuple):
    """An answer, or the fault that there is instead of one."""

    text: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int = 0
    tokens: int = 0
    fault: Fault | None = None

    def dumps(self) -> str:
        """One line of JSON."""
        told = self._asdict() | {"fault": self.fault.model_dump() if self.fault else None}
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def loads(cls, line: str) -> "Outcome":
        told = json.loads(line)
        return cls(**told | {"fault": Fault.model_validate(told["fault"]) if told["fault"] else None})


def row_of(sample: Prompts | Conversation) -> Row:
    """A dataset's row as one to be answered: of a conversation, up to its last answer."""
    if isinstance(sample, Conversation):
        return Row(sample.prompt, {}, sample.answer, sample.line, sample.source)
    beside = dict(json.loads(sample.reference))
    reference = beside.pop(ANSWER, None)
    told = reference if isinstance(reference, str) or reference is None else json.dumps(reference)
    return Row(sample.prompt, beside, told, sample.line, sample.source)


def object_of(row: Row, outcome: Outcome, model: str, run: str) -> dict[str, Any]:
    """The line of the file of answers, as a JSON object."""
    if CUSTOM_ID in row.beside:
        return _as_openai(row, outcome, model, run)
    ours: dict[str, Any] = {"prompt": _asked(row.prompt), "reference": row.reference, ANSWER: outcome.text}
    ours |= {"finish_reason": outcome.finish_reason, "error": _said(outcome.fault), "line": row.line}
    told = {name: cell for name, cell in row.beside.items() if name not in OURS}
    clash = {f"{name}_given": cell for name, cell in row.beside.items() if name in OURS}
    absent = {name for name in ("reference", "finish_reason", "error") if ours[name] is None}
    return told | clash | {name: value for name, value in ours.items() if name not in absent}


def left_out(line: int, fault: Fault) -> dict[str, Any]:
    """The line of a row that could not even be asked; nothing is known of it but where it stands and why."""
    return {ANSWER: None, "error": _said(fault), "line": line}


def table(objects: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterable[str]:
    """The same as CSV, line by line, with these columns; lists and objects are written as JSON."""
    yield _csv(columns)
    for told in objects:
        yield _csv([_cell(told.get(name)) for name in columns])


def columns_of(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every column that any line has, in the order in which they first come; the answer's own at the end."""
    seen = dict.fromkeys(name for told in objects for name in told)
    return [name for name in seen if name not in OURS] + [name for name in OURS if name in seen]


def _csv(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _asked(prompt: Sequence[Message]) -> object:
    """A single question as its text; several turns as turns."""
    if len(prompt) == 1 and not prompt[0].parts:
        return prompt[0].content
    return [{"role": turn.role, "content": turn.content} for turn in prompt]


def _said(fault: Fault | None) -> str | None:
    return f"{fault.finding} {fault.next_step}".strip() if fault else None


def _as_openai(row: Row, outcome: Outcome, model: str, run: str) -> dict[str, Any]:
    """As OpenAI's Batch API answers a line: `response` with a chat completion, or `error`."""
    told: dict[str, Any] = {"id": f"{run}-{row.line}", CUSTOM_ID: row.beside[CUSTOM_ID]}
    if outcome.fault:
        error = {"code": "invalid_request", "message": _said(outcome.fault)}
        return told | {"response": None, "error": error}
    message = {"role": "assistant", "content": outcome.text}
    counted = {
        "prompt_tokens": outcome.prompt_tokens,
        "completion_tokens": outcome.tokens,
        "total_tokens": outcome.prompt_tokens + outcome.tokens,
    }
    body = {
        "id": f"{run}-{row.line}",
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": outcome.finish_reason}],
        "usage": counted,
    }
    response = {"status_code": 200, "request_id": run, "body": body}
    return told | {"response": response, "error": None}
