"""`jinko retry | cancel | approve | delete`: a request is put on the bus, and worked on until it holds.

The same events can be sent by anybody on Pub/Sub; the command only saves the typing. Where a verb takes a
run, the name of a dropped file will do: its newest run is meant. What is deleted is named by its id alone.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from functions.story import Story, phase
from infra import ledger
from jinko.follow import follow_run, settled, watch
from jinko.here import Here
from jinko.story import dropped_as
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.events import JOB_ENDED, CancelRequested, DeleteRequested, RunApproved, RunRequested, RunState
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord

STANDS: Final[Mapping[RunState, str]] = {
    "asked": "The run waits for your yes",
    "waiting": "The run waits for its turn",
    "ordered": "The run is being started",
    "submitted": "The run is in line for a machine",
    "running": "The run is being worked on",
    "succeeded": "The run has succeeded",
    "failed": "The run has failed",
    "cancelled": "The run was cancelled",
    "lapsed": "The run lapsed, since nobody said yes to it for 7 days",
    "deleted": "The run was deleted",
}


class Removal(NamedTuple):
    """What a deletion would remove: a `run` or a `dataset`, of which file, and how many bytes of files."""

    what: str
    id: str
    file: str
    size: int
    gone: bool
    """Deleted before."""


def no_weights(run: RunRecord) -> BadInput:
    """What is said of a run whose weights are asked for, and which has none (yet, or any more)."""
    finding, step = "This run has no trained weights (yet).", f"See how it stands: jinko status {run.id}"
    if run.state == "deleted":
        finding, step = (
            "This run was deleted, and its weights with it.",
            "To train anew, drop the file again.",
        )
    return BadInput(Fault(place=run.id, finding=finding, next_step=step))


def retry(here: Here, name: str) -> Story:
    """The failed stage once more; followed to its end. Raises BadInput for a run that did not fail."""
    run = known_run(here, name)
    if run.state == "deleted":
        raise _not_now(run, "there is nothing left to go on from.", "To train anew, drop the file again.")
    if run.state not in ("failed", "cancelled", "lapsed"):
        raise _not_now(run, "only one that failed, was cancelled or lapsed can be tried again.")
    here.cloud.bus.publish(RunRequested(request="retry", run_id=run.id, round=run.round))
    return follow_run(here, run.id, lambda it: settled(it) and not _is_as_it_was(it, run))


def approve(here: Here, name: str) -> Story:
    """A yes; the run is followed to its end. Raises BadInput for a run that does not wait for one."""
    run = known_run(here, name)
    if run.state != "asked":
        again = (
            f"If you want it after all: jinko retry {run.id}" if run.state in ("cancelled", "lapsed") else ""
        )
        raise _not_now(run, "it does not wait for a yes.", again)
    here.cloud.bus.publish(RunApproved(run_id=run.id))
    return follow_run(here, run.id, lambda it: settled(it) and phase(it) != "asked")


def cancel(here: Here, name: str) -> Story:
    """Stop a run; done when its job is gone. Raises BadInput for a run that has ended."""
    run = known_run(here, name)
    if run.over:
        raise _not_now(run, "there is nothing to stop.")
    here.cloud.bus.publish(CancelRequested(run_id=run.id, round=run.round))

    def stopped(story: Story) -> bool:
        return settled(story) and phase(story) != "asked" and not _lives(here, story)

    return follow_run(here, run.id, stopped, quiet=True)


def removal(here: Here, id: str) -> Removal:
    """What deleting this would remove. Raises BadInput if it is in use or not there."""
    run = ledger.find(here.cloud, RunRecord, id)
    if run is not None:
        if not run.over:
            raise _not_now(run, "only a run that has ended can be deleted.", f"First: jinko cancel {id}")
        drop = ledger.find(here.cloud, DropRecord, run.drop_id)
        size = _size(here, names.run_prefix(id))
        return Removal("run", id, drop.name if drop else "", size, run.state == "deleted")
    dataset = ledger.find(here.cloud, DatasetRecord, id)
    if dataset is None:
        raise _unknown(here, id, "run or dataset")
    used = [run.id for run in ledger.every(here.cloud, RunRecord, dataset_id=id) if not run.over]
    if used:
        finding = f"Run {used[0]} uses this dataset and has not ended."
        raise BadInput(Fault(place=id, finding=finding, next_step=f"Wait for it, or: jinko cancel {used[0]}"))
    size = _size(here, names.dataset_prefix(id))
    return Removal("dataset", id, dataset.source, size, dataset.state == "deleted")


def delete(here: Here, chosen: Removal) -> None:
    """Remove the files of a run or a dataset, and wait until they are gone."""
    run = chosen.what == "run"
    prefix = names.run_prefix(chosen.id) if run else names.dataset_prefix(chosen.id)
    here.cloud.bus.publish(DeleteRequested(what="run" if run else "dataset", id=chosen.id))

    def gone() -> bool:
        kind = RunRecord if run else DatasetRecord
        record = ledger.find(here.cloud, kind, chosen.id)
        return record is not None and record.state == "deleted" and not _size(here, prefix)

    watch(here, gone, lambda: (chosen.id,))


def known_run(here: Here, name: str) -> RunRecord:
    """The run of this id, or the newest run of the file of this name. Raises BadInput."""
    run = ledger.find(here.cloud, RunRecord, name)
    if run is not None:
        return run
    every = ledger.every(here.cloud, DropRecord)
    file = dropped_as((drop.name for drop in every), name)
    dropped = [drop for drop in every if drop.name == file]
    newest = next((drop.run_id for drop in dropped if drop.run_id), None)
    run = ledger.find(here.cloud, RunRecord, newest) if newest else None
    if run is None and dropped:
        finding = "No run came of this file."
        raise BadInput(Fault(place=file, finding=finding, next_step=f"See why: jinko status {file}"))
    if run is None:
        raise _unknown(here, name, "run")
    return run


def _is_as_it_was(story: Story, run: RunRecord) -> bool:
    return story.run is not None and story.run.round == run.round


def _lives(here: Here, story: Story) -> bool:
    if story.run is None:
        return False
    job = here.cloud.jobs.status(names.job_id(story.run.id, story.run.stage, story.run.attempt))
    return job is not None and job.state not in JOB_ENDED


def _size(here: Here, prefix: str) -> int:
    return sum(found.size for found in here.cloud.store.list(here.cloud.outbox, prefix))


def _unknown(here: Here, id: str, what: str) -> BadInput:
    step = "Ids are on the status pages; see them with: jinko status, jinko models, jinko datasets"
    drop = next(iter(ledger.every(here.cloud, DropRecord, name=id)), None)
    made = drop and [
        f"{what} {id}" for what, id in (("run", drop.run_id), ("dataset", drop.dataset_id)) if id
    ]
    if made:
        step = f"This is the name of a file; of it came {' and '.join(made)}. Name one of these."
    return BadInput(Fault(place=id, finding=f"There is no {what} of this id here.", next_step=step))


def _not_now(run: RunRecord, why: str, step: str = "") -> BadInput:
    step = step or f"See how it stands: jinko status {run.id}"
    return BadInput(Fault(place=run.id, finding=f"{STANDS[run.state]}; {why}", next_step=step))
