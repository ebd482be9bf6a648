"""Room in a base for tokens that it has never seen: those that came with a chat template it had to be given.

    added = make_room(base, chat)      # before the adapter is made, and before one is loaded

Not a program. Which tokens these are is told by `gpu_batch.text`; their rows are learned by the adapter.
"""

from typing import Any

import torch
from torch import nn

from gpu_batch.text import ChatText
from schemas.errors import BadInput, Fault


@torch.no_grad()
def make_room(base: Any, chat: ChatText) -> list[int]:
    """Ids of the tokens that were added, each with rows in the base that begin as the mean of all others.

    Empty, and nothing changed, where none were added. Raises BadInput for a base that cannot grow.
    """
    found = (chat.tokenizer.token_to_id(text) for text in chat.added_tokens)
    added = [token for token in found if token is not None]
    if not added:
        return []
    rows = base.get_input_embeddings().weight.shape[0]
    if max(added) >= rows:
        _must_be_able_to_grow(base, rows, chat.name)
        base.resize_token_embeddings(max(added) + 1, mean_resizing=False)
    for layer in tables(base):
        layer.weight[added] = layer.weight[: min(added)].float().mean(dim=0).to(layer.weight.dtype)
    return added


def tables(base: Any) -> list[Any]:
    """The layers with a row a token: the embeddings, and the output head where it has weights of its own."""
    embeddings, head = base.get_input_embeddings(), base.get_output_embeddings()
    return [embeddings] if head is None or head.weight is embeddings.weight else [embeddings, head]


def _must_be_able_to_grow(base: Any, rows: int, name: str) -> None:
    others = [one for one in base.modules() if isinstance(one, nn.Embedding) and one.weight.shape[0] == rows]
    if len(others) > 1:  # as Gemma 3n and 4, which look a token up once more for their layers
        finding = "The base model has no chat template and no room for the tokens of one."
        step = "Choose a base_model that was made for chat (often named -it, -instruct or -chat)."
        raise BadInput(Fault(place=name, finding=finding, next_step=step))
