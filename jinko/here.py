"""This folder's ground, opened for the command; what stands in the way is told as the person's to mend.

Not here: which folder that is (`infra.settings`), making what is in it (`infra.local.ground`).
"""

from pathlib import Path

from infra import ground, settings
from infra.local.ground import LocalGround
from schemas.errors import BadInput, Fault, Unavailable


def opened() -> LocalGround:
    """The ground of the folder where the command was typed (JINKO_HOME, if set). Raises BadInput."""
    chosen = settings.read()
    try:
        return ground.local(chosen)
    except OSError as error:
        raise _no_home(chosen.home, error.strerror or str(error)) from error
    except Unavailable as error:
        if "locked" in str(error):  # somebody writes for very long: that passes
            raise
        raise _no_home(chosen.home, str(error.__cause__)) from error


def _no_home(home: Path, reason: str) -> BadInput:
    finding = f"Jinko cannot keep its files in this folder: {reason}."
    step = "Go to a folder that you may write to, or name one: JINKO_HOME=/a/folder jinko …"
    return BadInput(Fault(place=str(home), finding=finding, next_step=step))
