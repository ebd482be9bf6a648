"""Supervised fine-tuning with TRL, of a LoRA adapter or of the whole model, measured before and after.

    python -m gpu_batch --run RUN --stage train --attempt 1

Every row is labelled and checked before the first step; the weights are saved before they are measured. An
attempt that starts anew gives the same losses: all that is random follows from the seed. Not here: packing,
checkpoints to go on from.
"""

import copy
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from transformers import PretrainedConfig, PreTrainedModel, TrainerCallback

from gpu_batch import evaluate, model, sft, tracking
from gpu_batch.base import fetch
from gpu_batch.clock import Clock
from gpu_batch.console import Teller
from gpu_batch.data import read_samples
from gpu_batch.evaluate import Asked, Measured
from gpu_batch.folders import upload_folder
from gpu_batch.progress import Watcher
from gpu_batch.text import ChatText, Labelled, label
from infra.ports import Cloud
from schemas import names
from schemas.errors import MAX_FAULTS, BadInput, Fault
from schemas.orders import TrainOrder
from schemas.results import Score, TrainResult
from schemas.samples import Conversation

LOWER: Final = "Lower training.learning_rate, or look for broken rows."


class Ready(NamedTuple):
    """Everything that training needs, in memory and checked.

    `config` is as the base has it: the trainer writes into the one that the model holds. `dtype` is what is
    trained in, `own` the precision that a whole model is kept in; None where an adapter is trained.
    """

    device: torch.device
    folder: Path
    chat: ChatText
    base: PreTrainedModel
    config: PretrainedConfig
    dtype: torch.dtype
    own: torch.dtype | None
    rows: list[Labelled]
    asked: list[Asked]
    left_out: list[Fault]


def train(order: TrainOrder, attempt: int, on: Cloud, scratch: Path) -> TrainResult:
    """Do what the order says; what was done. All files of the result are in the outbox when this returns.

    Raises BadInput before the first step for rows that cannot be trained on (up to twenty, each with its
    line), Unavailable if something outside does not answer. A repeat trains anew, under its own attempt.
    `scratch` is an empty folder; nothing in it is needed afterwards.
    """
    teller, clock = Teller(on, order.run_id, "train"), Clock(on, order, attempt)
    ready = _make_ready(order, on, scratch, teller)
    with tracking.tracked(order, scratch) as run:
        ready_after = teller.seconds
        before = _measure("before", ready.base, ready, order, teller)
        clock.measured = teller.seconds - ready_after
        metrics = names.metrics(order.run_id, "train", attempt)
        watcher = Watcher(
            teller,
            scratch / "metrics.jsonl",
            lambda path: on.store.upload(on.outbox, metrics, path),
        )
        trainer = _trainer(order, ready, scratch, [watcher, clock])
        trained = _fit(trainer, ready, teller)
        if clock.stopped_early:
            teller.say(f"  {clock.stopped_early}")
        prefix = names.weights(order.run_id, "train", attempt, "model" if ready.own else "adapter")
        kept = _keep(trainer.model, ready, scratch / "weights", on, prefix, teller)
        watcher.finish()
        after = _measure("after", kept, ready, order, teller)
        tracking.track_scores(run, before.score, after.score)
    tracking.keep_offline_run(on, order, attempt, scratch)
    return TrainResult(
        run_id=order.run_id,
        attempt=attempt,
        adapter=None if ready.own else prefix,
        model=prefix if ready.own else None,
        before=before.score,
        after=after.score,
        answers=evaluate.side_by_side(ready.chat, ready.asked, before.answers, after.answers),
        left_out=tuple(ready.left_out),
        effective=_effective(order, ready, trainer),
        steps=trained.global_step,
        stopped_early=clock.stopped_early,
        train_loss=trained.training_loss,
        seconds=round(teller.seconds, 3),
    )


# ---------------------------------------------------------------- before the first step


def _make_ready(order: TrainOrder, on: Cloud, scratch: Path, teller: Teller) -> Ready:
    device = model.settle()
    teller.phase("fetching the base model", order.base.name)
    folder = fetch(order.base)
    chat = ChatText.from_folder(folder, order.base.name)
    whole = order.settings.recipe.training.finetuning == "full"
    own = model.own_dtype(folder) if whole else None
    # In bfloat16 a step of 2e-5 would be lost in the rounding; beside LoRA the base stays as it is.
    dtype = torch.float32 if whole else model.working_dtype(device)
    base = model.load_model(folder, dtype, device)
    limit = _row_limit(order, base)
    source = order.dataset.source
    teller.phase("reading the rows", f"{order.dataset.counts.train} of {source} to train on")
    rows = label_all(chat, read_samples(on, order.dataset.train, scratch), limit, source)
    held_out = read_samples(on, order.dataset.test, scratch, at_most=order.evaluation.rows)
    asked, left_out = evaluate.choose(chat, held_out, limit, source)
    for fault in left_out:
        teller.say(f"  left out of measuring: {fault}")
    return Ready(device, folder, chat, base, copy.deepcopy(base.config), dtype, own, rows, asked, left_out)


