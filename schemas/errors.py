"""The two ways in which anything can fail, and the words a person reads when it does.

    JinkoError
    ├── BadInput      the person's: a retry would fail again, so it is recorded and acknowledged
    └── Unavailable   the cloud's: a retry may help, so the message is delivered again

Adapters translate foreign errors into one of these at their border. Nothing here decides about retries:
`functions.edge` does, and the job's front door (`gpu_batch.__main__`).
"""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

MAX_FAULTS: Final = 20  # gathered for a person to read; more is noise, the counts say the rest


class Fault(BaseModel):
    """One thing that is wrong, told as place, finding and next step.

    `place` names the file, line and column as far as they are known (`poems.csv:14`), `finding` what was
    seen there, `next_step` what to do. `count` is how many times the same finding was made; `place` is
    then the first, `also` the next few.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    place: str = Field(description="Where: file, line, column, setting.")
    finding: str = Field(description="What was found there.")
    next_step: str = Field(description="What to do about it.")
    count: int = Field(default=1, ge=1, description="How many times this was found.")
    also: tuple[str, ...] = Field(default=(), description="Further places of the same finding, a few.")

    def __str__(self) -> str:
        often = f" ({self.often})" if self.often else ""
        return f"{self.place}: {self.finding}{often} {self.next_step}"

    @property
    def often(self) -> str:
        """How often and where else, in words: `37 times; also in lines 7, 9 and 34 more`. Empty for once."""
        if self.count == 1:
            return ""
        if not self.also:
            return f"{self.count:,} times"
        shown = [place.rsplit(":", 1)[-1] for place in self.also[:5]]
        more = self.count - 1 - len(shown)
        where = f"{', '.join(shown)} and {more:,} more" if more else ", ".join(shown)
        return f"{self.count:,} times; also in line{'s' if self.count > 2 else ''} {where}"


class JinkoError(Exception):
    """The root of what Jinko raises on purpose; its first fork is "would a retry help?"."""


class BadInput(JinkoError):
    """What a person gave cannot be used. Never retried. `faults` says why, up to `MAX_FAULTS` at a time."""

    def __init__(self, faults: Fault | Sequence[Fault]) -> None:
        gathered = [faults] if isinstance(faults, Fault) else list(faults)
        self.faults: list[Fault] = gathered[:MAX_FAULTS]
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Unavailable(JinkoError):
    """Something outside did not answer as it should; trying again may help. The message is for a person."""
