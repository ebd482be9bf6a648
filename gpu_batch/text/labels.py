"""One row as token ids and labels: which tokens the model learns, checked before anything is paid for.

    row = label(chat, sample, max_length=2048, source="poems.csv")

Every assistant turn is learned, with its thoughts and calls of tools as the template writes them, from where
an answer begins to its end token; but for those marked as context only (`learn` is False). `located.py`
finds them. Nothing is cut or altered here: a row that does not fit is refused.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from gpu_batch.text.chat import ChatText
from gpu_batch.text.gate import NO_LOSS, Refusal, check_control_tokens, check_tokens, placed
from gpu_batch.text.located import Span, Turn, locate
from gpu_batch.text.shown import Shown, in_place
from schemas.samples import Conversation, Message


class Labelled(NamedTuple):
    """A row ready to train on. `labels` is as long as `input_ids`: the token's own id where it is learned,
    `NO_LOSS` elsewhere. `learned` is the same as text: one entry a turn, with its end token."""

    input_ids: list[int]
    labels: list[int]
    learned: tuple[str, ...]


class Tokens(NamedTuple):
    """A rendering, its tokens with the characters each stands for, and the spans that are learned."""

    rendering: str
    ids: list[int]
    offsets: list[Span]
    spans: list[Span]

    def labels(self) -> list[int]:
        """The id of each token inside a learned span, `NO_LOSS` for the others."""
        labels = [NO_LOSS] * len(self.ids)
        spans = iter(self.spans)
        start, end = next(spans, (len(self.rendering) + 1, 0))
        for at, (first, last) in enumerate(self.offsets):
            while first >= end and start <= len(self.rendering):
                start, end = next(spans, (len(self.rendering) + 1, 0))
            if start <= first and last <= end:
                labels[at] = self.ids[at]
        return labels


def label(
    chat: ChatText,
    sample: Conversation,
    max_length: int | None = None,
    *,
    source: str = "dataset",
    shown: Sequence[Shown] = (),
    last_only: bool = False,
) -> Labelled:
    """Token ids and labels of a row, for one base model. The same row always gives the same.

    `max_length` is in tokens; None: any length. `source` is the file's name in messages; `shown` are the
    row's images, in the order of the turns. `last_only`: of the assistant's turns the last alone is learned.
    Raises BadInput with the row's place (`poems.csv:14`) if the row cannot be trained on as it stands.
    """
    with placed(sample, source):
        tokens = tokens_of(chat, sample, shown, last_only)
        labels = tokens.labels()
        check_tokens(chat, tokens.rendering, tokens.ids, labels, max_length)
        spans = tuple(tokens.rendering[start:end] for start, end in tokens.spans)
        return Labelled(tokens.ids, labels, spans)


def tokens_of(
    chat: ChatText, sample: Conversation, shown: Sequence[Shown] = (), last_only: bool = False
) -> Tokens:
    """A row's rendering and tokens, and what of it is learned. Raises Refusal; BadInput without a place."""
    messages = sample.messages
    check_control_tokens(chat, messages, sample.tools)
    learned = _learned(messages, last_only)
    rendering, turns = locate(chat, messages, sample.tools, learned)
    rendering, moved = in_place(rendering, shown)
    rendering, turns = _ended(chat, rendering, [turn.moved(moved) for turn in turns])
    ids, offsets, turns = encode(chat, rendering, turns)
    return Tokens(rendering, ids, offsets, _with_end_tokens(chat, rendering, turns, ids, offsets))


def _ended(chat: ChatText, rendering: str, turns: list[Turn]) -> tuple[str, list[Turn]]:
    """With the end of text behind a last answer that the template leaves open.

    Some templates write nothing after the last answer, since the next turn's opening ends it.
    """
    last, eos = turns[-1], chat.special_tokens.get("eos_token", "")
    written = last.start if last.written is None else last.written
    if rendering[written:].strip() or chat.tokenizer.token_to_id(eos) not in chat.stop_ids:
        return rendering, turns
    rendering = rendering[:written] + eos
    return rendering, [*turns[:-1], last._replace(limit=len(rendering))]


