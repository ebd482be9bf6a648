"""Whether a training came apart, told by its own losses.

    losses = Losses()
    finding = losses.add(step, loss)     # a sentence once it did, else None

Not a program. What then becomes of the training is `keeping.py`'s.
"""

import math
from collections import deque
from typing import Final

WINDOW: Final = 10  # steps of a running mean: a single hard row is no divergence
TIMES: Final = 3.0
NATS: Final = 1.0  # of losses near 0, three times is nothing: it also has to be so much more


class Losses:
    """The losses of a training, step by step. `rises`: whether a rise means anything (grpo's does not)."""

    def __init__(self, rises: bool = True) -> None:
        self._rises = rises
        self._last: deque[float] = deque(maxlen=WINDOW)
        self._best = math.inf

    def add(self, step: int, loss: float) -> str | None:
        """The next one. A sentence if it is no number, or if the mean of the last ten is more than three
        times the least that it ever was."""
        if not math.isfinite(loss):
            return f"After {step:,} steps the loss is no number any more: training came apart."
        self._last.append(loss)
        if not self._rises or len(self._last) < WINDOW:
            return None
        mean = sum(self._last) / WINDOW
        self._best = min(self._best, mean)
        if not apart(mean, self._best):
            return None
        return (
            f"After {step:,} steps the loss was {mean:.3g}, more than three times the {self._best:.3g} that "
            f"it had been: training came apart."
        )


def apart(now: float, best: float) -> bool:
    """Whether a loss has become so much worse than it was that nothing is to be hoped for."""
    return best > 0 and now > TIMES * best and now - best > NATS
