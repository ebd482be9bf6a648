"""Files of questions and answers, under whatever names, in whatever language; and how sure that is.

Every two columns that could be a question and its answer are weighed: `WEIGHTS` is the whole of it. What
stands beside them (a context, Alpaca's input, a system text, earlier turns, options) is found by name.
"""

from collections.abc import Iterator
from typing import Final

from functions.on_upload.meaning import words
from functions.on_upload.meaning.cells import is_empty
from functions.on_upload.meaning.choices import counting_of, is_right, option_columns, picks
from functions.on_upload.meaning.images import image_column
from functions.on_upload.meaning.kinds import TOOLS, column
from functions.on_upload.meaning.looks import Look, looks, some
from functions.on_upload.meaning.names_of_parts import MEDIUM, NONE, STRONG, Named, named, plain
from functions.on_upload.meaning.pair_rows import Parts, options_in, reading_of
from functions.on_upload.meaning.preference import is_rejected
from functions.on_upload.meaning.reading import Reading, Seen
from functions.on_upload.meaning.weights import (
    MARGIN,
    MOST,
    THRESHOLD,
    WEIGHTS,
    certainty_of,
    is_family,
    repeats,
)
from functions.on_upload.meaning.words_of_kinds import GRADED

LOOKED_AT: Final = 1000  # rows, for how their answers name an option
MAX_COLUMNS: Final = 16  # of free text, that are weighed against each other
INPUTS: Final = frozenset(
    "input inputs eingabe entree entrada ingresso invoer girdi ввод 输入 輸入 入力 입력 input_text".split()
)


def find_pairs(seen: Seen) -> list[Reading]:
    """Readings as questions and answers: the best, and those that come near to it, the most certain first."""
    looked = looks(seen)
    found = sorted(_weighed(seen, looked), key=lambda one: -one[0])
    if not found:
        return []
    best = found[0]
    beside = set(_beside(seen, looked, best[1]).columns().values())
    near = [
        one
        for one in found[1:]
        if (one[0] >= best[0] - MARGIN or best[0] < THRESHOLD)
        and not {one[1].question, one[1].answer} & (beside - _both(best[1]))
    ]
    kept = [best, *near]
    families = [one for one in kept if is_family(one[1].question, one[1].answer)]
    if is_family(best[1].question, best[1].answer) and len(families) > 1:
        kept = families
    return [
        reading_of(_beside(seen, looked, parts), max(0.0, min(certainty, MOST)))
        for certainty, parts in kept[:8]
    ]


def _both(parts: Parts) -> set[str]:
    return {parts.question, parts.answer}


def _weighed(seen: Seen, looked: dict[str, Look]) -> list[tuple[float, Parts]]:
    free = [look for look in looked.values() if look.free and not _says_about(look)]
    told = {name: named(name) for name in seen.columns}
    asks = [c for c in seen.columns if _may_ask(told[c], looked.get(c))][:MAX_COLUMNS]
    if {"instruction", "input"} <= {plain(c) for c in seen.columns}:
        # Alpaca: the input belongs to the instruction; a prompt or text beside them is the two, rendered.
        asks = [c for c in asks if plain(c) not in ("input", "prompt", "text")]
    answers = [c for c in seen.columns if _may_answer(c, told[c], looked.get(c))][:MAX_COLUMNS]
    each = option_columns(seen)
    some_options = _options(seen, looked) is not None or bool(each)
    if each and any(is_right(c) and c not in each for c in answers):  # they hold options, and no answers
        asks, answers = ([c for c in listed if c not in each] for listed in (asks, answers))
    plainest = max((told[c].question for c in asks if c in looked), default=NONE)
    plainest_answer = max((told[c].answer for c in answers if c in looked), default=NONE)
    exact = _exact(asks, looked)
    found = []
    for one in asks:
        for other in answers:
            if one != other:
                certainty = certainty_of(one, other, looked, free, some_options)
                less = _outshone(told[one].question, plainest) or (exact is not None and plain(one) != exact)
                less_answer = not is_right(other) and _outshone(told[other].answer, plainest_answer)
                outshone = int(less) + int(less_answer)
                if told[other].answer < MEDIUM and repeats(seen, one, other):
                    certainty += WEIGHTS["repeats"]
                found.append((certainty + outshone * WEIGHTS["outshone"], Parts(one, other)))
    return found


def _exact(asks: list[str], looked: dict[str, Look]) -> str | None:
    """The name that is a question's and nothing more, where others only begin or end so ("question_id")."""
    bare = {plain(name) for name in asks if name in looked and named(name).question == STRONG}
    exact = [name for name in bare if "_" not in name]
    return exact[0] if len(exact) == 1 and len(bare) > 1 else None


def _outshone(own: float, plainest: float) -> bool:
    """Whether another column's name says so much more plainly that this one is no rival to it."""
    return (own < STRONG <= plainest) or (own == NONE and plainest >= MEDIUM)


