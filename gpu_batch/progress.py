"""What training says while it runs: progress for people, a line of numbers a step for curves.

`Watcher` is called by the trainer after every step. `metrics.jsonl` has one JSON object a line: step, loss
(nats per learned token), token_accuracy, preferred, margin, reward (each where the method has it),
learning_rate, grad_norm, seconds; a number that is not finite or was not measured is left out. It changes
nothing about the training.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from gpu_batch.console import Teller
from schemas.errors import Unavailable

UPLOAD_SECONDS: Final = 30.0  # between two uploads of the metrics, and between two lines in the log
# Our name → the trainers'; each method's measures what it can.
MEASURED: Final = {
    "loss": ("loss",),
    "token_accuracy": ("mean_token_accuracy",),
    "preferred": ("rewards/accuracies", "accuracy"),
    "margin": ("rewards/margins", "margin"),
    "reward": ("reward",),
    "learning_rate": ("learning_rate",),
    "grad_norm": ("grad_norm",),
}


class Watcher(TrainerCallback):
    """Tells progress, writes `path` line by line, and calls `upload` now and then while training."""

    def __init__(self, teller: Teller, path: Path, upload: Callable[[Path], object]) -> None:
        self._teller, self._path, self._upload = teller, path, upload
        self._begun = self._uploaded = time.monotonic()
        self.last: dict[str, float] = {}
        """The newest line of the metrics."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """An empty file, and the clock at zero."""
        self._path.write_text("")
        self._begun = self._uploaded = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """One step's numbers. The summary that the trainer logs at its end has no loss and is passed over."""
        if not logs or "loss" not in logs:
            return
        seconds = time.monotonic() - self._begun
        numbers = {
            ours: float(logs[name]) for ours, theirs in MEASURED.items() for name in theirs if name in logs
        }
        self.last = {ours: number for ours, number in numbers.items() if math.isfinite(number)}
        line = {"step": state.global_step, **self.last, "seconds": round(seconds, 3)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        left = seconds / state.global_step * (state.max_steps - state.global_step)
        loss, accuracy = self.last.get("loss"), self.last.get("token_accuracy")
        self._teller.step(state.global_step, state.max_steps, loss, accuracy, left)
        self._now_and_then(state, left)

    def finish(self) -> None:
        """Upload the metrics once more, whole. Raises Unavailable if that cannot be done."""
        self._upload(self._path)

    def _now_and_then(self, state: TrainerState, left: float) -> None:
        if time.monotonic() - self._uploaded < UPLOAD_SECONDS:
            return
        self._uploaded = time.monotonic()
        numbers = ", ".join(f"{name} {number:.4g}" for name, number in self.last.items())
        self._teller.say(
            f"  step {state.global_step} of {state.max_steps}: {numbers}; about {left:.0f} s left"
        )
        try:
            self._upload(self._path)
        except Unavailable as error:
            self._teller.say(f"(metrics could not be uploaded yet: {error})")
