"""Held-out rows as questions: which can be asked, whether answers are right, how two models' answers compare.

    asked, left_out = choose(chat, samples, limit=512, source="poems.csv")
    compare(side_by_side(asked, before, after)).sentence     # "Better on 41 of 50, worse on 2. …"

Needs no torch. What a model makes of the rows is `evaluate.py`'s.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Final, NamedTuple, Protocol

from gpu_batch.text import NO_LOSS, ChatText, Labelled, label
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Feedback, Message, Preference, Prompts, Sample
from schemas.scores import Answer, Comparison

LONG: Final = 40  # characters; of longer answers exactly the same is not to be expected
DRAWS: Final = 1000
MOST_DRAWN: Final = 2_000_000  # rows in all draws together: a second
NEARLY: Final = 0.01  # of likeness, within which an answer is no better and no worse


class Answered(Protocol):
    """What a model answered to the rows, in their order, and whether each is right."""

    @property
    def answers(self) -> list[str]: ...

    @property
    def right(self) -> list[bool]: ...


class Asked(NamedTuple):
    """A held-out row, with the tokens of its prompt and its labelled tokens; None where no answer is known.

    `sample` has it as a conversation whose last turn is the wanted answer.
    """

    sample: Conversation
    prompt: list[int]
    row: Labelled | None


# ---------------------------------------------------------------- which rows


def askable(sample: Sample) -> Conversation | None:
    """A row of any kind as a question with its wanted answer; None where it is none.

    Of preferences the better answer is wanted, of feedback a good one. A prompt's is what the file has beside
    it: the only other column, or all of them as JSON.
    """
    if isinstance(sample, Conversation):
        return sample
    if isinstance(sample, Preference):
        turns = (*sample.prompt, *sample.chosen)
    elif isinstance(sample, Feedback) and sample.good:
        turns = (*sample.prompt, *sample.completion)
    elif isinstance(sample, Prompts):
        turns = (*sample.prompt, Message(role="assistant", content=_wanted(sample.reference)))
    else:
        return None
    if turns[-1].role != "assistant":
        return None
    return Conversation(
        messages=turns, line=sample.line, source=sample.source, images=sample.images, tools=sample.tools
    )


def _wanted(reference: str) -> str:
    known = json.loads(reference)
    only = next(iter(known.values())) if len(known) == 1 else reference
    return only if isinstance(only, str) else json.dumps(only, ensure_ascii=False)


def choose(
    chat: ChatText, samples: Sequence[Sample], limit: int | None, source: str
) -> tuple[list[Asked], list[Fault]]:
    """The rows that can be asked, and why the others cannot (`limit`: tokens of prompt and answer).

    Rows that hold no question, or no good answer to it, are passed over.
    """
    asked, left_out = [], []
    for sample in samples:
        row = askable(sample)
        if row is None:
            continue
        try:
            labelled = None
            if not isinstance(sample, Prompts):
                labelled = label(chat, row, limit, source=source)
            asked.append(Asked(row, chat.prompt_ids(row.prompt, tools=row.tools), labelled))
        except BadInput as error:
            left_out += error.faults
    return asked, left_out


def is_right(chat: ChatText, sample: Conversation, text: str) -> bool:
    """Whether an answer is the wanted one: the chat template writes both alike (many strip white space)."""
    given = [*sample.prompt, Message(role="assistant", content=text)]
    try:
        return text == sample.answer or chat.render(given) == chat.render(sample.messages)
    except BadInput:  # an answer so odd that the template refuses it
        return False


def side_by_side(asked: Sequence[Asked], before: Answered, after: Answered) -> tuple[Answer, ...]:
    """Each row with both its answers, and whether they are right; where answers are long, how like it."""
    long = are_long(asked)
    return tuple(
        Answer(
            question=one.sample.prompt[-1].content,
            expected=one.sample.answer,
            before=before.answers[number],
            after=after.answers[number],
            right_before=before.right[number],
            right_after=after.right[number],
            like_before=likeness(one.sample.answer, before.answers[number]) if long else None,
            like_after=likeness(one.sample.answer, after.answers[number]) if long else None,
            line=one.sample.line,
        )
        for number, one in enumerate(asked)
    )


def of_the_last_answer(row: Labelled) -> Labelled:
    """The row with the labels of all but its last learned turn taken out."""
    labels = row.labels
    last = max(at for at, one in enumerate(labels) if one != NO_LOSS)
    before = [at for at in range(last) if labels[at] == NO_LOSS]
    first = before[-1] + 1 if before else 0
    return row._replace(labels=[NO_LOSS] * first + labels[first:])


# ---------------------------------------------------------------- two models beside each other


def are_long(asked: Sequence[Asked]) -> bool:
    """Whether wanted answers are mostly so long that their wording says more than whether they are exact."""
    return bool(asked) and median(len(one.sample.answer) for one in asked) >= LONG


def likeness(wanted: str, given: str) -> float:
    """How much of the wanted wording an answer has, 0 to 1: chrF by sacreBLEU, of one answer."""
    from sacrebleu import sentence_chrf

    return float(sentence_chrf(given, [wanted]).score) / 100


def wording(asked: Sequence[Asked], answers: Sequence[str]) -> float | None:
    """The mean likeness of answers to the wanted ones; None where these are short."""
    if not are_long(asked):
        return None
    return mean(likeness(one.sample.answer, text) for one, text in zip(asked, answers, strict=True))


def compare(answers: Sequence[Answer]) -> Comparison | None:
    """Before and after, row by row; None of no rows. The same answers give the same interval."""
    if not answers:
        return None
    long = all(one.like_before is not None and one.like_after is not None for one in answers)
    pairs = [_worth(one, long) for one in answers]
    gains = [after - before for before, after in pairs]
    low, high = _interval(gains)
    return Comparison(
        measure="wording" if long else "exact answers",
        rows=len(pairs),
        better=sum(gain > NEARLY for gain in gains),
        worse=sum(gain < -NEARLY for gain in gains),
        before=mean(before for before, _ in pairs),
        after=mean(after for _, after in pairs),
        low=low,
        high=high,
    )


def _worth(one: Answer, long: bool) -> tuple[float, float]:
    if long:
        return one.like_before or 0.0, one.like_after or 0.0
    return float(one.right_before), float(one.right_after)


def _interval(gains: Sequence[float]) -> tuple[float, float]:
    """95 % of the means of as many rows, drawn with repetition (a percentile bootstrap), by a fixed seed."""
    drawn = random.Random(0)
    draws = max(min(DRAWS, MOST_DRAWN // len(gains)), 100)
    means = sorted(sum(drawn.choices(gains, k=len(gains))) / len(gains) for _ in range(draws))
    return means[int(0.025 * draws)], means[min(int(0.975 * draws), draws - 1)]


def everyday() -> list[str]:
    """The passages of the fixed text."""
    text = Path(__file__).with_name("general.txt").read_text(encoding="utf-8")
    return [" ".join(passage.split()) for passage in text.split("\n\n")]
