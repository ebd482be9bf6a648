"""One row as token ids and labels: which tokens the model learns, checked before anything is paid for.

    row = label(chat, sample, max_length=2048, source="poems.csv")

Every assistant turn is learned, from its first character to its end token, but for those marked as context
only (`learn` is False). To find the turns, each assistant
text is replaced by a mark that no text contains, the marks are found in the rendering, and the texts are put
back; a template that changes a text (beyond stripping white space) is noticed, because the result must equal
the plain rendering. Rendering a conversation's beginning and subtracting lengths would not do: many templates
rewrite earlier turns. Nothing is cut or altered here: a row that does not fit is refused.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gpu_batch.text.chat import ChatText
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Message

NO_LOSS: Final = -100  # the label that torch's cross-entropy leaves out
_PRIVATE_USE: Final = (0xE000, 0xF8FF)  # characters that Unicode gives no meaning
OTHER_BASE: Final = "Choose another base_model; this one's chat template cannot be trained with."

Span = tuple[int, int]  # characters [start, end) of a rendering


class Labelled(NamedTuple):
    """A row ready to train on. `labels` is as long as `input_ids`: the token's own id where it is learned,
    `NO_LOSS` elsewhere. `learned` is the same as text: one entry a turn, with its end token."""

    input_ids: list[int]
    labels: list[int]
    learned: tuple[str, ...]


class _Refusal(Exception):
    """Why a row cannot be trained on; `label` adds where it stands."""

    def __init__(self, finding: str, next_step: str) -> None:
        super().__init__(finding)
        self.finding, self.next_step = finding, next_step


def label(
    chat: ChatText, sample: Conversation, max_length: int | None = None, *, source: str = "dataset"
) -> Labelled:
    """Token ids and labels of a row, for one base model. The same row always gives the same.

    `max_length` is in tokens; None: any length. `source` is the file's name in messages. Raises BadInput with
    the row's place (`poems.csv:14`) if the row cannot be trained on as it stands.
    """
    place = names.place(source, sample.line)
    try:
        return _label(chat, sample.messages, max_length)
    except _Refusal as refusal:
        fault = Fault(place=place, finding=refusal.finding, next_step=refusal.next_step)
        raise BadInput(fault) from refusal
    except BadInput as error:  # the template's own refusal
        raise BadInput([fault.model_copy(update={"place": place}) for fault in error.faults]) from error


def _label(chat: ChatText, messages: Sequence[Message], max_length: int | None) -> Labelled:
    _check_control_tokens(chat, messages)
    rendering, texts = _texts_in_rendering(chat, messages)
    ids, offsets = _encode(chat, rendering, [start for start, _ in texts])
    every = _with_end_tokens(chat, rendering, texts, ids, offsets)
    learned = [message.learn for message in messages if message.role == "assistant"]
    if not any(learned):
        finding = "Every assistant turn of the row is marked as context only: none is left to learn."
        raise _Refusal(finding, "Leave the row out, or take the mark (weight: 0) off an answer.")
    spans = [span for span, learns in zip(every, learned, strict=True) if learns]
    labels = [NO_LOSS] * len(ids)
    for start, end in spans:
        for at, (token_start, token_end) in enumerate(offsets):
            if start <= token_start and token_end <= end:
                labels[at] = ids[at]
    _check_tokens(chat, rendering, ids, labels, max_length)
    return Labelled(ids, labels, tuple(rendering[start:end] for start, end in spans))


# ---------------------------------------------------------------- where the assistant's texts are


def _texts_in_rendering(chat: ChatText, messages: Sequence[Message]) -> tuple[str, list[Span]]:
    """The plain rendering, and where in it each assistant text stands."""
    plain = chat.render(messages)
    mark = next(chr(code) for code in range(_PRIVATE_USE[0], _PRIVATE_USE[1]) if chr(code) not in plain)
    answers = [message.content for message in messages if message.role == "assistant"]
    if not answers:
        raise _Refusal("The row has no assistant turn to learn from.", "Give each row an answer.")
    marked = chat.render(list(_marked(messages, mark)))
    pieces = re.split(f"{mark}([0-9]+){mark}", marked)  # scaffold, number, scaffold, number, …, scaffold
    if pieces[1::2] != [str(turn) for turn in range(len(answers))]:
        raise _Refusal("The chat template leaves out or repeats an assistant turn.", OTHER_BASE)
    return plain, _put_back(plain, pieces[::2], answers)


def _marked(messages: Sequence[Message], mark: str) -> Iterator[Message]:
    turn = 0
    for message in messages:
        if message.role == "assistant":
            yield Message(role="assistant", content=f"{mark}{turn}{mark}")
            turn += 1
        else:
            yield message


def _put_back(plain: str, scaffold: Sequence[str], answers: Sequence[str]) -> list[Span]:
    """Where each answer is, if scaffold and answers together are the plain rendering."""
    spans: list[Span] = []
    at = len(scaffold[0])
    whole = plain.startswith(scaffold[0])
    for turn, answer in enumerate(answers):
        after = scaffold[turn + 1]
        fitting = [text for text in _as_templates_strip(answer) if plain.startswith(text + after, at)]
        if not (whole and fitting):
            raise _Refusal(
                f"The chat template does not keep the text of assistant turn {turn + 1}: it moves or drops "
                "part of it.",
                "Take marks such as <think> out of the answers, or choose another base_model.",
            )
        spans.append((at, at + len(fitting[0])))
        at += len(fitting[0]) + len(after)
    if at != len(plain):
        raise _Refusal("The chat template writes the conversation differently for these texts.", OTHER_BASE)
    return spans


def _as_templates_strip(text: str) -> list[str]:
    """What templates make of white space around a text; as it stands first, so that nothing is lost."""
    anything = (text.rstrip(), text.lstrip(), text.strip())
    line_breaks = (text.rstrip("\n"), text.lstrip("\n"), text.strip("\n"))
    return [text, *anything, *line_breaks]


# ---------------------------------------------------------------- which tokens they are


def _encode(chat: ChatText, rendering: str, starts: Sequence[int]) -> tuple[list[int], list[Span]]:
    """Ids and offsets of the rendering, encoded once.

    Where a token would glue the scaffold to a text's first character (a text that begins with a line break,
    say), the rendering is cut there: a model that answers also starts from a finished prompt.
    """
    ids, offsets = chat.encode(rendering)
    cuts = [at for at in starts if any(start < at < end for start, end in offsets)]
    if not cuts:
        return ids, offsets
    cut_ids: list[int] = []
    cut_offsets: list[Span] = []
    for start, end in zip([0, *cuts], [*cuts, len(rendering)], strict=True):
        part_ids, part_offsets = chat.encode(rendering[start:end])
        cut_ids += part_ids
        cut_offsets += [(start + first, start + last) for first, last in part_offsets]
    if chat.decode(cut_ids) != chat.decode(ids):  # a tokenizer that adds a space to every beginning
        raise _Refusal(
            "The first character of an answer is one token together with the mark before it.",
            "Remove the white space at the beginning of the answer.",
        )
    return cut_ids, cut_offsets


def _with_end_tokens(
    chat: ChatText, rendering: str, texts: Sequence[Span], ids: Sequence[int], offsets: Sequence[Span]
) -> list[Span]:
    """Each text's span, made longer up to and including the token that ends the turn."""
    ends = [span for token, span in zip(ids, offsets, strict=True) if token in chat.stop_ids]
    spans = []
    for start, end in texts:
        stop = next((span for span in ends if span[0] >= end), None)
        if stop is None or rendering[end : stop[0]].strip():
            raise _Refusal(
                "The chat template does not end an assistant turn with a token that the base model stops at.",
                "Choose another base_model, or add the turn's end token to its generation_config.json.",
            )
        spans.append((start, stop[1]))
    return spans


