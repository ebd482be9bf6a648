"""How well a model answers held-out rows: loss and token accuracy of the wanted answers, and its own answers.

    asked, left_out = choose(chat, samples, limit=512, source="poems.csv")
    measured = measure(model, chat, asked, max_new_tokens=64)

The last answer of each row is measured, after everything that stands before it. Answers are greedy, so the
same model always gives the same. No judge and no partial credit.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import torch
from torch.nn import functional
from transformers import GenerationConfig

from gpu_batch.text import NO_LOSS, ChatText, Labelled, label
from schemas.errors import BadInput, Fault
from schemas.results import Answer, Score
from schemas.samples import Conversation, Message

ROWS_AT_A_TIME: Final = 16  # logits over a vocabulary of 262,144 cost 1 MB a token in float32
T = TypeVar("T")


class Asked(NamedTuple):
    """A held-out row, with the tokens of its prompt and its labelled tokens."""

    sample: Conversation
    prompt: list[int]
    row: Labelled


class Measured(NamedTuple):
    """A model's score on the rows, and its answer to each, in their order."""

    score: Score | None
    answers: list[str]


def choose(
    chat: ChatText, samples: Sequence[Conversation], limit: int | None, source: str
) -> tuple[list[Asked], list[Fault]]:
    """The rows that can be asked, and why the others cannot (`limit`: tokens of prompt and answer)."""
    asked, left_out = [], []
    for sample in samples:
        try:
            row = label(chat, sample, limit, source=source)
            asked.append(Asked(sample, chat.prompt_ids(sample.prompt), row))
        except BadInput as error:
            left_out += error.faults
    return asked, left_out


@torch.no_grad()
def measure(model: Any, chat: ChatText, asked: Sequence[Asked], max_new_tokens: int) -> Measured:
    """Score and answers of a model as it is now. No rows: no score. Leaves the model in evaluation mode."""
    if not asked:
        return Measured(None, [])
    model.eval()
    loss, accuracy = _teacher_forced(model, chat, [one.row for one in asked])
    answers = answer(model, chat, [one.prompt for one in asked], max_new_tokens)
    right = sum(is_right(chat, one.sample, text) for one, text in zip(asked, answers, strict=True))
    score = Score(rows=len(asked), exact_match=right / len(asked), loss=loss, token_accuracy=accuracy)
    return Measured(score, answers)


def is_right(chat: ChatText, sample: Conversation, text: str) -> bool:
    """Whether an answer is the wanted one: the chat template writes both alike (many strip white space)."""
    given = [*sample.prompt, Message(role="assistant", content=text)]
    try:
        return text == sample.answer or chat.render(given) == chat.render(sample.messages)
    except BadInput:  # an answer so odd that the template refuses it
        return False


def side_by_side(
    chat: ChatText, asked: Sequence[Asked], before: Sequence[str], after: Sequence[str]
) -> tuple[Answer, ...]:
    """Each row with both its answers, and whether they are right."""
    return tuple(
        Answer(
            question=one.sample.prompt[-1].content,
            expected=one.sample.answer,
            before=first,
            after=second,
            right_before=is_right(chat, one.sample, first),
            right_after=is_right(chat, one.sample, second),
            line=one.sample.line,
        )
        for one, first, second in zip(asked, before, after, strict=True)
    )


@torch.no_grad()
def answer(model: Any, chat: ChatText, prompts: Sequence[list[int]], max_new_tokens: int) -> list[str]:
    """The model's greedy answer to each prompt, without the token that ends it."""
    settings = GenerationConfig(
        do_sample=False,
        max_new_tokens=max_new_tokens,
        eos_token_id=sorted(chat.stop_ids),
        pad_token_id=chat.pad_id,
        use_cache=True,
    )
    answers: list[str] = []
    for batch in _batches(prompts):
        ids_BT, mask_BT = _left_padded(batch, chat.pad_id, model.device)
        made_BT = model.generate(input_ids=ids_BT, attention_mask=mask_BT, generation_config=settings)
        for made_T in made_BT[:, ids_BT.shape[1] :].tolist():
            answers.append(chat.decode(_until_stop(made_T, chat.stop_ids)))
    return answers


def _until_stop(ids: list[int], stops: frozenset[int]) -> list[int]:
    end = next((at for at, token in enumerate(ids) if token in stops), len(ids))
    return ids[:end]


def _teacher_forced(model: Any, chat: ChatText, rows: Sequence[Labelled]) -> tuple[float, float]:
    """Mean loss in nats, and share of first choices that are right, over the last answers' tokens."""
    loss, right, tokens = 0.0, 0, 0
    for batch in _batches(rows):
        ids_BT, mask_BT = _left_padded([row.input_ids for row in batch], chat.pad_id, model.device)
        want_BT = _left_padded([_last_answer(row.labels) for row in batch], NO_LOSS, model.device)[0]
        # Only the columns from the first wanted token on: logits of a whole prompt would fill a GPU.
        width = ids_BT.shape[1] - int((want_BT != NO_LOSS).any(dim=0).int().argmax())
        positions_BT = (mask_BT.cumsum(dim=1) - 1).clamp(min=0)
        logits_BTV = model(
            input_ids=ids_BT, attention_mask=mask_BT, position_ids=positions_BT, logits_to_keep=width + 1
        ).logits
        wanted = want_BT[:, -width:] != NO_LOSS
        want_N = want_BT[:, -width:][wanted]
        logits_NV = logits_BTV[:, -width - 1 : -1][wanted].float()  # each position tells the next token
        loss += functional.cross_entropy(logits_NV, want_N, reduction="sum").item()
        right += int((logits_NV.argmax(dim=-1) == want_N).sum())
        tokens += want_N.numel()
    return loss / tokens, right / tokens


def _last_answer(labels: list[int]) -> list[int]:
    """The labels with all but the last learned turn taken out."""
    last = max(at for at, one in enumerate(labels) if one != NO_LOSS)
    before = [at for at in range(last) if labels[at] == NO_LOSS]
    first = before[-1] + 1 if before else 0
    return [NO_LOSS] * first + labels[first:]


def _left_padded(
    rows: Sequence[list[int]], fill: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as a tensor, filled up on the left so that answers begin (or end) together; and its mask."""
    width = max(map(len, rows))
    ids_BT = torch.tensor([[fill] * (width - len(row)) + row for row in rows], device=device)
    mask_BT = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device)
    return ids_BT, mask_BT


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        yield rows[start : start + ROWS_AT_A_TIME]
