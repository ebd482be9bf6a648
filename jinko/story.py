"""What the command shows of a drop's story: one word, JSON, and where everything lies on this machine."""

from typing import Any

from functions.story import Story, faults, phase, tell
from infra import ledger
from infra.local.ground import LocalGround
from infra.ports import Cloud
from schemas import names
from schemas.records import DropRecord


def stories(on: Cloud) -> list[Story]:
    """Every drop, the newest first."""
    return [tell(on, drop) for drop in ledger.every(on, DropRecord)]


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


def artifacts(ground: LocalGround, story: Story) -> dict[str, str]:
    """Where everything of a drop lies, as paths of this machine that exist."""
    run = story.run
    wanted: dict[str, str | None] = {
        "adapter": story.trained.adapter if story.trained else None,
        "model": story.trained.model if story.trained else None,
        "merged": story.exported.merged if story.exported else None,
        "report": names.run_report(run.id, "html") if run else None,
        "card": story.dataset.card if story.dataset else None,
        "status": names.status_page(story.drop.name),
    }
    outbox = ground.home / ground.cloud.outbox
    paths = {what: outbox / name for what, name in wanted.items() if name}
    return {what: str(path) for what, path in paths.items() if path.exists()}
