"""Where Jinko runs, read from the environment: the one reader of os.environ.

| variable | what it says | default |
| --- | --- | --- |
| JINKO_GROUND | `local` (this machine) | local |
| JINKO_HOME | the local ground's folder | `.jinko` in the working folder |
| JINKO_MODELS | the folder of bundled bases | `examples/` beside the code |
| JINKO_MAX_ACTIVE_RUNS | how many runs may be active at once; the others wait | 5 |

The Hub's own variables (HF_ENDPOINT, HF_TOKEN) and W&B's (WANDB_MODE, WANDB_API_KEY) are read by their own
libraries.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import BadInput, Fault

BUNDLED_MODELS: Final = Path(__file__).resolve().parent.parent / "examples"
# A job tells nobody but us what it does, unless the person's own environment says otherwise.
QUIET: Final = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
GROUNDS: Final = ("local",)


class Settings(BaseModel):
    """Where Jinko runs. Equal settings are the same ground."""

    model_config = ConfigDict(frozen=True)

    ground: str = "local"
    home: Path
    models: Path = BUNDLED_MODELS
    max_active_runs: int = Field(default=5, ge=1)

    def environment(self) -> dict[str, str]:
        """The same settings as variables, for a process that we start."""
        return {
            "JINKO_GROUND": self.ground,
            "JINKO_HOME": str(self.home),
            "JINKO_MODELS": str(self.models),
            "JINKO_MAX_ACTIVE_RUNS": str(self.max_active_runs),
        }


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process (or of a given environment). Raises BadInput for an unknown ground."""
    given = os.environ if environment is None else environment
    ground = given.get("JINKO_GROUND", "local")
    if ground not in GROUNDS:
        raise BadInput(
            Fault(
                place="JINKO_GROUND",
                finding=f"There is no ground called {ground!r}.",
                next_step=f"Set it to one of: {', '.join(GROUNDS)}; or leave it out.",
            )
        )
    return Settings(
        ground=ground,
        home=Path(given.get("JINKO_HOME") or ".jinko").absolute(),
        models=Path(given.get("JINKO_MODELS", str(BUNDLED_MODELS))).absolute(),
        max_active_runs=_count(given.get("JINKO_MAX_ACTIVE_RUNS", "5"), "JINKO_MAX_ACTIVE_RUNS"),
    )


def _count(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise BadInput(
            Fault(place=name, finding=f"{text!r} is no number of runs.", next_step="Set it to 1 or more.")
        )
    return int(text)


def adopt(settings: Settings) -> None:
    """Make these the settings of this process: for a command that opens a ground of its own."""
    os.environ.update(settings.environment())


def process_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with these settings in it, and our packages on the path of a child."""
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return {**QUIET, **os.environ, **settings.environment(), "PYTHONPATH": path}
