"""Two answers side by side, and which is the better: comparisons, as arenas and annotators keep them.

prompt, response_a, response_b, winner (model_a, b, tie, …)
prompt, response_0, response_1, better_response_id (0, 1)
prompt, answer_1, answer_2, score_1, score_2
"""

from typing import Final

from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.kinds import cells, column, is_said, mostly, shown
from functions.on_upload.meaning.names_of_parts import named, plain
from functions.on_upload.meaning.ranked import SCORE, TIED, Rated, number_of, rated_reading
from functions.on_upload.meaning.reading import Problem, Reading, Seen
from functions.on_upload.meaning.turns import is_turns
from functions.on_upload.reading.blocks import Row

WINNER: Final = (
    "winner preference preferred better choice label better_response_id chosen chosen_id best vote "
    "safer_response_id overall_preference ganador gewinner gagnant vincitore vencedor победитель 胜者 勝者"
).split()
FIRST: Final = frozenset(
    "0 1 a model_a response_a answer_a left first response_1 response_0 output_1".split()
)
SECOND: Final = frozenset("2 b model_b response_b answer_b right second response_2 output_2".split())
PAIRS: Final = (("_a", "_b"), ("_0", "_1"), ("_1", "_2"), ("_left", "_right"))


def find_compared(seen: Seen) -> list[Reading]:
    """Readings of two columns of answers that are called alike but for a letter or a number; at most one."""
    pair, ends = _pair(seen)
    scores = _scores(seen, ends) if pair else None
    winner = column(seen, WINNER)
    if pair is None:
        return []
    if scores is not None:
        why = f"Columns {shown(pair)} hold two answers; {shown(scores)} rate them."
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


def _pair(seen: Seen) -> tuple[tuple[str, str] | None, tuple[str, str]]:
    """Of several such pairs the one that holds turns, else the one of the longest texts; and how they end."""
    by_name = {plain(one): one for one in seen.columns}
    found = []
    for name, one in by_name.items():
        for first, second in PAIRS:
            other = by_name.get(name.removesuffix(first) + second) if name.endswith(first) else None
            if other and not _says_about(name) and all(mostly(seen, it, is_said) for it in (one, other)):
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
    for word in SCORE:
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
