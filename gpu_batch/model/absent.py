"""Which Python library a model wants that is not installed here, out of what transformers raises.

Not a program.
"""

import re
from typing import Final

from schemas.errors import BadInput, Fault

NAMED: Final = re.compile(r"requires the (\S+) library")
LATER: Final = "Train on a machine with a GPU, whose container has it, or choose another base_model."


def cannot_load(place: str, what: str, error: Exception) -> BadInput:
    """The refusal of a model part (`what`: "The base model") that could not be loaded, in words."""
    library = _library(error)
    if library:
        finding = f"{what} needs the Python library {library}, which is not installed here."
        return BadInput(Fault(place=place, finding=finding, next_step=LATER))
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    finding = f"{what} cannot be loaded: {first}."
    return BadInput(Fault(place=place, finding=finding, next_step="Choose another base_model."))


def _library(error: BaseException | None) -> str | None:
    while isinstance(error, Exception):
        found = NAMED.search(str(error))
        if found:
            return found[1].lower()
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name.partition(".")[0]
        error = error.__cause__
    return None
