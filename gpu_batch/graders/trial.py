"""Graders tried before they steer a training: one that says the same of everything teaches nothing.

Each is given the data's own right answers and sixteen answers of the base. Not here: making those answers.
"""

from collections.abc import Sequence
from typing import Final

from gpu_batch.graders.endpoint import NOWHERE, Endpoints
from gpu_batch.graders.grading import grade_all
from gpu_batch.graders.parts import PLACE, Answered, wanted
from schemas.errors import BadInput, Fault
from schemas.graders import Endpoint, Grader, Length, Pattern, Tags

SAMPLES: Final = 16
REFERENCES: Final = 16
Scores = Sequence[float | None]


def try_out(
    graders: Sequence[Grader],
    rows: Sequence[Answered],
    samples: Sequence[Answered],
    endpoints: Endpoints = NOWHERE,
) -> None:
    """Raises BadInput for graders that give all the same, each with its scores, or that do not fit the data.

    Of `rows` only prompts and references count: their right answers are tried. `samples` are the base's own.
    """
    if not graders:
        finding = "Nothing says how good an answer is: no grader is named."
        raise BadInput(Fault(place=PLACE, finding=finding, next_step="Name one, e.g. `- grader: exact`."))
    faults: list[Fault] = []
    for options in graders:
        own = [one for row in rows[:REFERENCES] for one in _with_right_answer(options, graders, row)]
        try:
            of_references = grade_all(options, own, endpoints)
            must_tell_apart(of_references, grade_all(options, samples, endpoints), options.grader)
        except BadInput as error:
            faults += error.faults
    if faults:
        raise BadInput(faults)


def must_tell_apart(of_references: Scores, of_samples: Scores, grader: str = "the grader") -> None:
    """Raises BadInput, with the scores, where all of them are the same or none could be given."""
    told = [score for score in (*of_references, *of_samples) if score is not None]
    if len(set(told)) > 1:
        return
    finding = f"{grader} gives all answers the same score, so nothing could be learned from it: {{}}."
    if not told:
        finding = f"{grader} gives no answer a score{{}}: the rows have nothing to hold an answer beside."
    scores = f"{_listed(of_references)} to the data's own answers, {_listed(of_samples)} to the base's"
    next_step = "Choose another grader or other settings; see that its `column` holds the right answers."
    fault = Fault(place=PLACE, finding=finding.format(scores if told else ""), next_step=next_step)
    raise BadInput(fault)


def _listed(scores: Scores) -> str:
    words = ["none" if score is None else f"{score:g}" for score in scores]
    return " ".join(words[:SAMPLES]) or "nothing"


def _with_right_answer(options: Grader, graders: Sequence[Grader], row: Answered) -> list[Answered]:
    """The row answered as the file has it, with the tags around it that the grader looks for; none if empty.

    A grader without a column of its own takes the right answers of the first that has one.
    """
    right = _right(options, graders, row)
    if not right:
        return []
    answer = right[0]
    tag = None if isinstance(options, Tags | Endpoint) else options.tag
    return [row._replace(answer=f"<{tag}>{answer}</{tag}>" if tag else answer)]


def _right(options: Grader, graders: Sequence[Grader], row: Answered) -> list[str]:
    for one in (options, *graders):
        if not isinstance(one, Tags | Length | Pattern | Endpoint):
            return wanted(row.reference, one.column)
    return wanted(row.reference, None) if len(row.reference) == 1 else []
