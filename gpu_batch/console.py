"""Telling people how far a job is: a line a phase in the job's log, and the Progress record in the State.

    teller = Teller(on, order.run_id, "train")
    teller.phase("training", "160 steps of 16 rows")

Not a logger: it has no levels, and what goes wrong is not told here but in the result or by the front door.
"""

import time
from typing import Final

from infra import ledger
from infra.ports import Cloud
from schemas.errors import Unavailable
from schemas.names import Stage
from schemas.runs import Progress

TELL_SECONDS: Final = 2.0  # between two writes of the same phase


class Teller:
    """Tells one job's progress. `phase` always, `step` at most every `TELL_SECONDS`."""

    def __init__(self, on: Cloud, run_id: str, stage: Stage) -> None:
        self._on, self._run_id, self._stage = on, run_id, stage
        self._started = time.monotonic()
        self._told = float("-inf")
        self._phase = ""

    @property
    def seconds(self) -> float:
        """Since the job began."""
        return time.monotonic() - self._started

    def phase(self, phase: str, detail: str = "") -> None:
        """A new phase began: in the log with its detail, in the record by its name."""
        self.say(f"{phase}: {detail}" if detail else phase)
        self._phase = phase
        self._tell()

    def step(self, step: int, steps: int, seconds_left: float, **more: object) -> None:
        """A step of the present phase is done, with more of what `Progress` holds. Kept for the next one if
        the last was told just now."""
        if self.seconds - self._told < TELL_SECONDS and step < steps:
            return
        self._tell(step=step, steps=steps, seconds_left=seconds_left, **more)

    def say(self, words: str) -> None:
        """One line in the job's log, with the seconds since the job began."""
        print(f"{self.seconds:8.1f} s  {words}", flush=True)

    def _tell(self, **numbers: object) -> None:
        progress = Progress.model_validate(
            {"id": self._run_id, "stage": self._stage, "phase": self._phase, **numbers}
        )
        try:
            ledger.tell(self._on, progress)
        except Unavailable as error:
            self.say(f"(progress could not be told: {error})")  # the work goes on without it
        self._told = self.seconds
