"""What a file means: its kind, the parts its columns play, how a row becomes a sample. Or the one question.

    reading = understand(Seen("faq.csv", columns, rows, whole=True), DataOptions())

Every finder says what it sees and how sure that is; here it is decided. What a person says comes first
(`data.template`, `data.columns`), then a side file of another tool, then judgements (as answers to learn, bad
ones would be learned), whole conversations, pairs and prompts, images and captions, texts. Below
`THRESHOLD`, and between readings that come as near to each other as `MARGIN`, nobody guesses: `Ambiguous`.
"""

import dataclasses
from collections.abc import Sequence
from typing import Final

from functions.on_upload.meaning import ask, override
from functions.on_upload.meaning.asked import asked_reading
from functions.on_upload.meaning.chosen import by_order
from functions.on_upload.meaning.dialogue import find_dialogue, with_system_beside
from functions.on_upload.meaning.exports import find_exported
from functions.on_upload.meaning.feedback import find_feedback
from functions.on_upload.meaning.guarded import guarded, must_be_one_kind
from functions.on_upload.meaning.images import find_captions
from functions.on_upload.meaning.looks import looks
from functions.on_upload.meaning.names_of_parts import STRONG, named, plain
from functions.on_upload.meaning.pairs import find_pairs
from functions.on_upload.meaning.preference import find_preference
from functions.on_upload.meaning.prompts import find_prompts
from functions.on_upload.meaning.reading import Reading, Seen
from functions.on_upload.meaning.stepwise import find_stepwise
from functions.on_upload.meaning.template import template_reading
from functions.on_upload.meaning.text import find_text, says_more
from functions.on_upload.meaning.told import find_told
from functions.on_upload.meaning.turns import is_turns
from functions.on_upload.meaning.weights import MARGIN, THRESHOLD
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault

SHOWN: Final = 4  # readings, in a question
SPAN: Final = 0.3  # below the best reading; a lesser one is no answer to a question
AFTER_TURNS: Final = 2  # of the groups of readings: judgements and conversations are told by what is in them
GRADED: Final = frozenset(("solution", "ground_truth"))  # beside a prompt or a problem: to grade by


def understand(seen: Seen, options: DataOptions) -> Reading:
    """The reading of a file. Raises Ambiguous where it must be asked, BadInput for one that is no use."""
    columns = options.columns
    if options.purpose == "answer":
        return asked_reading(seen, columns)
    given = override.given_by(columns) if columns else override.Given({}, None)
    override.must_be_there(seen, given.parts)
    if columns is not None and columns.split in seen.columns:
        seen = seen._replace(columns=tuple(one for one in seen.columns if one != columns.split))
    if options.template is not None:
        _must_stand_alone(given)
        return template_reading(seen, options.template)
    if given.parts:
        return guarded(seen, by_order(seen, given, _found))
    reading = next(iter(find_told(seen)), None) or _found(seen)
    must_be_one_kind(seen, reading, _sure)
    return guarded(seen, reading)


def _must_stand_alone(given: override.Given) -> None:
    if given.parts:
        part = next(iter(given.parts))
        finding = f"data.template and data.columns.{part} both say how a row is read."
        step = "Keep one of the two: a template names its columns itself."
        raise BadInput(Fault(place=f"data.columns.{part}", finding=finding, next_step=step))


# ---------------------------------------------------------------- found


def _groups(seen: Seen) -> list[list[Reading]]:
    """The readings of every finder, by precedence."""
    judged = [*find_preference(seen), *find_feedback(seen), *find_stepwise(seen)]
    texts = find_text(seen)
    transcripts = [with_system_beside(seen, _surer(one)) for one in texts if one.kind == "conversation"]
    paired, prompts, captions = find_pairs(seen), find_prompts(seen), find_captions(seen)
    asked = _pairs_or_prompts(seen, paired, prompts)
    first, then = (asked, captions) if _asks_about_images(paired) else (captions, asked)
    plain_texts = [one for one in texts if one.kind == "text"]
    talks = find_exported(seen) or find_dialogue(seen)
    return [judged, talks, transcripts, first, then, plain_texts]


def _surer(transcripts: Reading) -> Reading:
    """Texts of any length that are all dialogues are dialogues, unless there are several columns of texts."""
    return (
        dataclasses.replace(transcripts, certainty=max(transcripts.certainty, 0.9))
        if transcripts.certainty >= 0.5
        else transcripts
    )


