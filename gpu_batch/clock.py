"""The trainer's clock: it stops the steps in time, so that what was learned is saved, measured and paid for.

A run has as many seconds as its money buys (`schemas.orders.Plan`). Counted against them are those that
earlier attempts spent, those of this attempt since its job began (also before the scheduler began it once
more, on another machine), and the start of every attempt's machine. Not here: the scheduler's own limit,
which ends a job that does not stop.
"""

import math
import time
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from infra import ledger
from infra.ports import Cloud
from schemas.orders import TrainOrder
from schemas.runs import RunRecord


class Clock(TrainerCallback):
    """Stops the training when its time is over. Without a plan it never does.

    It starts when it is made. No step is begun that would, as long as the longest so far, end too late: what
    comes after the steps is measured once before them, and takes as long again.
    """

    def __init__(self, on: Cloud, order: TrainOrder, attempt: int) -> None:
        self._on, self._order, self._attempt = on, order, attempt
        self._begun = self._stepped = time.monotonic()
        self._longest = 0.0
        self._left = math.inf
        self.measured = 0.0
        """Seconds that measuring took before training."""
        self.stopped_early: str | None = None
        """The sentence for people, once it stopped the training."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """How much time is left is looked up now: by now the scheduler's word that the job runs was heard.

        Raises Unavailable where the State does not answer: nobody could tell what may be spent.
        """
        if self._order.plan is not None:
            run = ledger.find(self._on, RunRecord, self._order.run_id)
            self._left = self._order.plan.train_seconds - self._spent(run)
        self._begun = self._stepped = time.monotonic()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Stop, if another step would take too long."""
        now = time.monotonic()
        self._longest, self._stepped = max(self._longest, now - self._stepped), now
        if state.global_step >= state.max_steps:
            return
        if now - self._begun + self._longest + self.measured >= self._left:
            most = self._order.settings.recipe.max_cost_usd
            done, steps = f"{state.global_step:,}", f"{state.max_steps:,} steps"
            self.stopped_early = (
                f"Training stopped after {done} of {steps}: max_cost_usd {most:g} was used up."
            )
            control.should_training_stop = True

    def _spent(self, run: RunRecord | None) -> float:
        """Seconds that were paid for until this moment."""
        assert self._order.plan is not None
        here = time.monotonic() - self._begun
        if run is None:
            return self._order.plan.paid(here, self._attempt)
        if (
            run.attempt == self._attempt and run.state == "running"
        ):  # `submitted` would count the wait as well
            here = max(here, run.running_for())
        return self._order.plan.paid(run.spent + here, self._attempt)
