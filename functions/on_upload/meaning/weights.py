"""How sure it is that two columns are a question and its answer: a table of weights, and what they stand for.

`WEIGHTS` is the whole of it: what names and contents say is added up. Nothing is learned from data here; the
labelled tables in tests/functions/meaning hold the sum against `THRESHOLD`.
"""

from typing import Final

from functions.on_upload.meaning import words
from functions.on_upload.meaning.looks import Look, some
from functions.on_upload.meaning.names_of_parts import MEDIUM, NONE, STRONG, WEAK, Named, named, plain
from functions.on_upload.meaning.reading import Seen

# What speaks for (or against) two columns being a question and its answer. A name gives what `named` says:
# 0.47 where it is one of the usual names, 0.42 where it is often something else, 0.22 where mostly.
WEIGHTS: Final = {
    "asks plainly": 0.51,  # instead of the question's name: nearly all of it asks, hardly an answer does
    "asks": 0.30,  # instead of the question's name: most of it asks, answers far less
    "only": 0.20,  # no other column holds what people wrote
    "longer": 0.05,  # answers are longer than questions
    "family": 0.03,  # the two names belong together, as prompt and completion
    "options": 0.20,  # there are options to choose from
    "outshone": -0.20,  # another column's name says that part far more plainly
    "repeats": -0.50,  # the answer holds the whole question: both together are a text
    "person": -0.30,  # short texts under a word for a person, beside a longer text: names
    "reversed": -0.60,  # the answers ask, the questions do not
    "letter": -0.60,  # the answers are letters of options that are nowhere
    "result": -0.30,  # the answers are numbers, and beside them stand several solutions
    "heading": -0.30,  # a title, and the text below it
    "same part": -0.20,  # the answer is called as questions are, or the question as answers
    "few": -0.50,  # a few questions again and again, and something else that people wrote
}
THRESHOLD: Final = 0.7  # nothing is taken for granted below it: it is asked
MARGIN: Final = 0.10  # readings this near to the best one are asked about
MOST: Final = 0.97
FAMILIES: Final = (
    "question answer", "prompt completion", "prompt response", "instruction output", "instruction response",
    "message reply", "input output", "query response", "source target", "inputs targets", "user assistant",
    "human bot", "human gpt", "input_text output_text", "prompt generation", "article summary",
)  # fmt: skip
SHORT: Final = 25  # characters, usually: as names are


def certainty_of(
    ask: str, answer: str, looked: dict[str, Look], free: list[Look], some_options: bool
) -> float:
    """The sum of what speaks for two columns, not yet held within 0 and 1."""
    one, other = looked.get(ask), looked.get(answer)
    told, tells = named(ask), named(answer)
    summed_up = tells.summary and told.question == WEAK and plain(ask) not in words.TITLES
    asks = MEDIUM if summed_up else told.question
    weight = _answer_by_name(ask, answer, told, tells, other)
    weight += WEIGHTS["family"] if is_family(ask, answer) else 0
    if some_options and (tells.answer or plain(answer) in words.RIGHT):
        weight += WEIGHTS["options"] + (MEDIUM if not tells.answer else 0)
    if one is None or other is None:
        return asks + weight
    by_label = tells.label and (plain(answer) not in words.TOPICS or told.question == MEDIUM)
    learned = tells.answer or by_label or other.free
    if learned and not [look for look in free if look.name not in (ask, answer)]:
        weight += WEIGHTS["only"]
    if other.length >= 1.2 * one.length and not (told.question and tells.answer):
        weight += WEIGHTS["longer"]
    if plain(ask) in words.PERSONS and one.length < SHORT:
        longer = any(look.length >= 2 * one.length for look in free if look.name not in (ask, answer))
        weight += WEIGHTS["person"] if longer else 0
    weight += _against(one, other, looked, free, some_options=some_options)
    # Trainers' own names hold also where questions are what is to be learned (prompt → completion).
    stands = is_family(ask, answer) and told.question and plain(ask) in ("prompt", "instruction")
    return max(asks, _asks(one, other)) + weight + (NONE if stands else _reversed(one, other))


def _against(
    one: Look, other: Look, looked: dict[str, Look], free: list[Look], *, some_options: bool
) -> float:
    """What speaks against a pair although its names may say it is one."""
    told, tells = named(one.name), named(other.name)
    rest = [look for look in free if look.name not in (one.name, other.name)]
    less = NONE
    letters = other.letters >= 0.9 and other.values > 1 and max(one.letters, one.options) < 0.5
    if letters and not some_options and not tells.label:
        less += WEIGHTS["letter"]
    if other.machine >= 0.9 and sum(named(look.name).answer >= MEDIUM for look in rest) > 1:
        less += WEIGHTS["result"]
    if plain(one.name) in words.TITLES and plain(other.name) in words.BODIES:
        less += WEIGHTS["heading"]
    if (tells.question == STRONG and not tells.answer) or (told.answer == STRONG and not told.question):
        less += WEIGHTS["same part"]
    if one.category and told.question and any(not _is_taken(look) for look in rest):
        less += WEIGHTS["few"]
    return less


def _is_taken(look: Look) -> bool:
    """Whether a column may belong to a pair as something beside it."""
    found = named(look.name)
    return found.context or found.system or found.question > NONE


def _asks(one: Look, other: Look) -> float:
    if one.asks >= 0.7 and other.asks <= 0.1 and other.prose:
        return WEIGHTS["asks plainly"]
    return WEIGHTS["asks"] if one.asks >= 0.4 and other.asks <= one.asks / 3 else NONE


def _reversed(one: Look, other: Look) -> float:
    return WEIGHTS["reversed"] if other.asks >= 0.5 and one.asks <= other.asks / 4 else NONE


def _answer_by_name(ask: str, answer: str, told: Named, tells: Named, look: Look | None) -> float:
    """What the answer's name says beside that of the question: "a" is one beside "q" alone."""
    if plain(answer).rstrip("0123456789") == "a" and plain(ask).rstrip("0123456789") == "q":
        return MEDIUM
    if _numbered(ask, answer):
        return MEDIUM
    if tells.label and look is not None and tells.answer < MEDIUM:
        # A text and its category; where the category is a number, what it means is anybody's guess.
        plainly = plain(answer) not in words.TOPICS and look.machine < 0.5 and look.length <= 60
        topic = WEAK if NONE < told.question < STRONG else NONE
        return MEDIUM if plainly and told.question else topic
    return tells.answer


def _numbered(ask: str, answer: str) -> bool:
    """CAMEL's message_1 and message_2."""
    one, other = plain(ask), plain(answer)
    return (
        one.endswith("1") and other.endswith("2") and one[:-1] == other[:-1] and named(ask).question == MEDIUM
    )


def is_family(ask: str, answer: str) -> bool:
    """Whether two names belong together, as prompt and completion."""
    return f"{plain(ask)} {plain(answer)}" in FAMILIES


def repeats(seen: Seen, ask: str, answer: str) -> bool:
    """Whether the answers mostly hold the question, word for word."""
    rows = [(row.cells.get(ask), row.cells.get(answer)) for row in some(seen.rows, 50)]
    both = [(one, other) for one, other in rows if isinstance(one, str) and isinstance(other, str)]
    return sum(one in other for one, other in both if len(one) > 9) > len(both) / 2
