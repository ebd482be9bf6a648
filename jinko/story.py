"""What the command shows of a drop's story: one word, JSON, and where everything lies on this machine."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from functions import launch
from functions.story import Story, faults, phase, tell
from infra import ledger
from infra.ports import Cloud
from jinko.here import Here
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.records import DropRecord


def stories(on: Cloud) -> list[Story]:
    """Every drop, the newest first."""
    line = launch.line(on)
    return [tell(on, drop, line) for drop in ledger.every(on, DropRecord)]


def dropped_as(dropped: Iterable[str], wanted: str) -> str:
    """The name that a file has in the inbox, where a person leaves out its folder and only one is meant."""
    known = dict.fromkeys(dropped)
    below = [name for name in known if name.endswith(f"/{wanted}")]
    return below[0] if wanted not in known and len(below) == 1 else wanted


def named(told: Sequence[Story], wanted: str) -> list[Story]:
    """Those of a run's id, a file's name or a drop's id. Raises BadInput if there is none."""
    dropped = dict.fromkeys(one.drop.name for one in told)
    wanted = dropped_as(dropped, wanted)
    found = [one for one in told if wanted in (one.drop.run_id, one.drop.name, one.drop.id)]
    if not found:
        near = difflib.get_close_matches(wanted, dropped, n=1)
        step = f"Did you mean '{near[0]}'?" if near else "See them all with: jinko status"
        finding = "There is no run or drop of this name here."
        raise BadInput(Fault(place=wanted, finding=finding, next_step=step))
    return found


def as_json(story: Story) -> dict[str, Any]:
    """What `jinko status --json` prints of a drop."""
    drop, run, progress = story.drop, story.run, story.progress
    return {
        "drop": drop.name,
        "drop_id": drop.id,
        "state": phase(story),
        "dataset_id": drop.dataset_id,
        "run_id": drop.run_id,
        "stage": run.stage if run else None,
        "attempt": run.attempt if run else None,
        "base_model": run.base.name if run else None,
        "position": story.position,
        "progress": progress.model_dump(mode="json") if progress and run and not run.over else None,
        "waiting": drop.waiting,
        "faults": [fault.model_dump() for fault in faults(story)],
        "status_page": names.status_page(drop.name),
    }


def artifacts(here: Here, story: Story) -> dict[str, str]:
    """Where everything of a drop lies, as far as it exists: paths of this machine, or `gs://` addresses."""
    run = story.run
    wanted: dict[str, str | None] = {
        "adapter": story.trained.adapter if story.trained else None,
        "model": story.trained.model if story.trained else None,
        "merged": story.exported.merged if story.exported else None,
        "gguf": story.gguf.folder if story.gguf else None,
        "answers": story.answered.answers if story.answered else None,
        "table": story.answered.table if story.answered else None,
        "report": names.run_report(run.id, "html") if run else None,
        "card": story.dataset.page if story.dataset else None,
        "status": names.status_page(story.drop.name),
    }
    places = {what: here.place(name) for what, name in wanted.items() if name}
    published = {"published": story.published.url if story.published else None}
    return {what: place for what, place in (published | places).items() if place}
