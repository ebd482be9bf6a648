"""What Jinko makes of a case, in the short form that cases are written in. No tests here."""

import json
from pathlib import Path
from typing import Any

from functions.on_upload.check import NOT_USABLE, QUESTION, Verdict, check
from schemas import layers
from tests.functions.corpus import asked, conversations, images, others, pairs, preferences, wild
from tests.functions.corpus.case import Case

ALL = tuple(
    case for part in (conversations, pairs, preferences, others, images, wild, asked) for case in part.CASES
)


def judged(case: Case, folder: Path) -> Verdict:
    """The verdict on a case's file, written into an empty folder."""
    path = folder / case.file
    path.write_bytes(case.data)
    for name, text in case.beside.items():
        (folder / name).write_text(text, encoding="utf-8")
    given = layers.Layer(source="metadata", place="--set", values=dict(case.settings))
    return check(path, layers.resolve([given]).recipe.data)


def got(verdict: Verdict) -> str:
    """What was found, in a case's own word."""
    return {QUESTION: "ask", NOT_USABLE: "refuse"}.get(verdict.code, str(verdict.kind))


def said(verdict: Verdict) -> str:
    """Every word of a refusal or a question."""
    return " ".join(f"{fault.place} {fault.finding} {fault.next_step}" for fault in verdict.faults)


def wrong(case: Case, verdict: Verdict) -> list[str]:
    """In which ways the verdict is not the one expected."""
    if got(verdict) != case.expected:
        return [f"it is {got(verdict)}, not {case.expected}: {verdict.why} {said(verdict)}"]
    if case.expected in ("ask", "refuse"):
        missing = case.says.lower() not in said(verdict).lower()
        return [f"'{case.says}' is not said: {said(verdict)}"] if missing else []
    found = []
    if case.rows and verdict.rows.kept != case.rows:
        found.append(f"{verdict.rows.kept} rows, not {case.rows}")
    if verdict.rows.dropped != case.dropped:
        found.append(f"{verdict.rows.dropped} rows left out, not {case.dropped}: {said(verdict)}")
    if verdict.images != case.images:
        found.append(f"images: {verdict.images}, not {case.images}")
    first = short(case.expected, verdict.sample[0]) if verdict.sample else None
    if case.first is not None and not alike(first, case.first):
        found.append(f"the first row is {first}, not {case.first}")
    return found


def short(kind: str, sample: dict[str, Any]) -> Any:
    """A sample as cases write it."""
    if kind == "conversation":
        return turns(sample["messages"])
    if kind == "preference":
        return tuple(turns(sample[part]) for part in ("prompt", "chosen", "rejected"))
    if kind == "feedback":
        return turns(sample["prompt"]), turns(sample["completion"]), sample["good"]
    if kind == "prompts":
        return turns(sample["prompt"]), json.loads(sample.get("reference", "{}"))
    if kind == "text":
        return "".join(segment["text"] for segment in sample["segments"])
    return sample


def turns(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in messages]


def alike(found: Any, wanted: Any) -> bool:
    """Equal; None in a case stands for anything."""
    if isinstance(wanted, list | tuple):
        same_kind = isinstance(found, list | tuple) and len(found) == len(wanted)
        return same_kind and all(alike(one, other) for one, other in zip(found, wanted, strict=True))
    return wanted is None or found == wanted
