"""A job that prepared a big file: its end becomes the drop's dataset, another attempt, or a refusal in words.

The notice only wakes it, as for a run's jobs: the state comes from the scheduler, the outcome from
`result.json`. What is `preparing` and has no job (whoever moved it died) gets it here too.
"""

from functions import status
from functions.answers import answered
from functions.launch import MAX_ATTEMPTS, begin_preparing
from functions.papers import read
from infra import ledger
from infra.ports import Cloud, JobStatus
from schemas import names
from schemas.errors import Fault
from schemas.events import JOB_ENDED, DatasetReady, Event
from schemas.records import DropRecord
from schemas.results import PrepareResult


def prepared(job_id: str, on: Cloud) -> list[Event]:
    """Move the drop that this job worked for. Returns DatasetReady once it has its dataset.

    Late, doubled and foreign notices change nothing; a repeat returns the same event. Raises Unavailable
    where the scheduler or the store does not answer.
    """
    ours = names.parse_prepare_job_id(job_id)
    job = on.jobs.status(job_id) if ours else None
    drop = ledger.find(on, DropRecord, ours[0]) if ours else None
    if ours is None or job is None or drop is None or drop.job is None:
        return []
    if (drop.state, drop.job) == ("preparing", ours[1]) and job.state in JOB_ENDED:
        drop = _ended(drop, drop.job, job, on)
    now = drop
    drop = answered(now, "preparing", on, lambda: begin_preparing(now, on))
    status.refresh(on, drop.name)
    return [DatasetReady(drop_id=drop.id, dataset_id=drop.dataset_id)] if drop.dataset_id else []


def _ended(drop: DropRecord, attempt: int, job: JobStatus, on: Cloud) -> DropRecord:
    """The drop after this attempt at preparing it has ended. A result's word counts most."""
    result = read(on, names.prepare_result(drop.id, attempt), PrepareResult)
    dataset = result.dataset_id if result else None
    again = result is None and job.lost and attempt < MAX_ATTEMPTS
    faults = (result.faults if result else ()) or (_lost(drop, attempt, job),)

    def moved(it: DropRecord) -> DropRecord:
        if (it.state, it.job) != ("preparing", attempt):
            return it
        if dataset:
            return it.moved("prepared", dataset_id=dataset, waiting=None)
        if again:
            return it.moved("preparing", job=attempt + 1)
        return it.moved("refused", faults=faults, waiting=None)

    return ledger.move(on, drop, moved)


def _lost(drop: DropRecord, attempt: int, job: JobStatus) -> Fault:
    """A job without a result, in words."""
    said = {"FAILED": f"The job that read this file failed. {job.detail}".strip()}
    said["CANCELLED"] = "Somebody stopped the job that read this file."
    finding = said.get(job.state, "The job that read this file left no result.")
    if attempt > 1:
        finding = f"Attempt {attempt}: {finding}"
    step = "Drop the file again. If it goes the same way, split it into smaller files and drop those."
    return Fault(place=drop.name, finding=finding, next_step=step)
