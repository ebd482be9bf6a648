"""What a training tells of itself: its scores as a line of the log, and what was chosen on the machine.

Not a program.
"""

from typing import Any

import torch

from gpu_batch import model
from gpu_batch.methods.arguments import trainable
from gpu_batch.ready import Ready
from schemas.methods import Method
from schemas.scores import Score


def in_words(score: Score | None) -> str:
    """A score as a line of the log."""
    if score is None:
        return "no held-out rows, so nothing is measured"
    told = {
        "answers exactly right": score.exact_match,
        "loss": score.loss,
        "token accuracy": score.token_accuracy,
        "pairs with the better answer in front": score.preferred,
        "margin": score.margin,
        "reward": score.reward,
    }
    return ", ".join(f"{name} {value:.3f}" for name, value in told.items() if value is not None)


def effective(ready: Ready, trainer: Any) -> dict[str, str]:
    """What was chosen on the machine, and how many rows were left out of measuring."""
    desk, args = ready.desk, trainer.args
    options, on_gpu = desk.options, desk.device.type == "cuda"
    kept = f", kept as {_plain(ready.own)}" if ready.own else ""
    told = {
        "method": str(options.method),
        **desk.engine.told(),
        "device": torch.cuda.get_device_name() if on_gpu else "CPU",
        "dtype": _plain(ready.dtype) + kept,
        "threads": f"{torch.get_num_threads()} of {model.cores()} cores",
        "max_length": str(options.max_length or max(ready.rows.lengths) // _texts(options.method)),
        "batch_size": str(args.per_device_train_batch_size),
        "gradient_accumulation": str(args.gradient_accumulation_steps),
        "trainable parameters": str(trainable(trainer.model)),
        "steps": str(trainer.state.global_step),
    }
    if on_gpu:
        told["peak memory"] = f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB"
    chosen = ("learning_rate", "epochs", "lora_rank", "lora_alpha", "warmup_steps", "scheduler", "packing")
    for name in chosen:
        given, value = f"training.{name}" in desk.order.settings.sources, getattr(options, name)
        if not given and value is not None and not (ready.own and name.startswith("lora_")):
            told[name] = f"{value:g}" if isinstance(value, float) else str(value)
    if "warmup_steps" in told:  # a share of few steps is rounded down
        told["warmup_steps"] = f"{args.warmup_steps:g}"
    if desk.chat.added_template:
        new = f" with {len(desk.chat.added_tokens)} new tokens" if desk.chat.added_tokens else ""
        told["chat template"] = f"ChatML{new}, since the base has none"
    if ready.held.left_out:
        told["held-out rows left out"] = f"{len(ready.held.left_out)}; result.json names each"
    if desk.order.settings.recipe.wandb_project:
        told["wandb run"] = desk.order.run_id
    return told


def _texts(method: Method | None) -> int:
    """How many texts a row has in a batch: both answers; or an answer behind two prompts."""
    return 2 if method in ("dpo", "orpo", "kto", "reward") else 1


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
