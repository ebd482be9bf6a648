"""The best step of a training is kept, and a training that only gets worse, or came apart, is stopped.

    keeper = Keeper(ready, before, run)
    trainer = …callbacks=[clock, keeper, watcher]
    trainer.train()
    keeper.settle(trainer.model)        # the best weights are in it now

Now and then, at steps that follow from the order alone, the held-out rows are measured, and a few are
answered for people to read. It takes nothing random, so what is learned is the same with it. Not a program.
"""

import math
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from gpu_batch import inference
from gpu_batch.best import Best
from gpu_batch.losses import Losses, apart
from gpu_batch.methods import sft
from gpu_batch.ready import Ready
from gpu_batch.sight import images_of
from schemas.errors import BadInput, Fault
from schemas.methods import Method
from schemas.scores import FIGURES, Check, Figure, Glimpse, Score

MOST: Final = 10  # measurings
SHARE: Final = 0.05  # of a training's time, at most, for measuring
LEARNING: Final = 3  # times what reading a row takes: there, back, and the weights
GLIMPSES: Final = 3  # rows that are answered on the way, at every second measuring
GLIMPSE_TOKENS: Final = 64
SHOWN: Final = 400  # characters of a text in a glimpse
LOWER: Final = "Lower training.learning_rate, or look for broken rows."

# Of dpo the loss of the better answers is no measure: it may well rise while the preference is learned.
BY: Final[Mapping[Method, Figure]] = {
    "sft": "loss",
    "pretrain": "loss",
    "dpo": "margin",
    "orpo": "loss",
    "kto": "margin",
    "grpo": "reward",
    "reward": "loss",
}


class Every(NamedTuple):
    """How much there is to do: steps, rows that each learns from, rows that one measuring reads."""

    steps: int
    rows_a_step: float
    measured: int
    method: Method

    @property
    def steps_between(self) -> int:
        """Steps between two measurings; 0 for none, where two would take too much of the training's time."""
        if not self.measured or self.steps < 2:
            return 0
        dear = 1 if self.method == "grpo" else LEARNING  # there, drawing answers is most of the work
        often = min(MOST, int(SHARE * self.steps * self.rows_a_step * dear / self.measured))
        return math.ceil(self.steps / often) if often >= 2 else 0


