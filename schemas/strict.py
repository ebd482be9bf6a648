"""What every part of a recipe (`Strict`) and every order and result (`Paper`) is: frozen, strict about keys.

As all models here, they are built when they are first used (`defer_build`): a function that starts uses few.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict

MAX_SEED: Final = 2**32 - 1  # what numpy takes


class Strict(BaseModel):
    # No setting may be infinite or no number at all: YAML can write both.
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False, defer_build=True
    )


class Paper(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
