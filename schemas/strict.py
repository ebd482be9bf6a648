"""What every part of a recipe (`Strict`) and every order and result (`Paper`) is: frozen, strict about keys.

As all models here, they are built when they are first used (`defer_build`): a function that starts uses few.
Sections of a recipe are made by `model_construct`, which builds no model for its defaults. Patterns are
Python's own: pydantic's other engine takes 0.003 seconds to compile each that knows Unicode's letters.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict

MAX_SEED: Final = 2**32 - 1  # what numpy takes
# The end of a pattern: Python's `$` alone would let a line's end follow.
END: Final = r"$(?!\n)"


class Strict(BaseModel):
    # No setting may be infinite or no number at all: YAML can write both.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        allow_inf_nan=False,
        defer_build=True,
        regex_engine="python-re",
    )


class Paper(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
