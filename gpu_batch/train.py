"""A training, by whatever method: measured before and after on rows that it never sees.

    python -m gpu_batch --run RUN --stage train --attempt 1

Every row is checked before the first step (`ready.py`); weights are saved before they are measured. An
attempt that starts anew gives the same losses: all that is random follows from the seed. What differs
between methods is in `methods/`. Not here: checkpoints to go on from.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from gpu_batch import evaluate, model, tracking
from gpu_batch.clock import Clock
from gpu_batch.console import Teller
from gpu_batch.evaluate import Measured
from gpu_batch.folders import upload_folder
from gpu_batch.keeping import Keeper
from gpu_batch.methods import reward
from gpu_batch.methods.arguments import trainable
from gpu_batch.progress import Watcher
from gpu_batch.ready import Ready, make_ready
from gpu_batch.text import complete
from gpu_batch.told import effective, in_words
from infra.ports import Cloud
from schemas import names
from schemas.orders import TrainOrder
from schemas.results import TrainResult


def train(order: TrainOrder, attempt: int, on: Cloud, scratch: Path) -> TrainResult:
    """Do what the order says; what was done. All files of the result are in the outbox when this returns.

    Raises BadInput before the first step for rows that cannot be trained on (up to twenty, each with its
    line), Unavailable if something outside does not answer. A repeat trains anew, under its own attempt.
    `scratch` is an empty folder; nothing in it is needed afterwards.
    """
    teller, clock = Teller(on, order.run_id, "train"), Clock(on, order, attempt)
    ready = make_ready(order, on, scratch, teller)
    with tracking.tracked(order, scratch) as run:
        ready_after = teller.seconds
        before = _measure("before", ready.base, ready)
        clock.measured = teller.seconds - ready_after
        metrics = names.metrics(order.run_id, "train", attempt)
        keeper = Keeper(ready, before.score)
        watcher = Watcher(
            teller,
            scratch / "metrics.jsonl",
            lambda path: on.store.upload(on.outbox, metrics, path),
            keeper,
            run,
        )
        trainer = _trainer(ready, [clock, keeper, watcher])
        trained = _fit(trainer, ready)
        kept_step = keeper.settle(trainer.model)
        for said in (clock.stopped_early, keeper.cut_short):
            if said:
                teller.say(f"  {said}")
        prefix = names.weights(order.run_id, "train", attempt, "model" if ready.own else "adapter")
        kept = _keep(trainer.model, ready, scratch / "weights", prefix)
        watcher.finish()
        after = _measure("after", kept, ready)
        tracking.track_scores(run, before.score, after.score)
    tracking.keep_offline_run(on, order, attempt, scratch)
    answers = evaluate.side_by_side(ready.held.asked, before, after) if after.answers else ()
    return TrainResult(
        run_id=order.run_id,
        attempt=attempt,
        adapter=None if ready.own else prefix,
        model=prefix if ready.own else None,
        before=before.score,
        after=after.score,
        answers=answers,
        # Of other methods, wanted answers are not what was trained.
        comparison=evaluate.compare(answers) if ready.desk.options.method == "sft" else None,
        preview=ready.previews,
        left_out=tuple(ready.held.left_out),
        effective=effective(ready, trainer) | keeper.told(),
        steps=trained.global_step,
        stopped_early=clock.stopped_early,
        cut_short=keeper.cut_short,
        kept_step=kept_step,
        checks=tuple(keeper.checks),
        glimpses=tuple(keeper.glimpses),
        train_loss=trained.training_loss if math.isfinite(trained.training_loss) else None,
        seconds=round(teller.seconds, 3),
    )


# ---------------------------------------------------------------- training


def _trainer(ready: Ready, watchers: Sequence[TrainerCallback]) -> Any:
    desk, lora = ready.desk, None
    if not ready.own:
        task = "SEQ_CLS" if desk.options.method == "reward" else "CAUSAL_LM"
        lora = model.lora_config(desk.options, ready.base, desk.order.base, ready.added, task)
    return ready.method.trainer(desk, ready.base, ready.rows, lora, watchers)


def _fit(trainer: Any, ready: Ready) -> Any:
    """Train; TRL's own summary."""
    teller = ready.desk.teller
    teller.phase("training", f"{ready.rows.count} rows, {trainable(trainer.model):,} trainable parameters")
    trained = trainer.train()
    teller.say(f"  {trained.global_step} steps, mean loss {trained.training_loss:.4f}")
    return trained


def _keep(trained: Any, ready: Ready, folder: Path, prefix: str) -> Any:
    """Send the weights to the outbox, before anything else can fail; the model to be measured.

    A whole model is rounded to the base's own precision, saved, and loaded anew: what is measured is what is
    kept, in the precision that it is going to be used in.
    """
    desk = ready.desk
    desk.teller.phase("saving the model" if ready.own else "saving the adapter", prefix)
    if ready.own:
        trained.config = ready.config
        save = reward.save if desk.options.method == "reward" else model.save_whole
        save(trained.to(ready.own), desk.folder, folder)
        complete(desk.chat, folder)
    else:
        trained.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)  # a form that says nothing until a person fills it in
    desk.teller.say(f"  {upload_folder(desk.on, folder, prefix) / 1e6:.1f} MB")
    if ready.own:
        return ready.method.load(desk._replace(folder=folder), model.working_dtype(desk.device))
    return trained


# ---------------------------------------------------------------- what is told


def _measure(when: str, now: Any, ready: Ready) -> Measured:
    rows = len(ready.held.rows or ready.held.asked)
    ready.desk.teller.phase(f"asking the held-out rows {when}", f"{rows} rows")
    measured = ready.method.measure(ready.desk, now, ready.held)
    ready.desk.teller.say(f"  {in_words(measured.score)}")
    return measured
