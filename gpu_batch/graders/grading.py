"""Scores of answers by one grader, and rewards by several: weighed, and nothing below a gate.

Not here: the graders themselves (a module for each kind), the check before training (`trial.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gpu_batch.graders import endpoint, forms, matching, wording
from gpu_batch.graders.endpoint import NOWHERE, Endpoints
from gpu_batch.graders.limited import limited
from gpu_batch.graders.parts import Answered, part, wanted
from schemas.graders import (
    Contains,
    Endpoint,
    Exact,
    Grader,
    JsonFields,
    Length,
    Mathematics,
    Normalised,
    Number,
    Overlap,
    Pattern,
    Similarity,
    Tags,
)
from schemas.samples import Message

SCHEMA_SECONDS: Final = 2.0  # the longest that checking one answer against a JSON Schema may take


def grade(
    options: Grader,
    prompt: Sequence[Message],
    answer: str,
    reference: Mapping[str, Any],
    endpoints: Endpoints = NOWHERE,
) -> float | None:
    """A score from 0 to 1; None where the row has nothing to hold the answer beside.

    Raises BadInput where the options do not fit the data, Unavailable if a service does not answer.
    """
    one = Answered(prompt, answer, reference)
    return (
        endpoint.ask(options, [one], endpoints)[0] if isinstance(options, Endpoint) else _grade(options, one)
    )


def grade_all(
    options: Grader, answered: Sequence[Answered], endpoints: Endpoints = NOWHERE
) -> list[float | None]:
    """The same for many; a service is asked for many at once."""
    if isinstance(options, Endpoint):
        return endpoint.ask(options, answered, endpoints)
    return [_grade(options, one) for one in answered]


def rewards(
    graders: Sequence[Grader], answered: Sequence[Answered], endpoints: Endpoints = NOWHERE
) -> list[float | None]:
    """What each answer earns, from 0 to 1: the weighted mean of its scores, 0 where one is below its gate.

    A grader that does not apply to a row does not count there; None where none does.
    """
    tables = [grade_all(options, answered, endpoints) for options in graders]
    return [_weighed(graders, [table[at] for table in tables]) for at in range(len(answered))]


def _weighed(graders: Sequence[Grader], scores: Sequence[float | None]) -> float | None:
    told = [(one, score) for one, score in zip(graders, scores, strict=True) if score is not None]
    if not told:
        return None
    if any(one.gate is not None and score < one.gate for one, score in told):
        return 0.0
    return sum(one.weight * score for one, score in told) / sum(one.weight for one, _ in told)


def _grade(options: Grader, one: Answered) -> float | None:
    match options:
        case Tags():
            return forms.tagged(options, one.answer)
        case Length():
            return forms.long_enough(options, part(one.answer, options.tag))
        case Pattern(pattern=pattern, whole=whole, seconds=seconds):
            text = part(one.answer, options.tag)
            asked = {"pattern": pattern, "text": text, "whole": whole, "seconds": seconds}
            # The expression stops itself in time; the process is ended only where it did not.
            return limited().ask("find", 2 * seconds + 1, **asked)
        case JsonFields():
            return _json(options, one)
        case Endpoint():
            raise AssertionError("services are asked for many answers at once")
    right = wanted(one.reference, options.column)
    return _compared(options, part(one.answer, options.tag), right) if right else None


def _compared(
    options: Exact | Normalised | Contains | Number | Mathematics | Similarity | Overlap,
    answer: str,
    right: Sequence[str],
) -> float | None:
    match options:
        case Exact():
            return matching.exact(answer, right)
        case Normalised():
            return matching.normalised(answer, right)
        case Contains():
            return matching.contains(options, answer, right)
        case Number():
            return matching.number(options, answer, right)
        case Similarity():
            return matching.similarity(options, answer, right)
        case Mathematics(seconds=seconds):
            return limited().ask("equal", seconds, wanted=list(right), answer=answer)
        case Overlap():
            return wording.overlap(options, answer, right)


def _json(options: JsonFields, one: Answered) -> float | None:
    answer = part(one.answer, options.tag)
    right = wanted(one.reference, options.column) if options.fields else []
    if options.fields and not right:
        return None
    score = forms.fields_right(options, answer, right)
    if options.form is not None and score:
        return score * (limited().ask("fulfils", SCHEMA_SECONDS, schema=options.form, text=answer) or 0.0)
    return score
