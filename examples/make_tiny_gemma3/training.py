"""Train the fresh model on the synthetic chats: next-token loss on the answers, Muon and AdamW, one pass.

Not a program: `__main__` calls it. It neither resumes nor uses a GPU; the whole takes minutes.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from transformers import Gemma3ForCausalLM

IGNORED = -100  # the label of a token that the loss leaves out
BLOCK = 50  # batches sorted by length together: little padding, and still about the curriculum's order
PROGRESS_EVERY = 50  # steps
FINAL_SHARE = 0.03  # of the peak learning rate, at the last step


@dataclass(frozen=True)
class Settings:
    """How to train: learning rates at their peak, batch in chats, warm-up in steps.

    Muon turns the matrices and halves the loss that AdamW alone reaches in as many steps; embeddings and
    norms stay with AdamW, as Muon is meant for hidden matrices only.
    """

    steps: int = 1500
    batch: int = 32
    muon_rate: float = 0.012
    adamw_rate: float = 3e-3
    warmup: int = 60
    copy_first: float = 0.2


@dataclass(frozen=True)
class Example:
    """Token ids of one whole chat, of which the first `prompt` are the question's."""

    ids: list[int]
    prompt: int


def batches_of_like_length(r: Random, examples: Sequence[Example], batch: int) -> list[list[Example]]:
    """All examples in batches of about equal length, in roughly the given order."""
    order: list[list[Example]] = []
    for start in range(0, len(examples), batch * BLOCK):
        block = sorted(examples[start : start + batch * BLOCK], key=lambda example: len(example.ids))
        batches = [block[i : i + batch] for i in range(0, len(block), batch)]
        r.shuffle(batches)
        order += batches
    return order


def _tensors(batch: Sequence[Example], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and labels, both (batch, longest); padded on the right, where causal attention never looks."""
    width = max(len(example.ids) for example in batch)
    ids = torch.full((len(batch), width), pad)
    labels = torch.full((len(batch), width), IGNORED)
    for row, example in enumerate(batch):
        whole = torch.tensor(example.ids)
        ids[row, : len(whole)] = whole
        labels[row, example.prompt : len(whole)] = whole[example.prompt :]
    return ids, labels


def _loss(model: Gemma3ForCausalLM, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of the answer tokens; to save time, only they go through the output layer."""
    hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    counted = wanted != IGNORED
    return torch.nn.functional.cross_entropy(model.lm_head(hidden[counted]), wanted[counted])


def _optimizers(model: Gemma3ForCausalLM, settings: Settings) -> list[torch.optim.Optimizer]:
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        hidden_matrix = parameter.ndim == 2 and "embed" not in name
        (matrices if hidden_matrix else others).append(parameter)
    return [
        torch.optim.Muon(matrices, lr=settings.muon_rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=settings.adamw_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate_at(step: int, steps: int, warmup: int) -> float:
    """Share of the peak rate at `step` (from 0): a linear warm-up under a cosine down to `FINAL_SHARE`."""
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    return min(1.0, (step + 1) / warmup) * (FINAL_SHARE + (1 - FINAL_SHARE) * cosine)


def train(
    model: Gemma3ForCausalLM, order: Sequence[Sequence[Example]], settings: Settings, pad: int
) -> float:
    """Train `model` in place on the batches of `order`, filled up with the id `pad`.

    Prints progress, and returns the running mean of the loss.
    """
    started = time.process_time()
    optimizers = _optimizers(model, settings)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(o, lambda step: rate_at(step, len(order), settings.warmup))
        for o in optimizers
    ]
    mean = math.nan
    model.train()
    for step, batch in enumerate(order, start=1):
        loss = _loss(model, *_tensors(batch, pad))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
        mean = loss.item() if math.isnan(mean) else 0.97 * mean + 0.03 * loss.item()
        if step % PROGRESS_EVERY == 0:
            print(
                f"step {step}/{len(order)}  loss {mean:.3f}  {time.process_time() - started:.0f} CPU-s",
                flush=True,
            )
    model.eval()  # type: ignore[no-untyped-call]
    return mean
