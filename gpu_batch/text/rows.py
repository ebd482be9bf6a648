"""Rows that are no conversations, as token ids: texts, preferences, feedback, prompts.

    row = label_text(chat, text, source="book.txt")
    row = prefer(chat, preference, max_length=2048, source="pairs.jsonl")

A prompt and what follows it are parted exactly where a token ends, and what follows ends in the end token.
The same gate as for conversations; nothing is cut or altered.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gpu_batch.text.chat import ChatText
from gpu_batch.text.gate import NO_LOSS, Refusal, check_control_tokens, check_length, placed
from gpu_batch.text.labels import Labelled, Tokens, cut_at, tokens_of
from gpu_batch.text.shown import Shown
from schemas.samples import Conversation, Feedback, Message, Preference, Prompts, Text


class Preferred(NamedTuple):
    """Token ids of a prompt and of the better and the worse way to go on, each to its end token."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]


class Judged(NamedTuple):
    """Token ids of a prompt and of an answer, to its end token, and whether it was liked."""

    prompt_ids: list[int]
    completion_ids: list[int]
    good: bool


def label_text(
    chat: ChatText, sample: Text, max_length: int | None = None, *, source: str = "dataset"
) -> Labelled:
    """A whole text as a document: what the base puts before a text, the text, the token that ends one.

    Learned are the segments that say so, and the end where the last of them is. Raises BadInput for a text
    that is empty, spells a control token or is longer than `max_length` tokens (None: any length).
    """
    with placed(sample, source):
        text_tokens = document(chat, sample)
        ids = [*chat.text_start, *text_tokens.ids, chat.eos_id]
        ends = sample.segments[-1].learn
        labels = [*[NO_LOSS] * len(chat.text_start), *text_tokens.labels(), chat.eos_id if ends else NO_LOSS]
        if all(one == NO_LOSS for one in labels[:-1]):
            finding = "Every part of the text is marked to be read only: nothing is left to learn."
            raise Refusal(finding, "Leave the row out, or mark a part to be learned.")
        check_length(len(ids), max_length)
        learned = tuple(text_tokens.rendering[start:end] for start, end in text_tokens.spans)
        return Labelled(ids, labels, learned)


def document(chat: ChatText, sample: Text) -> Tokens:
    """A text's tokens, with its learned segments as spans; nothing before and nothing behind it."""
    if not sample.text.strip():
        raise Refusal("The text is empty.", "Leave the row out.")
    check_control_tokens(chat, [Message(role="user", content=sample.text)])
    spans, at = [], 0
    for segment in sample.segments:
        if segment.learn and segment.text:
            spans.append((at, at + len(segment.text)))
        at += len(segment.text)
    ids, offsets = cut_at(chat, sample.text, sorted({edge for span in spans for edge in span}))
    return Tokens(sample.text, ids, offsets, spans)


def prefer(
    chat: ChatText,
    sample: Preference,
    max_length: int | None = None,
    *,
    source: str = "dataset",
    shown: Sequence[Shown] = (),
) -> Preferred:
    """Both ways to go on from a prompt. Raises BadInput where they are the same, or as `label` does."""
    with placed(sample, source):
        prompt, chosen = answered(chat, sample.prompt, sample.chosen, sample, shown)
        same, rejected = answered(chat, sample.prompt, sample.rejected, sample, shown)
        if prompt != same:
            finding = "The chat template writes the prompt differently for the better and the worse answer."
            raise Refusal(finding, "Give both answers alike (both with thinking, say), or leave the row out.")
        if chosen == rejected:
            raise Refusal("The better and the worse answer are the same.", "Leave the row out.")
        check_length(len(prompt) + max(len(chosen), len(rejected)), max_length)
        return Preferred(prompt, chosen, rejected)


def judge(
    chat: ChatText, sample: Feedback, max_length: int | None = None, *, source: str = "dataset"
) -> Judged:
    """A prompt and the answer that was judged. Raises BadInput as `label` does."""
    with placed(sample, source):
        prompt, completion = answered(chat, sample.prompt, sample.completion, sample)
        check_length(len(prompt) + len(completion), max_length)
        return Judged(prompt, completion, sample.good)


def ask(
    chat: ChatText,
    sample: Prompts,
    max_length: int | None = None,
    *,
    source: str = "dataset",
    shown: Sequence[Shown] = (),
) -> list[int]:
    """Token ids of a prompt that the model will answer. Raises BadInput as `label` does."""
    with placed(sample, source):
        check_control_tokens(chat, sample.prompt, sample.tools)
        ids = chat.prompt_ids(sample.prompt, shown, sample.tools)
        check_length(len(ids), max_length)
        return ids


def answered(
    chat: ChatText,
    prompt: Sequence[Message],
    answer: Sequence[Message],
    sample: Preference | Feedback,
    shown: Sequence[Shown] = (),
) -> tuple[list[int], list[int]]:
    """Token ids of a prompt and of its answer, which is one turn of the assistant, to its end token."""
    if len(answer) != 1 or answer[0].role != "assistant":
        finding = "What follows the prompt is not one turn of the assistant."
        raise Refusal(finding, "Put all turns but the last into the prompt; what follows is one answer.")
    row = Conversation(messages=(*prompt, *answer), line=sample.line, tools=sample.tools)
    labels = (tokens := tokens_of(chat, row, shown, last_only=True)).labels()
    learned = [at for at, one in enumerate(labels) if one != NO_LOSS]
    if not learned or learned[0] == 0:
        raise Refusal("The row has nothing to learn, or nothing to learn it from.", "Leave the row out.")
    first, last = learned[0], learned[-1]
    return tokens.ids[:first], tokens.ids[first : last + 1]