class Keeper(TrainerCallback):
    """Measures on the way, keeps the best, stops early. It stands behind whatever else stops training."""

    def __init__(self, ready: Ready, before: Score | None) -> None:
        method = ready.desk.options.method
        assert method is not None
        self._ready, self._method = ready, method
        self._figure = BY[method]
        self._before = _value(before, self._figure)
        self._best = Best(ready.own, ready.desk.scratch / "best.safetensors")
        self._losses: Losses | None = None
        self._between, self._steps, self._step, self._worse = 0, 0, 0, 0
        self.seconds = 0.0
        """Spent on measuring."""
        self.checks: list[Check] = []
        self.best: Check | None = None
        self.glimpses: list[Glimpse] = []
        self.cut_short: str | None = None
        """The sentence for people, once it stopped the training."""
        self._apart: str | None = None

    # ------------------------------------------------------------ what the trainer calls

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """How often to measure follows from how much there is to do."""
        rows, held = self._ready.rows, self._ready.held
        batch = args.per_device_train_batch_size * args.gradient_accumulation_steps
        rows_a_step = batch * rows.count / len(rows.lengths)  # of packs, the rows in them
        before = self._before if self._method in ("sft", "pretrain") else None  # others train another loss
        self._losses = Losses(rows_a_step, self._method != "grpo", before)
        work = Every(state.max_steps, rows_a_step, len(held.rows or held.asked), self._method)
        self._steps = state.max_steps
        self._between = 0 if self._before is None else work.steps_between

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_: Any,
    ) -> None:
        """Measure, where it is time; and where training ends, if it was measured before."""
        step = self._step = state.global_step
        ends = control.should_training_stop or step >= state.max_steps
        if self._between and (step % self._between == 0 or (ends and self.checks)):
            begun = time.monotonic()
            learning = model.training
            self._look(model, step, ends, control)
            model.train(learning)
            self.seconds += time.monotonic() - begun

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """A step's loss: stop if it says that training came apart."""
        if logs and "loss" in logs and self._losses and self._apart is None:
            self._apart = self._losses.add(state.global_step, float(logs["loss"]))
            control.should_training_stop |= self._apart is not None

    # ------------------------------------------------------------ what is made of it

    def settle(self, trained: Any) -> int | None:
        """Put the best weights back; their step, if it is not the last one.

        Raises BadInput if training came apart before anything was better than the base.
        """
        best = self.best
        if self._apart and (best is None or not _better(best.value, self._before, self._figure)):
            place = "training.learning_rate"
            raise BadInput(Fault(place=place, finding=self._apart, next_step=LOWER))
        if best is None:
            return None
        if self._apart:
            self.cut_short = f"{self._apart} What it had learned by step {best.step:,} is kept. {LOWER}"
        if best.step == self._step:
            return None
        self._best.give_back(trained)
        return best.step

    def told(self) -> dict[str, str]:
        """Lines of the table of what was chosen on the machine."""
        if self.best is None:
            return {}
        return {
            "measured on the way": f"{len(self.checks)} times, every {self._between:,} steps",
            "kept": f"the best of {self._step:,} steps: {self.best.sentence}",
        }

    def at(self, step: int) -> Check | None:
        """What was measured at this very step."""
        return self.checks[-1] if self.checks and self.checks[-1].step == step else None

    @property
    def last_glimpses(self) -> list[Glimpse]:
        """The newest answer to each of the rows."""
        return [one for one in self.glimpses if one.step == self.glimpses[-1].step]

    def _look(self, model: Any, step: int, ends: bool, control: TrainerControl) -> None:
        desk, held = self._ready.desk, self._ready.held
        score = self._ready.method.measure(desk, model, held, answers=False).score
        check = Check(step=step, figure=self._figure, value=_value(score, self._figure))
        self.checks.append(check)
        if _better(check.value, self.best.value if self.best else None, self._figure):
            self.best, self._worse = check, 0
            if not ends:  # else it is the last one, which need not be put aside
                self._best.take(model)
        else:
            self._worse += 1
        desk.teller.say(f"  {check.sentence}")
        if len(self.checks) % 2 and not ends:
            self.glimpses += self._answers(model, step)
        if not ends:
            self._stop(check, control)

    def _stop(self, check: Check, control: TrainerControl) -> None:
        if self._figure == "loss" and check.value is not None and apart(check.value, self._before or 0.0):
            self._apart = (
                f"After {check.step:,} steps the loss on held-out rows was {check.value:.3g}, more than "
                f"three times the {self._before:.3g} before training: it came apart."
            )
        patience = self._ready.desk.options.early_stopping
        if not self._apart and patience and self._worse >= patience and self.best is not None:
            self.cut_short = (
                f"Training stopped after {check.step:,} of {self._steps:,} steps: the "
                f"{FIGURES[self._figure]} had been best at step {self.best.step:,}, which is kept."
            )
        control.should_training_stop |= bool(self._apart or self.cut_short)

    def _answers(self, model: Any, step: int) -> list[Glimpse]:
        desk, asked = self._ready.desk, self._ready.held.asked[:GLIMPSES]
        if not asked:
            return []
        most = min(GLIMPSE_TOKENS, desk.order.evaluation.max_new_tokens)
        images = [images_of(one.sample.messages, one.sample.images) for one in asked]
        see = sft.seeing(desk, images, model.dtype)
        given = inference.answer(model, desk.chat, [one.prompt for one in asked], most, see)
        return [
            Glimpse(
                step=step,
                question=one.sample.prompt[-1].content[:SHOWN],
                expected=one.sample.answer[:SHOWN],
                answer=text[:SHOWN],
                line=one.sample.line,
            )
            for one, text in zip(asked, given, strict=True)
        ]


def _value(score: Score | None, figure: Figure) -> float | None:
    value = getattr(score, figure) if score else None
    return value if value is not None and math.isfinite(value) else None


def _better(value: float | None, other: float | None, figure: Figure) -> bool:
    if value is None or other is None:
        return value is not None
    return value < other if figure == "loss" else value > other
