"""Several answers to one prompt, rated or ranked: the best against the worst.

prompt, answers [{answer, rank}]                       Nectar
prompt, responses [...], scores [...]                  UltraFeedback and its like
contents, completions [{score, completion}]            Gemini
prompt, response_a, response_b, winner                 comparisons of two
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from functions.on_upload.meaning.answers import Sides, preference_of
from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.images import image_column, images_of
from functions.on_upload.meaning.kinds import (
    SYSTEM,
    asking,
    column,
    is_said,
    listed,
    mostly,
    said,
    shown,
    with_system,
    without,
)
from functions.on_upload.meaning.looks import looks
from functions.on_upload.meaning.names_of_parts import plain
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.turns import is_turns
from functions.on_upload.meaning.words_of_kinds import ASKED
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Sample

LISTS: Final = "answers responses completions candidates outputs generations replies".split()
RATINGS: Final = (
    "scores ratings ranks rewards score rating rank reward ranking overall_scores human_ratings"
).split()
SCORE: Final = (
    "score overall_score rating reward overall_rating human_score preference_score pm_score points votes "
    "upvotes"
).split()
RANK: Final = "rank ranking place position".split()
CHOICES: Final = "choice winner preference preferred best better chosen better_index best_index".split()
TEXT: Final = "answer response completion text content output reply generation".split()
TIED: Final = Problem("No answer is rated better than another.", "Nothing to do; the row is left out.")


class Rated(NamedTuple):
    """An answer as it stands in the file, and how good it is; higher is better."""

    answer: Any
    score: float


Rate = Callable[[Row], list[Rated] | Problem]


def find_ranked(seen: Seen) -> list[Reading]:
    """Readings of rated answers; at most one."""
    found = _in_one_list(seen) or _in_two_lists(seen) or _by_place(seen)
    return [found] if found else []


def _in_one_list(seen: Seen) -> Reading | None:
    """A list of objects, each an answer with its score or rank."""
    name = next((one for one in seen.columns if mostly(seen, one, _is_rated_list)), None)
    if name is None:
        return None
    why = f"Column {shown([name])} holds rated answers: the best is set against the worst."
    return rated_reading(seen, name, None, why, lambda row: _rated(listed(row.cells.get(name))))


def _is_rated_list(value: object) -> bool:
    found = listed(value)
    return (
        bool(found) and isinstance(_rated(found), list) and all(isinstance(one, dict) for one in found or ())
    )


def _rated(found: Sequence[Any] | None) -> list[Rated] | Problem:
    rated = []
    for one in found or ():
        if not isinstance(one, Mapping):
            return Problem("A rated answer is no object.", 'Write {"answer": …, "score": …}.', shape=True)
        answer = next((one[key] for key in TEXT if not is_empty(one.get(key))), None)
        score = _score(one)
        if answer is None or score is None:
            return Problem("A rated answer has no text or no score.", 'Write {"answer": …, "score": …}.')
        rated.append(Rated(answer, score))
    return rated


def _score(one: Mapping[str, Any]) -> float | None:
    for keys, sign in ((SCORE, 1), (RANK, -1)):
        value = next((number for key in keys if (number := number_of(one.get(key))) is not None), None)
        if value is not None:
            return sign * value
    return None


def number_of(value: object) -> float | None:
    """A number as it may be written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _in_two_lists(seen: Seen) -> Reading | None:
    """A list of answers beside a list of as many numbers."""
    answers = column(seen, LISTS) or ""
    ratings = column(seen, RATINGS) or ""
    if not mostly(seen, answers, _is_answers) or not mostly(seen, ratings, _is_numbers):
        return None
    sign = -1 if plain(ratings) in ("rank", "ranks", "ranking") else 1

    def rate(row: Row) -> list[Rated] | Problem:
        texts, numbers = listed(row.cells.get(answers)) or [], listed(row.cells.get(ratings)) or []
        if len(texts) != len(numbers):
            finding = f"There are {len(texts)} answers and {len(numbers)} ratings."
            return Problem(finding, "Write one rating for each answer.")
        found = [
            Rated(text, sign * number)
            for text, one in zip(texts, numbers, strict=True)
            if (number := number_of(one)) is not None
        ]
        return found if len(found) == len(texts) else Problem("A rating is no number.", "Write a number.")

    why = (
        f"Column {shown([answers])} holds answers, {shown([ratings])} rates them: the best against the worst."
    )
    return rated_reading(seen, answers, ratings, why, rate)