def _row_limit(order: TrainOrder, base: PreTrainedModel) -> int | None:
    """The longest row in tokens: what the recipe allows, and what the model can read at once."""
    limits = (order.settings.recipe.training.max_length, model.context_length(base))
    return min((limit for limit in limits if limit is not None), default=None)


def label_all(
    chat: ChatText, samples: Sequence[Conversation], limit: int | None, source: str
) -> list[Labelled]:
    """All rows, labelled. Raises BadInput with the first twenty rows that cannot be; none is left out."""
    rows: list[Labelled] = []
    faults: list[Fault] = []
    for sample in samples:
        try:
            rows.append(label(chat, sample, limit, source=source))
        except BadInput as error:
            faults += error.faults
        if len(faults) >= MAX_FAULTS:
            break
    if not faults and not rows:
        finding = "There are no rows to train on."
        faults.append(Fault(place=source, finding=finding, next_step="Drop a file with more rows."))
    if faults:
        raise BadInput(faults)
    return rows


# ---------------------------------------------------------------- training


def _trainer(order: TrainOrder, ready: Ready, scratch: Path, watchers: Sequence[TrainerCallback]) -> Any:
    recipe = order.settings.recipe
    longest = max(len(row.input_ids) for row in ready.rows)
    report_to = ["wandb"] if recipe.wandb_project else []
    config = sft.sft_config(recipe.training, longest, ready.device, scratch, report_to, order.drop_name)
    lora = None if ready.own else sft.lora_config(recipe.training, ready.base, order.base)
    name = order.base.location if order.base.where == "hub" else order.base.name
    return sft.make_trainer(ready.base, ready.folder, ready.rows, config, lora, name, watchers)


def _fit(trainer: Any, ready: Ready, teller: Teller) -> Any:
    """Train; TRL's own summary. Raises BadInput if the loss stopped being a number."""
    parameters = sft.trainable_parameters(trainer.model)
    teller.phase("training", f"{len(ready.rows)} rows, {parameters:,} trainable parameters")
    trained = trainer.train()
    if not math.isfinite(trained.training_loss):
        finding = f"After {trained.global_step} steps the loss is no number any more: training came apart."
        raise BadInput(Fault(place="training.learning_rate", finding=finding, next_step=LOWER))
    teller.say(f"  {trained.global_step} steps, mean loss {trained.training_loss:.4f}")
    return trained


def _keep(trained: Any, ready: Ready, folder: Path, on: Cloud, prefix: str, teller: Teller) -> Any:
    """Send the weights to the outbox, before anything else can fail; the model to be measured.

    A whole model is rounded to the base's own precision, saved, and loaded anew: what is measured is what is
    kept, in the precision that it is going to be used in.
    """
    teller.phase("saving the model" if ready.own else "saving the adapter", prefix)
    if ready.own:
        trained.config = ready.config
        model.save_whole(trained.to(ready.own), ready.folder, folder)
    else:
        trained.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)  # a form that says nothing until a person fills it in
    teller.say(f"  {upload_folder(on, folder, prefix) / 1e6:.1f} MB")
    if ready.own:
        return model.load_model(folder, model.working_dtype(ready.device), ready.device)
    return trained


# ---------------------------------------------------------------- what is told


def _measure(when: str, now: Any, ready: Ready, order: TrainOrder, teller: Teller) -> Measured:
    teller.phase(f"asking the held-out rows {when}", f"{len(ready.asked)} rows")
    measured = evaluate.measure(now, ready.chat, ready.asked, order.evaluation.max_new_tokens)
    teller.say(f"  {_in_words(measured.score)}")
    return measured


def _in_words(score: Score | None) -> str:
    if score is None:
        return "no held-out rows, so nothing is measured"
    right = round((score.exact_match or 0) * score.rows)
    return (
        f"{right} of {score.rows} answers exactly right, loss {score.loss:.3f}, "
        f"token accuracy {score.token_accuracy:.3f}"
    )


def _effective(order: TrainOrder, ready: Ready, trainer: Any) -> dict[str, str]:
    """What was chosen on the machine, and how many rows were left out of measuring."""
    kept = f", kept as {_plain(ready.own)}" if ready.own else ""
    told = {
        "device": torch.cuda.get_device_name() if ready.device.type == "cuda" else "CPU",
        "dtype": _plain(ready.dtype) + kept,
        "threads": f"{torch.get_num_threads()} of {model.cores()} cores",
        "max_length": str(trainer.args.max_length),
        "trainable parameters": str(sft.trainable_parameters(trainer.model)),
        "steps": str(trainer.state.global_step),
    }
    for setting, value, _ in order.settings.table():
        if setting == "training.learning_rate" and setting not in order.settings.sources:
            told["learning_rate"] = value  # nobody gave one
    if ready.left_out:
        told["held-out rows left out"] = f"{len(ready.left_out)}; result.json names each"
    if order.settings.recipe.wandb_project:
        told["wandb run"] = order.run_id
    return told


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
