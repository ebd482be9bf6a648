"""The gate that every row passes before anything is paid for: what is refused, and in which words.

Not a program. `labels.py` and `rows.py` make the tokens; here they are only looked at.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from gpu_batch.text.chat import ChatText
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.samples import Message, Sample

NO_LOSS: Final = -100  # the label that torch's cross-entropy leaves out
OTHER_BASE: Final = "Choose another base_model; this one's chat template cannot be trained with."


class Refusal(Exception):
    """Why a row cannot be trained on; `label` adds where it stands."""

    def __init__(self, finding: str, next_step: str) -> None:
        super().__init__(finding)
        self.finding, self.next_step = finding, next_step


@contextmanager
def placed(sample: Sample, source: str) -> Iterator[None]:
    """Whatever refuses a row inside is told with the row's place in its file."""
    place = names.place(sample.source or source, sample.line)
    try:
        yield
    except Refusal as refusal:
        fault = Fault(place=place, finding=refusal.finding, next_step=refusal.next_step)
        raise BadInput(fault) from refusal
    except BadInput as error:  # the template's own refusal
        raise BadInput([fault.model_copy(update={"place": place}) for fault in error.faults]) from error


def check_control_tokens(chat: ChatText, messages: Sequence[Message], tools: str | None = None) -> None:
    """A text that spells a control token would open or end a turn where the person wrote none.

    Raises Refusal where one does.
    """
    texts = [(f"the {message.role}'s text", text) for message in messages for text in _texts(message)]
    for whose, text in [*texts, *([("the list of tools", tools)] if tools else [])]:
        if not chat.control_starts.isdisjoint(text):
            found = chat.control_ids.intersection(chat.encode(text)[0])
            if found:
                token = chat.decode([min(found)])
                finding = f"{whose[0].upper()}{whose[1:]} holds {token!r}, which {chat.name} reads as a "
                raise Refusal(f"{finding}command, not as text.", "Remove it, or write it differently.")


def _texts(message: Message) -> list[str]:
    calls = [text for call in message.tool_calls for text in (call.name, call.arguments)]
    return [message.content, message.thinking or "", message.name or "", *calls]


def check_tokens(
    chat: ChatText, text: str, ids: Sequence[int], labels: Sequence[int], max_length: int | None
) -> None:
    """Some tokens learned and not all, one beginning of text, and no more tokens than fit. Raises Refusal."""
    learned = sum(one != NO_LOSS for one in labels)
    if not 0 < learned < len(ids):
        raise Refusal("The row has nothing to learn, or nothing to learn it from.", OTHER_BASE)
    begins = bool(chat.bos_id is not None and text.startswith(chat.special_tokens["bos_token"]))
    if begins and chat.bos_id not in chat.stop_ids and list(ids).count(chat.bos_id or 0) != 1:
        raise Refusal("The rendered row has more than one beginning-of-text token.", OTHER_BASE)
    check_length(len(ids), max_length)


def check_length(length: int, max_length: int | None) -> None:
    """Raises Refusal for more tokens than fit."""
    if max_length is not None and length > max_length:
        raise Refusal(
            f"The row is {length} tokens long; at most {max_length} fit, and nothing is cut.",
            "Shorten it, remove it, or raise training.max_length.",
        )
