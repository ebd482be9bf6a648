"""How well the base does what it was taught: exact match of its greedy answers on new chats.

Not a program: `__main__` calls it after training. It says nothing about any task beyond the kinds of `chats`.
"""

from collections import defaultdict
from collections.abc import Sequence

import torch
from transformers import Gemma3ForCausalLM, PreTrainedTokenizerFast

from examples.make_tiny_gemma3.chats import Chat
from examples.make_tiny_gemma3.tokenizer import prompt_ids

BATCH = 50  # chats answered at once


@torch.no_grad()
def greedy_answers(
    model: Gemma3ForCausalLM, tokenizer: PreTrainedTokenizerFast, users: Sequence[str]
) -> list[str]:
    """The model's most likely answer to each user message."""
    prompts = tokenizer.pad(
        {"input_ids": [prompt_ids(tokenizer, user) for user in users]},
        padding_side="left",
        return_tensors="pt",
    )
    written = model.generate(**prompts, do_sample=False)  # type: ignore[misc]  # its stub asks for a protocol
    answers = written[:, prompts["input_ids"].shape[1] :]
    return [str(tokenizer.decode(row, skip_special_tokens=True)) for row in answers]


def exact_by_kind(
    model: Gemma3ForCausalLM, tokenizer: PreTrainedTokenizerFast, chats: Sequence[Chat]
) -> dict[str, str]:
    """For each kind of chat, how many answers are right to the letter, as `right/all`."""
    right: dict[str, list[bool]] = defaultdict(list)
    for start in range(0, len(chats), BATCH):
        part = chats[start : start + BATCH]
        answers = greedy_answers(model, tokenizer, [chat.user for chat in part])
        for chat, answer in zip(part, answers, strict=True):
            right[chat.kind].append(answer == chat.answer)
    return {kind: f"{sum(hits)}/{len(hits)}" for kind, hits in sorted(right.items())}
