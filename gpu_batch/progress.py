"""What training says while it runs: progress for people, a line of numbers a step for curves.

`Watcher` is called by the trainer after every step. `metrics.jsonl` has one JSON object a line: step, loss
(nats per learned token), token_accuracy, preferred, margin, reward (each where the method has it),
learning_rate, grad_norm, tokens_per_second (of the last steps), held_out_loss, held_out_margin or
held_out_reward (where it was measured at this step), seconds; a number that is not finite or was not measured
is left out. It changes nothing about the training.
"""

import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from gpu_batch.console import Teller
from gpu_batch.keeping import Keeper
from gpu_batch.tracking import track_step
from schemas.errors import Unavailable

if TYPE_CHECKING:
    from wandb import Run

RATE_STEPS: Final = 20  # over which tokens a second are told
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
    """Tells progress, writes `path` line by line, and calls `upload` now and then while training.

    It tells what the `keeper` measured as well, and so stands behind it.
    """

    def __init__(
        self,
        teller: Teller,
        path: Path,
        upload: Callable[[Path], object],
        keeper: Keeper,
        run: "Run | None" = None,
    ) -> None:
        self._teller, self._path, self._upload, self._keeper, self._run = teller, path, upload, keeper, run
        self._begun = self._uploaded = time.monotonic()
        self._tokens: deque[tuple[float, float]] = deque(maxlen=RATE_STEPS)  # (seconds of learning, tokens)
        self.last: dict[str, float] = {}
        """The newest line of the metrics."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """An empty file, and the clock at zero."""
        self._path.write_text("")
        self._begun = self._uploaded = time.monotonic()
        self._tokens.append((self._keeper.seconds, 0.0))

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
        numbers |= self._beside(state.global_step, logs, seconds)
        self.last = {ours: number for ours, number in numbers.items() if math.isfinite(number)}
        line = {"step": state.global_step, **self.last, "seconds": round(seconds, 3)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        track_step(self._run, state.global_step, self.last)
        left = seconds / state.global_step * (state.max_steps - state.global_step)
        keeper = self._keeper
        self._teller.step(
            state.global_step,
            state.max_steps,
            left,
            **{name: self.last.get(name) for name in ("loss", "token_accuracy", "tokens_per_second")},
            check=keeper.checks[-1] if keeper.checks else None,
            best=keeper.best,
            glimpses=keeper.last_glimpses,
        )
        self._now_and_then(state, left)

    def _beside(self, step: int, logs: Mapping[str, Any], seconds: float) -> dict[str, float]:
        """What others counted: TRL the tokens, the keeper how good the model is by now."""
        found: dict[str, float] = {}
        if "num_tokens" in logs:
            self._tokens.append((seconds - self._keeper.seconds, float(logs["num_tokens"])))
            (start, before), (end, now) = self._tokens[0], self._tokens[-1]
            if end > start:
                found["tokens_per_second"] = round((now - before) / (end - start), 1)
        check = self._keeper.at(step)
        if check is not None and check.value is not None:
            found[f"held_out_{check.figure}"] = check.value
        return found

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