def _pairs_or_prompts(seen: Seen, paired: list[Reading], prompts: list[Reading]) -> list[Reading]:
    """The two kinds in which a question may stand: what has a plain answer to learn is a pair."""
    prompts = [one for one in prompts if _may_be_prompts(seen, one.columns["question"])]
    if not paired or not prompts:
        return paired or prompts
    asks, answers = paired[0].columns["question"], paired[0].columns["answer"]
    graded = plain(asks) in ("prompt", "problem") and plain(answers) in GRADED
    if graded and prompts[0].certainty >= 0.6:
        return [dataclasses.replace(prompts[0], certainty=0.95)]
    if prompts[0].certainty < THRESHOLD:
        return paired
    chosen = any(part.startswith("option") for part in paired[0].columns)
    if paired[0].certainty < THRESHOLD or (named(answers).answer < STRONG and not chosen):
        return prompts
    talk = any(is_turns(row.cells.get(asks)) for row in seen.rows[:20])
    return prompts if talk and plain(answers) in ("answer", "answers") else paired


def _may_be_prompts(seen: Seen, name: str) -> bool:
    look = looks(seen._replace(columns=(name,))).get(name)
    return look is not None and (look.turns > 0 or (look.free and named(name).question == STRONG))


def _asks_about_images(paired: list[Reading]) -> bool:
    return bool(paired) and paired[0].images and paired[0].certainty >= THRESHOLD


def _found(seen: Seen) -> Reading:
    groups = _groups(seen)
    for place, group in enumerate(groups):
        if place == AFTER_TURNS and ask.one_turn_a_row(seen):
            raise ask.refusal(seen)
        best = max(group, key=lambda one: one.certainty, default=None)
        if best is None or best.certainty < THRESHOLD:
            continue
        if best.kind == "text":
            _must_be_no_question(seen, best, groups)
            if says_more(seen, best.columns["text"]):
                raise ask.question(seen, [best])
        near = [one for one in group if one.kind == best.kind and one.certainty >= best.certainty - MARGIN]
        if len(near) > 1:
            raise ask.question(seen, near)
        return _with_precedence(seen, best, groups[place + 1 :])
    looked = looks(seen)
    possible = groups[:1] if groups[0] else groups  # a worse answer is never offered as one to learn
    unsure = [
        one for group in possible for one in group if one.kind != "text" or looked[one.columns["text"]].prose
    ]
    unsure.sort(key=lambda one: -one.certainty)
    unsure = [one for one in unsure if one.certainty >= unsure[0].certainty - SPAN]
    if not unsure:
        raise _mixed(seen) or ask.refusal(seen)
    useful = [one for one in unsure if ask.makes_any(seen, one)]
    raise _mixed(seen) or (ask.question(seen, useful) if useful else ask.no_use(seen, unsure[0]))


def _must_be_no_question(seen: Seen, text: Reading, groups: Sequence[Sequence[Reading]]) -> None:
    """Raises Ambiguous where beside a text stands what is mostly learned as its answer: a label."""
    for group in groups:
        for one in group:
            asks, answers = one.columns.get("question"), one.columns.get("answer")
            if answers and asks == text.columns["text"] and named(answers).label:
                raise ask.question(seen, [one, text])


def _sure(seen: Seen) -> Reading | None:
    """The reading of some rows by themselves; None where it would have to be asked."""
    for group in _groups(seen):
        best = max(group, key=lambda one: one.certainty, default=None)
        if best is not None and best.certainty >= THRESHOLD:
            return best
    return None


def _mixed(seen: Seen) -> BadInput | None:
    """The refusal of a file that only its parts can be told of: rows of one set of columns or another."""
    shapes: dict[frozenset[str], list[int]] = {}
    for place, row in enumerate(seen.rows):
        shapes.setdefault(frozenset(row.cells), []).append(place)
    common = [rows for rows in shapes.values() if len(rows) >= 0.05 * len(seen.rows)]
    if len(common) < 2 or len(common) > SHOWN:
        return None
    kinds = []
    for places in common:
        rows = [seen.rows[place] for place in places]
        columns = tuple(one for one in seen.columns if one in rows[0].cells)
        reading = _sure(seen._replace(columns=columns, rows=rows))
        if reading is None:
            return None
        kinds.append((reading, rows))
    different = {(reading.kind, tuple(sorted(reading.columns.values()))) for reading, _ in kinds}
    return ask.mixture(seen, kinds) if len(different) > 1 else None


def _with_precedence(seen: Seen, best: Reading, later: Sequence[Sequence[Reading]]) -> Reading:
    """The reading, with a word on what else could have been read and was not."""
    used = set(best.columns.values())
    others = [one for group in later for one in group if one.certainty >= THRESHOLD]
    beside = [name for one in others for name in one.columns.values() if name not in used]
    beside += [name for name in seen.columns if plain(name) == "text" and name not in used]
    if not beside or best.kind == "text":
        return best
    main = next(iter(best.columns.values()))
    why = f"{best.why} Both '{beside[0]}' and '{main}' are here; '{main}' is read."
    return dataclasses.replace(best, why=why)