def _says_about(look: Look) -> bool:
    found = named(look.name)
    return found.about or (found.system and not found.question)


def _may_ask(told: Named, look: Look | None) -> bool:
    if look is None:  # nothing is in it: its rows will say so
        return told.question == STRONG
    texts = look.text >= 0.9 or (look.turns >= 0.9 and told.question >= MEDIUM)
    if told.about or (is_rejected(look.name) and len(look.name) > 2):
        return False
    if told.question == STRONG:
        return look.text + look.turns >= 0.5
    if not texts:
        return False
    return look.free or (told.question >= MEDIUM and (plain(look.name) in INPUTS or look.turns > 0))


def _may_answer(name: str, told: Named, look: Look | None) -> bool:
    if look is None:
        return told.answer == STRONG
    if is_rejected(name) and len(name) > 2:
        return False  # never learned
    if told.label and not told.answer and (look.text < 0.5 or look.listed + look.mapped > 0.5):
        return False  # a list of labels is no answer: marks in a text, or several at once
    if told.answer >= MEDIUM or told.label or is_right(name):
        return look.turns >= 0.9 or look.mapped + look.listed + look.text >= 0.5
    if told.about:
        return False
    return look.free and look.text >= 0.9 and not (told.context or told.system)


# ---------------------------------------------------------------- what stands beside them


def _beside(seen: Seen, looked: dict[str, Look], parts: Parts) -> Parts:
    """The pair with the columns that belong to it by name."""
    rest = [c for c in seen.columns if c not in _both(parts)]
    return with_beside(seen._replace(columns=tuple(rest)), looked, parts)


def with_beside(rest: Seen, looked: dict[str, Look], parts: Parts) -> Parts:
    """What of the other columns (`rest`) belongs to a pair; parts that are given stay."""
    there = [look for c in rest.columns if (look := looked.get(c)) is not None]
    texts = [look for look in there if look.text >= 0.9]
    takes_input = plain(parts.question).startswith("instruction") or parts.question in ("指令", "指示")
    context = next((k.name for k in texts if takes_input and plain(k.name) in INPUTS), None)
    context = context or next((k.name for k in texts if named(k.name).context), None)
    system = next(
        (k.name for k in texts if named(k.name).system and (k.spaced >= 0.5 or k.length > 40)), None
    )
    history = next((k.name for k in there if named(k.name).history and k.listed + k.turns >= 0.5), None)
    reflection, corrected = column(rest, ("reflection",)), column(rest, ("corrected",))
    nested = _is_nested(looked.get(parts.question)) or _is_nested(looked.get(parts.answer))
    found = parts._replace(
        context=parts.context or context,
        system=parts.system or system,
        history=parts.history or history,
        options=parts.options or _options(rest, looked),
        images=parts.images or image_column(rest),
        tools=parts.tools or column(rest, TOOLS),
        reflection=reflection if corrected else None,
        corrected=corrected if reflection else None,
        nested=nested,
        notes=tuple(_notes(there, context)),
    )
    return _with_options(rest, found)


def _with_options(rest: Seen, parts: Parts) -> Parts:
    """The pair with columns of one option each, if its answers choose among them; and how these count."""
    each = () if parts.options else option_columns(rest)
    rows = some(rest.rows, LOOKED_AT)
    held = [(row.cells.get(parts.answer), options_in(parts._replace(each=each), row.cells)) for row in rows]
    chosen = [picks(cell, options) for cell, options in held if options and not is_empty(cell)]
    if each and sum(chosen) < 0.9 * max(len(chosen), 1):
        return parts
    numbered = bool(each) and plain(each[0])[-1:].isdecimal()
    return parts._replace(each=each, counting=counting_of(held, numbered=numbered))


def _notes(there: list[Look], context: str | None) -> Iterator[str]:
    """What stands beside a pair, matters, and is not read."""
    for look in there:
        parts = {one.removesuffix("s") for one in plain(look.name).split("_")}
        if words.CONTEXTS & parts and look.name != context and look.mapped + look.listed >= 0.5:
            yield f"Column '{look.name}' holds lists or objects, and is not read."
        if plain(look.name) in GRADED:
            yield f"Column '{look.name}' is not read."
        if plain(look.name) in words.RATINGS and look.machine >= 0.9 and look.values > 1:
            yield f"Column '{look.name}' is not looked at: also what it rates low is learned."


def _is_nested(look: Look | None) -> bool:
    return look is not None and (look.turns > 0 or look.mapped > 0)


def _options(seen: Seen, looked: dict[str, Look]) -> str | None:
    for name in seen.columns:
        look = looked.get(name)
        if look is not None and named(name).options and look.listed + look.mapped >= 0.9:
            return name
    return None
