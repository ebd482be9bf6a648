"""on_job_done's step: a job may have changed; its run, or its drop, moves to what is true now.

The notice only wakes it: the state comes from the scheduler, the outcome from `result.json`. A stage that
succeeds orders the next, the last one ends the run; a job that was lost (killed, reclaimed) orders another
attempt; one that failed, or spoke of a person's fault, ends the run with a sentence and the
next thing to do. What a move makes room for is started at the end, also by a repeat. Jobs that prepare big
files are `prepared.py`'s.
"""

from typing import Final

from functions import stages, status
from functions.answers import told_anyway
from functions.launch import MAX_ATTEMPTS, Move, go_on, next_in_line, release
from functions.on_job_done.prepared import prepared
from infra import ledger
from infra.ports import Cloud, JobStatus
from schemas import names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.events import JOB_ENDED, Event, JobChanged
from schemas.orders import TrainOrder
from schemas.records import now
from schemas.results import ExportResult, Result, TrainResult
from schemas.runs import RunRecord

# A job that waits moves nothing, and two of the four notices of every job say so. What was lost before is
# mended by the next notice, or by the sweep.
IN_LINE: Final = frozenset({"QUEUED", "SCHEDULED"})


def advance(event: JobChanged, on: Cloud) -> list[Event]:
    """Move the run of this job. Returns RunChanged for what the run is now; of a drop, DatasetReady.

    Late, doubled and foreign notices change nothing; a repeat returns the same event. Raises Unavailable
    where the scheduler or the store does not answer.
    """
    if event.state in IN_LINE:
        return []
    on.ready("state", "bus", "jobs", "store")
    if names.parse_prepare_job_id(event.job_id):
        return prepared(event.job_id, on)
    ours = names.parse_job_id(event.job_id)
    job = on.jobs.status(event.job_id) if ours else None
    run = ledger.find(on, RunRecord, ours[0]) if ours else None
    if ours is None or job is None or run is None:
        return []
    id, stage, attempt = ours
    if not run.came_to(stage, attempt):
        # Nobody submits a job before its run has come to it, so this record is being read too early.
        raise Unavailable(f"The run {run.id} has not come to attempt {attempt} of its {stage} yet.")
    if (run.stage, run.attempt) == (stage, attempt) and not run.over:
        run = _advanced(run, job, on)
    with told_anyway(lambda: status.refresh_runs(on, id)):
        if run.over:
            release(run, on)
            if job.state not in JOB_ENDED:  # whoever submitted it meanwhile died before stopping it
                on.jobs.cancel(event.job_id)
        begun = go_on(run, on)
    left = begun.waited or any(it.stage == it.first and it.attempt == 1 for it in begun.ordered)
    moved_up = next_in_line(on) if left else []  # where none left the line, nobody's place is another
    status.refresh_runs(on, run.id, *begun.ids(), *moved_up)
    run = begun.get(run.id) or ledger.load(on, RunRecord, run.id)
    return [run.changed(run.drop_id)]


def _advanced(run: RunRecord, job: JobStatus, on: Cloud) -> RunRecord:
    """The run after its current job's true state was seen."""
    if run.state == "ordered":  # the job is there, so it was submitted; the move was lost to a crash
        run = _move(run, on, _submitted)
    if job.state == "RUNNING":
        return _move(run, on, _running)
    if job.state not in JOB_ENDED or run.state not in ("submitted", "running"):
        return run
    if job.state == "CANCELLED":
        return _move(run, on, lambda it: it.moved("cancelled", ended=now(), spent=_spent(it)))
    return _after(run, job, on)


def _submitted(it: RunRecord) -> RunRecord:
    began = {"started": it.started or now(), "counted_from": now()}
    return it.moved("submitted", **began) if it.state == "ordered" else it


def _running(it: RunRecord) -> RunRecord:
    return it.moved("running", counted_from=now()) if it.state == "submitted" else it


def _move(run: RunRecord, on: Cloud, to: Move) -> RunRecord:
    """Move the run, unless another delivery of the same notice has moved it on already."""

    def still(it: RunRecord) -> RunRecord:
        return it if it.over or (it.stage, it.attempt) != (run.stage, run.attempt) else to(it)

    return ledger.move(on, run, still)


def _spent(run: RunRecord) -> float:
    """Seconds that all attempts have taken once the present one has ended."""
    return run.spent + run.running_for()


def _after(run: RunRecord, job: JobStatus, on: Cloud) -> RunRecord:
    """The run after the job of its stage has ended."""
    result = stages.result(run, run.stage, run.attempt, on)
    if result is None or result.faults or (isinstance(result, TrainResult) and result.weights is None):
        return _not_succeeded(run, job, result, on)
    kept = {**run.kept, run.stage: run.attempt}
    if not run.todo:
        ended = now()
        _report(run.model_copy(update={"kept": kept, "ended": ended}), None, on)
        return _move(run, on, lambda it: it.moved("succeeded", kept=kept, ended=ended, spent=_spent(it)))
    after, *later = run.todo
    try:
        key = stages.write_order(run.model_copy(update={"kept": kept}), after, on)
    except BadInput as error:
        return _failed(run, tuple(error.faults), on)

    def turned(it: RunRecord) -> RunRecord:
        return it.moved("ordered", kept=kept, spent=_spent(it), **it.at(after, key, tuple(later)))

    return _move(run, on, turned)


def _not_succeeded(run: RunRecord, job: JobStatus, result: Result | None, on: Cloud) -> RunRecord:
    """Another attempt where the job was lost, else the ending in words. A result's word counts most."""
    if result is None and job.lost and run.attempt - run.since + 1 < MAX_ATTEMPTS:
        return _move(
            run,
            on,
            lambda it: it.moved("ordered", attempt=run.attempt + 1, spent=_spent(it), counted_from=None),
        )
    faults = (result.faults if result else ()) or (_lost(run, job),)
    return _failed(run, faults, on, result)


def _report(run: RunRecord, failed: Result | None, on: Cloud) -> None:
    """Write the run's page, where there was a training, before the run is called over."""
    from functions.on_job_done.report import write_report  # most notices end no run

    there, order = stages.kept(run, on), stages.first_order(run, on)
    if there.train is not None and isinstance(order, TrainOrder):
        exported = failed if isinstance(failed, ExportResult) else there.export
        write_report(run, order, there.train, exported, on, there.gguf)


def _failed(run: RunRecord, faults: tuple[Fault, ...], on: Cloud, result: Result | None = None) -> RunRecord:
    ended = now()
    _report(run.model_copy(update={"ended": ended}), result, on)
    return _move(run, on, lambda it: it.moved("failed", faults=faults, ended=ended, spent=_spent(it)))


def _lost(run: RunRecord, job: JobStatus) -> Fault:
    """A job without a result, in words."""
    finding = f"The job failed. {job.detail}" if job.state == "FAILED" else "The job left no result."
    if run.attempt > 1:
        finding = f"Attempt {run.attempt}: {finding}"
    step = f"Try this part once more: jinko retry {run.id}. If it fails alike, the lines above say where."
    if run.trained:
        step = f"The trained weights are safe. {step}"
    return Fault(place=f"{stages.DOING[run.stage]} of run {run.id}", finding=finding.strip(), next_step=step)
