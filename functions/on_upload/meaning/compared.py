"""Two answers side by side, and which is the better: comparisons, as arenas and annotators keep them.

prompt, response_a, response_b, winner (model_a, b, tie, …)
prompt, response_0, response_1, better_response_id (0, 1)
prompt, answer_1, answer_2, score_1, score_2
prompt, response_a, response_b, winner_model_a, winner_model_b (0, 1), also as lists of turns
"""

import dataclasses
from collections.abc import Callable
from typing import Final

from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.kinds import cells, column, is_said, listed, mostly, shown, without
from functions.on_upload.meaning.names_of_parts import named, plain
from functions.on_upload.meaning.ranked import SCORE, TIED, Rated, number_of, rated_reading
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.turns import is_turns
from functions.on_upload.meaning.words_of_kinds import ASKED
from functions.on_upload.reading.blocks import Attached, Row
from schemas.samples import Sample

WINNER: Final = (
    "winner preference preferred better choice label better_response_id chosen chosen_id best vote "
    "safer_response_id overall_preference human_choice human_preference "
    "ganador gewinner gagnant vincitore vencedor победитель 胜者 勝者"
).split()
FIRST: Final = frozenset(
    "0 1 a model_a response_a answer_a left first response_1 response_0 output_1".split()
)
SECOND: Final = frozenset("2 b model_b response_b answer_b right second response_2 output_2".split())
PAIRS: Final = (("_a", "_b"), ("_0", "_1"), ("_1", "_2"), ("_left", "_right"), ("1", "2"))


def find_compared(seen: Seen) -> list[Reading]:
    """Readings of two columns of answers that are called alike but for a letter or a number; at most one."""
    asked = _by_turns(seen)
    if asked is not None:
        return _joined(seen, *asked)
    pair, ends = _pair(seen)
    scores = _scores(seen, ends) if pair else None
    winner = column(seen, WINNER)
    if pair is None:
        return []
    if scores is not None:
        why = f"Columns {shown(pair)} hold two answers; {shown(scores)} say how good they are."
        found = rated_reading(seen, pair[0], scores[0], why, lambda row: _scored(row, pair, scores), pair[1])
    elif winner is not None and _is_winner(seen, winner, numbers=ends[0] in ("_0", "_1")):
        why = f"Columns {shown(pair)} hold two answers; {shown([winner])} says which is the better."
        zero = ends[0] == "_0"
        found = rated_reading(
            seen, pair[0], winner, why, lambda row: _won(row, pair, winner, zero=zero), pair[1]
        )
    else:
        return []
    return [found] if found else []


def _by_turns(seen: Seen) -> tuple[str, tuple[str, str]] | None:
    """LMSYS: lists of all that was asked and of all that each of two models answered, by turns."""
    lists = [one for one in seen.columns if mostly(seen, one, _are_texts)]
    pair, _ = _pair(seen._replace(columns=tuple(lists)), _are_texts)
    prompt = column(seen, ASKED)
    return (prompt, pair) if pair and prompt in lists and prompt not in pair else None


def _are_texts(cell: object) -> bool:
    found = listed(cell)
    return bool(found) and all(isinstance(one, str) for one in found or ())


def _joined(seen: Seen, prompt: str, pair: tuple[str, str]) -> list[Reading]:
    """The reading of such lists as two whole dialogues; what was asked goes into both."""

    def told(row: Row) -> Row:
        asked = listed(row.cells.get(prompt)) or []
        return Row(row.line, {**row.cells, **{one: _turns(asked, row.cells.get(one)) for one in pair}})

    found = find_compared(without(seen, prompt)._replace(rows=[told(row) for row in seen.rows]))
    return [_of_lists(one, prompt, told) for one in found]


def _of_lists(found: Reading, prompt: str, told: Callable[[Row], Row]) -> Reading:
    def build(row: Row, attached: Attached) -> Sample | Problem:
        return found.build(told(row), attached)

    why = f"{found.why} Column {shown([prompt])} holds what was asked, by turns."
    return dataclasses.replace(found, columns={**found.columns, "question": prompt}, why=why, build=build)


def _turns(asked: list[object], cell: object) -> object:
    answers = listed(cell)
    if answers is None or len(answers) != len(asked):
        return cell
    roles = ("user", "assistant")
    both = zip(asked, answers, strict=True)
    return [{"role": role, "content": text} for one in both for role, text in zip(roles, one, strict=True)]


def _pair(
    seen: Seen, holds: Callable[[object], bool] = is_said
) -> tuple[tuple[str, str] | None, tuple[str, str]]:
    """Of several such pairs the one that holds turns, else the one of the longest texts; and how they end."""
    by_name = {plain(one): one for one in seen.columns}
    found = []
    for name, one in by_name.items():
        for first, second in PAIRS:
            other = by_name.get(name.removesuffix(first) + second) if name.endswith(first) else None
            if other and not _says_about(name) and all(mostly(seen, it, holds) for it in (one, other)):
                found.append((mostly(seen, one, is_turns), _size(seen, one), (one, other), (first, second)))
    best = max(found, default=None)
    return (best[2], best[3]) if best else (None, PAIRS[0])


def _says_about(name: str) -> bool:
    """Whether a pair of columns says something of the answers: which models gave them, what they scored."""
    return named(name).about or not {"model", "models", *SCORE}.isdisjoint(name.split("_"))


def _size(seen: Seen, name: str) -> float:
    held = cells(seen, name)
    return sum(len(str(cell)) for cell in held) / max(len(held), 1)


def _scores(seen: Seen, ends: tuple[str, str]) -> tuple[str, str] | None:
    by_name = {plain(one): one for one in seen.columns}
    for word in (*SCORE, "winner", "winner_model"):  # LMSYS: winner_model_a 1, winner_model_b 0
        one, other = by_name.get(word + ends[0]), by_name.get(word + ends[1])
        if (
            one
            and other
            and all(mostly(seen, it, lambda cell: number_of(cell) is not None) for it in (one, other))
        ):
            return one, other
    return None


def _scored(row: Row, pair: tuple[str, str], scores: tuple[str, str]) -> list[Rated] | Problem:
    numbers = [number_of(row.cells.get(name)) for name in scores]
    if None in numbers:
        return Problem("A rating is no number.", "Write a number.")
    return [Rated(row.cells.get(name), number or 0.0) for name, number in zip(pair, numbers, strict=True)]


def _is_winner(seen: Seen, winner: str, *, numbers: bool) -> bool:
    """Whether a column names one of two. A bare number says which only where the answers are numbered."""
    held = {plain(str(one)) for one in cells(seen, winner)}
    known = (FIRST | SECOND) - (frozenset() if numbers else {"0", "1", "2"})
    return bool(held) and all(one in known or one.startswith("tie") or "both" in one for one in held)


def _won(row: Row, pair: tuple[str, str], winner: str, *, zero: bool) -> list[Rated] | Problem:
    given = row.cells.get(winner)
    word = "" if is_empty(given) else plain(str(given))
    if word.startswith("tie") or "both" in word or not word:
        return TIED
    last = word.rsplit("_", 1)[-1]
    first = last in ("0" if zero else "1", "a", "left", "first")
    return [Rated(row.cells.get(pair[0]), float(first)), Rated(row.cells.get(pair[1]), float(not first))]
