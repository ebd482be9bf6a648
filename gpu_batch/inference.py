"""A model at work: what it answers, and how likely given tokens are to it.

    answers = answer(model, chat, prompts, max_new_tokens=64)
    found = likelihoods(model, chat.pad_id, rows)

Not a program. Batches are filled up on the left, so neither depends on what it is asked beside. Which rows,
and what is made of it, is the callers' business.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import torch
from torch.nn import functional
from transformers import GenerationConfig

from gpu_batch.text import NO_LOSS, ChatText, Labelled

ROWS_AT_A_TIME: Final = 16  # logits over a vocabulary of 262,144 cost 1 MB a token in float32

Seeing = Callable[[torch.Tensor, Sequence[int]], dict[str, torch.Tensor]]
"""What a model is given beside a batch's tokens, of the rows with these numbers: their images."""


class Likelihood(NamedTuple):
    """How likely a row's learned tokens are: their log-probabilities' sum, how many, first choices of
    them."""

    logp: float
    tokens: int
    right: int

    @property
    def mean(self) -> float:
        """Nats a token."""
        return self.logp / self.tokens


def answer(
    model: Any,
    chat: ChatText,
    prompts: Sequence[list[int]],
    max_new_tokens: int,
    see: Seeing | None = None,
    **drawing: Any,
) -> list[str]:
    """The model's answer to each prompt, without the token that ends it: greedy, unless `drawing` says how.

    `drawing` are settings of transformers' own GenerationConfig (do_sample, temperature, …).
    """
    made = answer_tokens(model, chat, prompts, max_new_tokens, see, **drawing)
    return [chat.decode(until_stop(ids, chat.stop_ids)) for ids in made]


@torch.no_grad()
def answer_tokens(
    model: Any,
    chat: ChatText,
    prompts: Sequence[list[int]],
    max_new_tokens: int,
    see: Seeing | None = None,
    **drawing: Any,
) -> list[list[int]]:
    """The same as tokens, with the one that ends an answer, unless it was cut."""
    settings = GenerationConfig(
        **{"do_sample": False, **drawing},
        max_new_tokens=max_new_tokens,
        eos_token_id=sorted(chat.stop_ids),
        pad_token_id=chat.pad_id,
        use_cache=True,
    )
    answers: list[list[int]] = []
    for which in _batches(len(prompts)):
        ids_BT, mask_BT = _left_padded([prompts[one] for one in which], chat.pad_id, model.device)
        extra = see(ids_BT, which) if see else {}
        made_BT = model.generate(
            input_ids=ids_BT, attention_mask=mask_BT, generation_config=settings, **extra
        )
        for made_T in made_BT[:, ids_BT.shape[1] :].tolist():
            text = until_stop(made_T, chat.stop_ids)
            answers.append(made_T[: len(text) + 1])
    return answers


def until_stop(ids: Sequence[int], stops: frozenset[int]) -> list[int]:
    """The tokens before the first that ends an answer."""
    end = next((at for at, token in enumerate(ids) if token in stops), len(ids))
    return list(ids[:end])


@torch.no_grad()
def likelihoods(
    model: Any, pad_id: int, rows: Sequence[Labelled], see: Seeing | None = None
) -> list[Likelihood]:
    """How likely each row's labelled tokens are to the model, after what stands before them."""
    found: list[Likelihood] = []
    for which in _batches(len(rows)):
        batch = [rows[one] for one in which]
        ids_BT, mask_BT = _left_padded([row.input_ids for row in batch], pad_id, model.device)
        want_BT = _left_padded([row.labels for row in batch], NO_LOSS, model.device)[0]
        # Only the columns from the first wanted token on: logits of a whole prompt would fill a GPU.
        width = min(
            ids_BT.shape[1] - int((want_BT != NO_LOSS).any(dim=0).int().argmax()), ids_BT.shape[1] - 1
        )
        positions_BT = (mask_BT.cumsum(dim=1) - 1).clamp(min=0)
        extra = see(ids_BT, which) if see else {"position_ids": positions_BT}
        logits_BTV = model(input_ids=ids_BT, attention_mask=mask_BT, logits_to_keep=width + 1, **extra).logits
        want_BT = want_BT[:, -width:]
        wanted_BT = want_BT != NO_LOSS
        want_N = want_BT[wanted_BT]
        logits_NV = logits_BTV[:, -width - 1 : -1][wanted_BT].float()  # each position tells the next token
        logps_BT, right_BT = torch.zeros_like(want_BT, dtype=torch.float), torch.zeros_like(want_BT)
        logps_BT[wanted_BT] = -functional.cross_entropy(logits_NV, want_N, reduction="none")
        right_BT[wanted_BT] = (logits_NV.argmax(dim=-1) == want_N).long()
        sums = (logps_BT.sum(-1), wanted_BT.sum(-1), right_BT.sum(-1))
        found += [Likelihood(*one) for one in zip(*(each.tolist() for each in sums), strict=True)]
    return found


def _left_padded(
    rows: Sequence[list[int]], fill: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as a tensor, filled up on the left so that answers begin (or end) together; and its mask."""
    width = max(map(len, rows))
    ids_BT = torch.tensor([[fill] * (width - len(row)) + row for row in rows], device=device)
    mask_BT = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device)
    return ids_BT, mask_BT


def _batches(rows: int) -> Iterator[range]:
    for start in range(0, rows, ROWS_AT_A_TIME):
        yield range(start, min(start + ROWS_AT_A_TIME, rows))
