"""Why a setting is not taken, in a person's words: unknown, not built, twice, ignored, unfit, of the wrong
form.

Pure functions; `schemas.layers` asks them while it merges settings.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.defaults import Known, method_of
from schemas.errors import Fault
from schemas.graders import Pattern
from schemas.idle import Idle
from schemas.methods import FITS, IN_WORDS
from schemas.not_yet import NOT_YET, NOT_YET_VALUES
from schemas.recipe import Recipe, known_sections, known_settings, switches
from schemas.renamed import ELSEWHERE

UNCLOSED = (
    "missing )",
    "unbalanced parenthesis",
    "unterminated character set",
    "bad escape (end of pattern)",
)
HOLDS = {
    "conversation": "conversations",
    "preference": "preferences",
    "feedback": "feedback on answers",
    "prompts": "prompts without answers",
    "text": "texts",
    "stepwise": "solutions judged step by step",
}


def unfit(recipe: Recipe, known: Known, places: Mapping[str, str]) -> list[Fault]:
    """Why the rows cannot be trained on as the recipe would: another method fits, or none."""
    fitting, holds = FITS[known.kind], HOLDS[known.kind]
    wanted = method_of(recipe.training, known.kind)
    place = places.get("training.method", "training.method")
    if wanted is not None and fitting and wanted not in fitting:
        finding = f"The rows are {holds}, and {IN_WORDS[wanted]} cannot learn from those."
        step = f"Set training.method: {' or '.join(fitting)}, or leave it out; or drop rows that fit."
        return [Fault(place=place, finding=finding, next_step=step)]
    if wanted == "grpo" and not recipe.training.graders:
        finding = "GRPO learns from grades of the model's own answers, and nothing is named that grades them."
        step = "Name it, e.g. training.graders: exact (number, math, contains, json, …: see docs/graders.md)."
        return [Fault(place="training.graders", finding=finding, next_step=step)]
    if wanted == "reward" and recipe.training.finetuning == "qlora":
        finding = "A reward model is not trained in 4 bits: its new head would be squeezed before it learned."
        place = places.get("training.finetuning", "training.finetuning")
        return [Fault(place=place, finding=finding, next_step="Set training.finetuning: lora.")]
    if wanted == "kto" and recipe.training.batch_size == 1:
        finding = "KTO compares answers within a batch, so a batch of one row says nothing."
        place = places.get("training.batch_size", "training.batch_size")
        step = "Set training.batch_size: 2 or more, or leave it out."
        return [Fault(place=place, finding=finding, next_step=step)]
    return []


def no_patterns(recipe: Recipe, place: str) -> list[Fault]:
    """Regular expressions of graders that no engine takes; the job's takes more than Python's (`\\p{L}`)."""
    found: list[Fault] = []
    for grader in recipe.training.graders:
        if isinstance(grader, Pattern) and (wrong := _wrong_in(grader.pattern)):
            finding = f"{grader.pattern!r} is no regular expression: {wrong}."
            step = "Close what is open in it, or write a backslash before a sign that means itself."
            found.append(Fault(place=place, finding=finding, next_step=step))
    return found


def _wrong_in(pattern: str) -> str:
    """What is wrong with a pattern for certain; empty where only the job can tell."""
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except re.error as error:
        return str(error) if error.msg.startswith(UNCLOSED) else ""
    except (OverflowError, RecursionError):
        return ""
    return ""


def refused_as_idle(key: str, place: str, why: Idle) -> Fault:
    """A setting that would be ignored."""
    step = f"Remove '{key}' here{f', {why.instead}' if why.instead else ''}."
    return Fault(place=place, finding=f"'{key}' {why.finding}.", next_step=step)


def given_twice(key: str, given: str, named: Mapping[str, str], place: str) -> Fault | None:
    """One setting by two of its names in one place: one of the two would be ignored."""
    if key not in named:
        return None
    finding = f"'{named[key]}' and '{given}' are both '{key}'."
    return Fault(place=place, finding=finding, next_step="Keep one of the two.")


def refusal(key: str, value: object, place: str) -> Fault | None:
    """Why this setting cannot be taken at all, whatever the others are."""
    known = known_settings()
    if not _is_text(key) or (isinstance(value, str) and not _is_text(value)):
        shown = key.encode(errors="replace").decode()
        finding = f"'{shown}' holds bytes or half characters that are no text."
        return Fault(place=place, finding=finding, next_step="Write it in UTF-8.")
    if isinstance(value, bool) and key in known and key not in switches():
        # YAML's yes and on are true, which would pass for the number 1.
        finding = f"'{key}' cannot be {str(value).lower()}."
        return Fault(place=place, finding=finding, next_step="Write a number or a word.")
    if key in known:
        return None
    for name, reason in NOT_YET.items():
        if key == name or key.startswith(f"{name}."):
            return Fault(place=place, finding=f"'{key}': {reason}", next_step=f"Remove '{key}' for now.")
    hint = ELSEWHERE.get(_last(key)) or _nearest(key, known)
    return Fault(place=place, finding=f"'{key}' is not a setting.", next_step=hint)


def _nearest(key: str, known: Sequence[str]) -> str:
    """Which settings may be meant: those of the same name elsewhere, else what is spelt most alike."""
    import difflib

    same = [one for one in known if _last(one) == _last(key)]
    alike = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    section = key.rpartition(".")[0]
    if same and (not alike or not section or section in known_sections()):
        alike = same
    if not alike:
        return f"Settings are: {', '.join(known)}."
    *others, last = (f"'{one}'" for one in alike)
    return f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _is_text(value: str) -> bool:
    """Whether UTF-8 can write it: what comes from a shell or from YAML's escapes may not be so."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def explained(error: Any, values: Mapping[str, Any], places: Mapping[str, str]) -> Fault:
    """One pydantic error in a person's words: the setting, what was given, what is allowed."""
    parts = [str(part) for part in error["loc"] if not isinstance(part, int)]
    key = ".".join(parts)
    place = _place(parts, places)
    if error["type"] == "missing":
        return Fault(place=place, finding=f"'{key}' is missing.", next_step=f"Set '{key}' as well.")
    given = values.get(key, error.get("input"))
    shown = repr(given) if len(repr(given)) <= 80 else f"{repr(given)[:80]}…"
    wanted = str(error.get("input")).strip().lower()  # of a list: the one that is wrong
    said = f"{error['msg'].removeprefix('Value error, ')}."
    if wanted in NOT_YET_VALUES.get(key, ()):
        return Fault(place=place, finding=f"'{key}: {wanted}' is not built yet.", next_step=said)
    step = "Write owner/name, or a folder's full path." if key == "base_model" else said
    return Fault(place=place, finding=f"'{key}' cannot be {shown}.", next_step=step)


def _place(parts: Sequence[str], places: Mapping[str, str]) -> str:
    """Where the setting was given, or what lies below it, or what it lies in."""
    for depth in range(len(parts), 0, -1):
        key = ".".join(parts[:depth])
        below = next((place for name, place in places.items() if name.startswith(f"{key}.")), None)
        if found := places.get(key) or (below if depth >= len(parts) - 1 else None):
            return found
    return "settings"
