"""Whether a training came apart, told by its own losses.

    losses = Losses(rows_a_step=8)
    finding = losses.add(step, loss)     # a sentence once it did, else None

Not a program. What then becomes of the training is `keeping.py`'s.
"""

import math
from collections import deque
from typing import Final

ROWS: Final = 40  # of a running mean: a few hard rows are no divergence
LEAST: Final = 5  # steps of it
TIMES: Final = 3.0
NATS: Final = 1.0  # of losses near 0, three times is nothing: it also has to be so much more


class Losses:
    """The losses of a training, step by step. `rises`: whether a rise means anything (grpo's does not).

    `before`: the same loss of held-out rows before training, so that a rise in the first steps is seen too.
    """

    def __init__(self, rows_a_step: float, rises: bool = True, before: float | None = None) -> None:
        self._steps = max(LEAST, math.ceil(ROWS / rows_a_step))
        self._rises = rises
        self._last: deque[float] = deque(maxlen=self._steps)
        self._before, self._best = before, math.inf

    def add(self, step: int, loss: float) -> str | None:
        """The next one. A sentence if it is no number, or if the last ones are on average more than three
        times what they were at best."""
        if not math.isfinite(loss):
            return f"After {step:,} steps the loss is no number any more: training came apart."
        if self._before is not None:  # a few rows may be easier than most: the worse of two
            self._best, self._before = max(self._before, loss), None
        self._last.append(loss)
        if not self._rises or len(self._last) < self._steps:
            return None
        self._best = min(self._best, sum(self._last) / self._steps)
        recent = list(self._last)[self._steps // 2 :]
        now = sum(recent) / len(recent)
        if not apart(now, self._best):
            return None
        return (
            f"After {step:,} steps the loss was {now:.3g}, more than three times the {self._best:.3g} "
            f"that it had been: training came apart."
        )


def apart(now: float, best: float) -> bool:
    """Whether a loss has become so much worse than it was that nothing is to be hoped for."""
    return best > 0 and now > TIMES * best and now - best > NATS
