"""`jinko demo`: the whole walk on the example, in a ground of its own, with real training on this machine."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from functions.story import Story, faults, phase
from infra import ground, settings
from infra.settings import Settings
from jinko import screens
from jinko.drop import put
from jinko.follow import follow_drop
from jinko.here import of_folder
from jinko.story import artifacts
from schemas.errors import BadInput, Fault

EXAMPLE = Path("tickets") / "tickets.csv"


def demo(as_json: bool) -> int:
    """Drop the example, follow it to the end, show what was learned. Returns the exit code."""
    started = time.monotonic()
    example = settings.BUNDLED_MODELS / EXAMPLE
    if not example.is_file():
        finding = "The example is not here."
        step = "Run the demo from a checkout of the project: `make demo`."
        raise BadInput(Fault(place=str(example), finding=finding, next_step=step))
    home = Path(tempfile.mkdtemp(prefix="jinko-demo-"))
    settings.adopt(Settings(home=home))
    here = of_folder(ground.local())
    if not as_json:
        Console(stderr=True).print(
            "A small customer-service file is dropped; a tiny model learns to write its tickets.\n"
        )
    told = follow_drop(here, put(here, example, {}))
    trained, exported = told.trained, told.exported
    paths = artifacts(here, told)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        counts = told.dataset.counts if told.dataset else None
        shown: dict[str, Any] = {
            "run_id": told.drop.run_id,
            "dataset": counts
            and {
                "rows_read": counts.read,
                "rows_kept": counts.kept,
                "train": counts.train,
                "test": counts.test,
            },
            "before": trained.before.model_dump(exclude_none=True) if trained and trained.before else {},
            "after": trained.after.model_dump(exclude_none=True) if trained and trained.after else {},
            "merged": exported.model_dump(include={"compared", "same", "exact_match"}) if exported else {},
            "seconds": seconds,
            "artifacts": paths,
            "faults": [fault.model_dump() for fault in faults(told)],
        }
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return _code(told)
    out = Console()
    if faults(told):
        screens.faults(faults(told), out)
        return _code(told)
    out.print(screens.outcome(trained, out.width))
    if exported and exported.compared:
        out.print(
            f"The merged model gives {exported.same} of {exported.compared} answers as the adapter does."
        )
    screens.places(paths, out)
    out.print(
        f"\nDone in {seconds:.0f} s. Your own file: .venv/bin/jinko drop FILE --set base_model=owner/name"
    )
    return _code(told)


def _code(told: Story) -> int:
    return 0 if phase(told) == "succeeded" else 1