def _by_place(seen: Seen) -> Reading | None:
    """A list of two answers beside the place (0 or 1) of the better one."""
    answers, place = column(seen, ("responses", *LISTS)) or "", column(seen, CHOICES) or ""
    if not mostly(seen, answers, lambda cell: _is_answers(cell) and len(listed(cell) or ()) == 2):
        return None
    if not mostly(seen, place, lambda cell: number_of(cell) in (0, 1)) or answers == place:
        return None

    def rate(row: Row) -> list[Rated] | Problem:
        texts, better = listed(row.cells.get(answers)) or [], number_of(row.cells.get(place))
        if len(texts) != 2 or better not in (0, 1):
            return Problem(f"Column '{place}' does not say which of two answers is better.", "Write 0 or 1.")
        return [Rated(text, float(number == better)) for number, text in enumerate(texts)]

    why = f"Column {shown([answers])} holds two answers; {shown([place])} says which is the better."
    return rated_reading(seen, answers, place, why, rate)


def _is_answers(value: object) -> bool:
    found = listed(value)
    return bool(found) and all(is_said(one) for one in found or ())


def _is_numbers(value: object) -> bool:
    found = listed(value)
    return bool(found) and all(number_of(one) is not None for one in found or ())


def rated_reading(
    seen: Seen, answers: str, ratings: str | None, why: str, rate: Rate, other: str | None = None
) -> Reading | None:
    """The reading of answers that `rate` rates, in one column or in two. None where nothing asks."""
    rest = without(seen, answers, ratings, other)
    images, system = image_column(rest), column(rest, SYSTEM)
    prompt = asking(rest, ASKED)
    if prompt is None and not mostly(seen, answers, is_turns):
        prompt = _only_text(without(rest, images, system))
        if prompt is None:
            return None

    def build(row: Row, attached: Attached) -> Sample | Problem:
        held = images_of(row, images, attached)
        if isinstance(held, Problem):
            return held
        start = said(prompt, row.cells.get(prompt), "user", attached, held) if prompt else ()
        start = with_system(start, system, row.cells)
        ends = _ends(rate(row))
        if isinstance(start, Problem):
            return start
        if isinstance(ends, Problem):
            return ends
        sides = []
        for one in ends:
            side = said(answers, one.answer, "assistant", attached, held)
            if isinstance(side, Problem):
                return side
            sides.append(side)
        return preference_of(Sides(start, *sides), row, None, held.all)

    parts = {
        "question": prompt,
        "chosen": answers,
        "label": ratings,
        "rejected": other,
        "system": system,
        "images": images,
    }
    columns = {part: name for part, name in parts.items() if name}
    return Reading("preference", columns, why, 0.95, build, images=images is not None)


def _only_text(rest: Seen) -> str | None:
    """The only column that holds what somebody says, or else the only one that people wrote."""
    found = looks(rest)
    texts = [one for one in found if found[one].machine < 0.5 and mostly(rest, one, is_said)]
    written = [one for one in texts if found[one].free and found[one].spaced >= 0.5]
    return next((some[0] for some in (texts, written) if len(some) == 1), None)


def _ends(rated: list[Rated] | Problem) -> tuple[Rated, Rated] | Problem:
    """The best and the worst; the first of several that are alike."""
    if isinstance(rated, Problem):
        return rated
    if len(rated) < 2:
        return Problem("There is only one answer.", "Give at least two to choose from.")
    best, worst = max(rated, key=lambda one: one.score), min(rated, key=lambda one: one.score)
    return TIED if best.score == worst.score else (best, worst)