# ---------------------------------------------------------------- the gate


def _check_control_tokens(chat: ChatText, messages: Sequence[Message]) -> None:
    """A text that spells a control token would open or end a turn where the person wrote none."""
    for message in messages:
        if not chat.control_starts.isdisjoint(message.content):
            found = chat.control_ids.intersection(chat.encode(message.content)[0])
            if found:
                token = chat.decode([min(found)])
                raise _Refusal(
                    f"The {message.role}'s text holds {token!r}, which {chat.name} reads as a command, "
                    "not as text.",
                    "Remove it, or write it differently.",
                )


def _check_tokens(
    chat: ChatText, rendering: str, ids: Sequence[int], labels: Sequence[int], max_length: int | None
) -> None:
    learned = sum(one != NO_LOSS for one in labels)
    if not 0 < learned < len(ids):
        raise _Refusal("The row has nothing to learn, or nothing to learn it from.", OTHER_BASE)
    begins = bool(chat.bos_id is not None and rendering.startswith(chat.special_tokens["bos_token"]))
    if begins and chat.bos_id not in chat.stop_ids and list(ids).count(chat.bos_id or 0) != 1:
        raise _Refusal("The rendered row has more than one beginning-of-text token.", OTHER_BASE)
    if max_length is not None and len(ids) > max_length:
        raise _Refusal(
            f"The row is {len(ids)} tokens long; at most {max_length} fit, and nothing is cut.",
            "Shorten it, remove it, or raise training.max_length.",
        )