def _learned(messages: Sequence[Message], last_only: bool) -> list[bool]:
    answers = [at for at, message in enumerate(messages) if message.role == "assistant"]
    if not answers:
        raise Refusal("The row has no assistant turn to learn from.", "Give each row an answer.")
    wanted = set(answers[-1:] if last_only else answers)
    learned = [at in wanted and message.learn for at, message in enumerate(messages)]
    if not any(learned):
        finding = "Every assistant turn of the row is marked as context only: none is left to learn."
        raise Refusal(finding, "Leave the row out, or take the mark (weight: 0) off an answer.")
    return learned


# ---------------------------------------------------------------- which tokens they are


def encode(chat: ChatText, rendering: str, turns: list[Turn]) -> tuple[list[int], list[Span], list[Turn]]:
    """Ids and offsets of the rendering, encoded once; and the turns, none of which begins inside a token.

    Where a token would glue the scaffold to an answer's first character (an answer that begins with a line
    break, say), the rendering is cut there: a model that answers also starts from a finished prompt. A
    control token is never cut: it is the model's own from its first character.
    """
    ids, offsets = chat.encode(rendering)
    across = {turn.start: found for turn in turns if (found := _across(offsets, turn.start)) is not None}
    control = {at: offsets[found][0] for at, found in across.items() if ids[found] in chat.control_ids}
    turns = [turn._replace(start=control.get(turn.start, turn.start)) for turn in turns]
    cuts = [at for at in across if at not in control]
    if not cuts:
        return ids, offsets, turns
    cut_ids, cut_offsets = cut_at(chat, rendering, cuts)
    if chat.decode(cut_ids) != chat.decode(ids):  # a tokenizer that adds a space to every beginning
        raise Refusal(
            "The first character of an answer is one token together with the mark before it.",
            "Remove the white space at the beginning of the answer.",
        )
    return cut_ids, cut_offsets, turns


def cut_at(chat: ChatText, text: str, cuts: Sequence[int]) -> tuple[list[int], list[Span]]:
    """Ids and offsets of a text that no token crosses at these characters; encoded whole where none would."""
    ids, offsets = chat.encode(text)
    cuts = [at for at in cuts if _across(offsets, at) is not None]
    if not cuts:
        return ids, offsets
    ids, offsets = [], []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        part_ids, part_offsets = chat.encode(text[start:end])
        ids += part_ids
        offsets += [(start + first, start + last) for first, last in part_offsets]
    return ids, offsets


def _across(offsets: Sequence[Span], at: int) -> int | None:
    """The token that has characters on both sides of a place; None where one ends there."""
    before = bisect_left(offsets, (at, 0)) - 1
    return before if before >= 0 and offsets[before][1] > at else None


def _with_end_tokens(
    chat: ChatText, rendering: str, turns: Sequence[Turn], ids: Sequence[int], offsets: Sequence[Span]
) -> list[Span]:
    """Each turn's span, up to and including the token that ends it."""
    ends = [span for token, span in zip(ids, offsets, strict=True) if token in chat.stop_ids]
    spans = []
    for turn in turns:
        text_end = turn.start if turn.written is None else turn.written
        stop = next((span for span in ends if span[0] >= text_end), None)
        inside = stop is not None and stop[1] <= turn.limit
        # Behind an answer there are marks and white space at most; behind a call there may be its own end.
        words = turn.plain and turn.written is not None and stop is not None
        if stop is None or not inside or (words and _words(chat, rendering[text_end : stop[0]])):
            raise Refusal(
                "The chat template does not end an assistant turn with a token that the base model stops at.",
                "Choose another base_model, add the turn's end token to its generation_config.json, or, if "
                "it is right in the last turn only, set training.sft.last_answer_only.",
            )
        spans.append((turn.start, stop[1]))
    return spans


def _words(chat: ChatText, text: str) -> bool:
    """Whether there is more than control tokens and white space."""
    return bool(text.strip()) and any(
        token not in chat.control_ids and text[start:end].strip()
        for token, (start, end) in zip(*chat.encode(text), strict=True)
    )
