"""The reading that a person's `data.columns` ask for: what is given is used or refused, the rest found."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from functions.on_upload.meaning import ask, override
from functions.on_upload.meaning.dialogue import chosen_dialogue
from functions.on_upload.meaning.feedback import find_feedback
from functions.on_upload.meaning.images import find_captions
from functions.on_upload.meaning.looks import looks
from functions.on_upload.meaning.pair_rows import Parts, reading_of
from functions.on_upload.meaning.pairs import find_pairs, with_beside
from functions.on_upload.meaning.preference import find_preference
from functions.on_upload.meaning.prompts import find_prompts
from functions.on_upload.meaning.reading import Reading, Seen
from functions.on_upload.meaning.text import chosen_text
from functions.on_upload.meaning.weights import MARGIN, THRESHOLD
from schemas.samples import Kind

BY_ORDER: Final = 0.2  # what a reading gains by having one of its columns named by the person
DEPENDENT: Final = ("system", "tools", "images", "context", "history")


def by_order(seen: Seen, given: override.Given, found_by_itself: Callable[[Seen], Reading]) -> Reading:
    """The reading in which each given column plays its part. Raises BadInput where there is none.

    Raises Ambiguous where what is not given is not clear. `found_by_itself` finds a reading as ever, where
    only things that stand beside one are given (system, tools, images).
    """
    found = override.renamed(seen, given, lambda one: _of_kind(one, given, found_by_itself))
    fitting = [one for one in found if set(given.parts.values()) <= set(one.columns.values())]
    if not fitting:
        raise override.unusable(seen, given)
    best = max(fitting, key=lambda one: one.certainty)
    near = [one for one in fitting if one.certainty >= best.certainty - MARGIN and one.kind == best.kind]
    if len(near) > 1 or best.certainty + BY_ORDER < THRESHOLD:
        raise ask.question(seen, near)
    return dataclasses.replace(best, why=_as_chosen(best, given))


def _of_kind(seen: Seen, given: override.Given, found_by_itself: Callable[[Seen], Reading]) -> list[Reading]:
    """The readings of the kind that follows from what is given; the columns are called as `override` does."""
    parts = {part: override.CALLED[part] for part in given.parts}
    if given.kind == "preference":
        return _kept(find_preference(seen), "preference", sure={"chosen", "rejected"} <= parts.keys())
    if given.kind == "feedback":
        return _kept(find_feedback(seen), "feedback", sure=True)
    if given.kind == "prompts":
        return _kept(find_prompts(seen), "prompts", sure="question" in parts)
    if given.kind == "text":
        return [chosen_text(seen, parts)]
    if "messages" in parts:
        return [chosen_dialogue(seen, parts)]
    if given.kind is None:
        return [_with_beside(seen, parts, found_by_itself)]
    if "images" in parts and "question" not in parts:
        return find_captions(seen)
    return _chosen_pairs(seen, parts)


def _with_beside(seen: Seen, parts: dict[str, str], found_by_itself: Callable[[Seen], Reading]) -> Reading:
    """The reading that is found anyway, with the given columns beside it (a system text, tools, images)."""
    rest = seen._replace(columns=tuple(one for one in seen.columns if one not in parts.values()))
    found = found_by_itself(rest)
    if found.kind == "conversation" and "messages" in found.columns and "answer" not in found.columns:
        return chosen_dialogue(seen, {**found.columns, **parts})
    if found.kind == "conversation" and {"question", "answer"} <= found.columns.keys():
        pair = _with(found.columns["question"], found.columns["answer"], {**found.columns, **parts})
        return reading_of(with_beside(rest, looks(rest), pair), found.certainty)
    return found_by_itself(seen)


def _kept(found: Sequence[Reading], kind: Kind, *, sure: bool) -> list[Reading]:
    kept = [one for one in found if one.kind == kind]
    return [dataclasses.replace(one, certainty=1.0) for one in kept] if sure and len(kept) == 1 else kept


def _chosen_pairs(seen: Seen, parts: dict[str, str]) -> list[Reading]:
    """Pairs of which one column, or both, are given."""
    beside: dict[str, str] = {part: parts[part] for part in DEPENDENT if part in parts}
    looked = looks(seen)
    if "question" in parts and "answer" in parts:
        pairs = [(_with("question", "answer", beside), 1.0)]
    else:
        known = {part: parts[part] for part in ("question", "answer") if part in parts}
        rest = seen._replace(columns=tuple(one for one in seen.columns if one not in beside.values()))
        pairs = [
            (_with(one.columns["question"], one.columns["answer"], beside), one.certainty)
            for one in find_pairs(rest)
            if all(one.columns.get(part) == column for part, column in known.items())
        ]
    made = []
    for pair, certainty in pairs:
        taken = {pair.question, pair.answer, *beside.values()}
        rest = seen._replace(columns=tuple(one for one in seen.columns if one not in taken))
        made.append(reading_of(with_beside(rest, looked, pair), certainty))
    return made


def _with(question: str, answer: str, beside: dict[str, str]) -> Parts:
    return Parts(
        question,
        answer,
        context=beside.get("context"),
        system=beside.get("system"),
        history=beside.get("history"),
        images=beside.get("images"),
        tools=beside.get("tools"),
    )


def _as_chosen(reading: Reading, given: override.Given) -> str:
    if {"question", "answer"} <= given.parts.keys() and reading.kind == "conversation":
        asks, answers = given.parts["question"], given.parts["answer"]
        return f"You chose column '{asks}' as the question and column '{answers}' as the answer."
    chosen = ", ".join(f"'{column}' as {part}" for part, column in given.parts.items())
    return f"You chose column {chosen}. {reading.why}"
