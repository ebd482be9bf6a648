"""`jinko retry | cancel | approve | delete`: a request is put on the bus, and worked on until it holds.

The same events can be sent by anybody on Pub/Sub; the command only saves the typing.
"""

from functions.story import Story, phase
from infra import ledger
from infra.local.ground import LocalGround
from jinko.follow import follow_run, settled
from jinko.worker import work
from schemas.errors import BadInput, Fault
from schemas.events import CancelRequested, DeleteRequested, RunApproved, RunRequested
from schemas.records import DatasetRecord, RunRecord


def retry(ground: LocalGround, run_id: str) -> Story:
    """The failed stage once more; followed to its end. Raises BadInput for a run that did not fail."""
    run = known_run(ground, run_id)
    if run.state not in ("failed", "cancelled", "lapsed"):
        raise _not_now(run, "only a run that failed, was cancelled or lapsed is tried again")
    ground.queue.publish(RunRequested(request="retry", run_id=run_id))
    return follow_run(ground, run_id, lambda it: settled(it) and not _is_as_it_was(it, run))


def approve(ground: LocalGround, run_id: str) -> Story:
    """A yes; the run is followed to its end. Raises BadInput for a run that does not wait for one."""
    run = known_run(ground, run_id)
    if run.state != "asked":
        raise _not_now(run, "it does not wait for a yes")
    ground.queue.publish(RunApproved(run_id=run_id))
    return follow_run(ground, run_id, lambda it: settled(it) and phase(it) != "asked")


def cancel(ground: LocalGround, run_id: str) -> Story:
    """Stop a run; done when its job is gone. Raises BadInput for a run that has ended."""
    run = known_run(ground, run_id)
    if run.over:
        raise _not_now(run, "there is nothing to cancel")
    ground.queue.publish(CancelRequested(run_id=run_id))
    return follow_run(
        ground, run_id, lambda it: settled(it) and phase(it) != "asked" and not _lives(ground, it)
    )


def delete(ground: LocalGround, id: str) -> str:
    """Remove the files of a run or a dataset; what it was. Raises BadInput if it is in use or not there."""
    run = ledger.find(ground.cloud, RunRecord, id)
    if run is not None:
        if not run.over:
            raise _not_now(run, "cancel it first")
        ground.queue.publish(DeleteRequested(what="run", id=id))
        work(ground, lambda: known_run(ground, id).state == "deleted" and _drained(ground))
        return "run"
    dataset = ledger.find(ground.cloud, DatasetRecord, id)
    if dataset is None:
        raise _unknown(id, "run or dataset")
    used = [run.id for run in ledger.every(ground.cloud, RunRecord, dataset_id=id) if not run.over]
    if used:
        finding = f"The dataset is being used by run {used[0]}."
        raise BadInput(Fault(place=id, finding=finding, next_step=f"Wait for it, or: jinko cancel {used[0]}"))
    ground.queue.publish(DeleteRequested(what="dataset", id=id))

    def gone() -> bool:
        record = ledger.find(ground.cloud, DatasetRecord, id)
        return record is not None and record.state == "deleted" and _drained(ground)

    work(ground, gone)
    return "dataset"


def known_run(ground: LocalGround, run_id: str) -> RunRecord:
    """The run of this id. Raises BadInput."""
    run = ledger.find(ground.cloud, RunRecord, run_id)
    if run is None:
        raise _unknown(run_id, "run")
    return run


def _is_as_it_was(story: Story, run: RunRecord) -> bool:
    return story.run is not None and (story.run.state, story.run.attempt) == (run.state, run.attempt)


def _lives(ground: LocalGround, story: Story) -> bool:
    return any(story.run is not None and story.run.id in job for job in ground.jobs.living())


def _drained(ground: LocalGround) -> bool:
    return ground.queue.waiting(("requests",)) == 0


def _unknown(id: str, what: str) -> BadInput:
    step = "Ids are on the status pages; see them all with: jinko status, jinko datasets"
    return BadInput(Fault(place=id, finding=f"There is no {what} of this id here.", next_step=step))


def _not_now(run: RunRecord, why: str) -> BadInput:
    finding = f"The run is {run.state}: {why}."
    return BadInput(Fault(place=run.id, finding=finding, next_step="See how it stands with: jinko status"))
