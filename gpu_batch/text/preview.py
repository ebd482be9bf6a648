"""What of a row is learned, as a person sees it: its text in stretches, each learned or only read.

    [preview(chat, sample) for sample in samples[:5]]

Made from the very tokens and labels that are trained on. Data only: pages colour it.
"""

from itertools import groupby

from gpu_batch.text.chat import ChatText
from gpu_batch.text.gate import NO_LOSS, placed
from gpu_batch.text.labels import Tokens, tokens_of
from gpu_batch.text.rows import document
from schemas.results import Preview, Stretch
from schemas.samples import Conversation, Feedback, Message, Preference, Sample, Text

_LONGEST = 4000  # characters of a row that are shown


def preview(
    chat: ChatText, sample: Sample, *, source: str = "dataset", last_only: bool = False
) -> Preview | None:
    """A row as it is trained on; of a preference the better answer, of feedback the judged one.

    None for rows whose answers the model makes itself. Raises BadInput as `label` does.
    """
    with placed(sample, source):
        tokens = _tokens(chat, sample, last_only)
    if tokens is None:
        return None
    stretches = _shortened(_stretches(tokens))
    if isinstance(sample, Text):
        end = Stretch(text=chat.decode([chat.eos_id]), learned=sample.segments[-1].learn)
        start = [Stretch(text=chat.decode(chat.text_start), learned=False)] if chat.text_start else []
        stretches = [*start, *stretches, end]
    return Preview(line=sample.line, source=sample.source, stretches=tuple(stretches))


def _tokens(chat: ChatText, sample: Sample, last_only: bool) -> Tokens | None:
    match sample:
        case Conversation():
            return tokens_of(chat, sample, last_only=last_only)
        case Text():
            return document(chat, sample)
        case Preference(prompt=prompt, chosen=answer) | Feedback(prompt=prompt, completion=answer):
            turns: tuple[Message, ...] = (*prompt, *answer)
            row = Conversation(messages=turns, line=sample.line, tools=sample.tools)
            return tokens_of(chat, row, last_only=True)
        case _:
            return None


def _stretches(tokens: Tokens) -> list[Stretch]:
    """Neighbouring tokens of one sort as one text, by the characters that they stand for."""
    marks = zip(tokens.labels(), tokens.offsets, strict=True)
    stretches, at = [], 0
    for learned, group in groupby(marks, key=lambda mark: mark[0] != NO_LOSS):
        end = max(last for _, (_, last) in group)
        stretches.append(Stretch(text=tokens.rendering[at:end], learned=learned))
        at = end
    if at < len(tokens.rendering):
        stretches.append(Stretch(text=tokens.rendering[at:], learned=False))
    return stretches


def _shortened(stretches: list[Stretch]) -> list[Stretch]:
    """Long stretches without their middle, so that what is learned stays in sight."""
    total = sum(len(one.text) for one in stretches)
    if total <= _LONGEST:
        return stretches
    most = max(_LONGEST // len(stretches), 80)
    return [one if len(one.text) <= most else _middle_out(one, most) for one in stretches]


def _middle_out(one: Stretch, most: int) -> Stretch:
    left = len(one.text) - most
    text = f"{one.text[: most // 2]} … {left:,} characters … {one.text[-(most - most // 2) :]}"
    return one.model_copy(update={"text": text})
