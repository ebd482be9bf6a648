"""on_job_done's step: a job may have changed; the run moves to what is true now.

The notice only wakes it: the state comes from the scheduler, the outcome from `result.json`. A job that
trained orders the export; the last stage that succeeds ends the run; a job that failed or spoke of a
person's fault ends it with a sentence and the next thing to do.
"""

import json
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from functions import status
from functions.on_job_done.report import report
from infra import ledger
from infra.ports import Cloud, Gone, JobSpec, JobStatus
from schemas import names
from schemas.errors import Fault, Unavailable
from schemas.events import JOB_ENDED, Event, JobChanged
from schemas.orders import ExportOrder, ExportResult, TrainOrder, TrainResult
from schemas.records import DropRecord, RunRecord, now

R = TypeVar("R", bound=BaseModel)


def advance(event: JobChanged, on: Cloud) -> list[Event]:
    """Move the run of this job. Returns RunChanged for what the run is now.

    Late, doubled and foreign notices change nothing; a repeat returns the same event. Raises Unavailable
    where the scheduler or the store does not answer.
    """
    ours = names.parse_job_id(event.job_id)
    job = on.jobs.status(event.job_id) if ours else None
    run = ledger.find(on, RunRecord, ours[0]) if ours else None
    if ours is None or job is None or run is None:
        return []
    _, stage, attempt = ours
    if (names.STAGES.index(stage), attempt) > (names.STAGES.index(run.stage), run.attempt):
        # The job was submitted and the delivery that would have moved the run died: it comes again first.
        raise Unavailable(f"The run {run.id} has not come to its {stage} yet.")
    if (run.stage, run.attempt) == (stage, attempt) and not run.over:
        run = _advanced(run, job, on)
    for drop in ledger.every(on, DropRecord, run_id=run.id):
        status.refresh(on, drop.name)
    return [run.changed(run.drop_id)]


def _advanced(run: RunRecord, job: JobStatus, on: Cloud) -> RunRecord:
    """The run after its current job's true state was seen."""
    if run.state == "ordered":  # the job is there, so it was submitted; the move was lost to a crash
        run = _move(run, on, lambda it: it.moved("submitted", started=it.started or now()))
    if job.state == "RUNNING":
        return _move(run, on, lambda it: it.moved("running") if it.state == "submitted" else it)
    if job.state not in JOB_ENDED:
        return run
    if job.state == "CANCELLED":
        return _move(run, on, lambda it: it.moved("cancelled", ended=now()))
    if run.stage == "train":
        return _after_training(run, job, on)
    return _after_export(run, job, on)


def _move(run: RunRecord, on: Cloud, to: Callable[[RunRecord], RunRecord]) -> RunRecord:
    """Move the run, unless another delivery of the same notice has moved it on already."""

    def still(it: RunRecord) -> RunRecord:
        return it if it.over or (it.stage, it.attempt) != (run.stage, run.attempt) else to(it)

    return ledger.change(on, RunRecord, run.id, still)


def _after_training(run: RunRecord, job: JobStatus, on: Cloud) -> RunRecord:
    result = _result(run, TrainResult, on)
    faults = _faults(run, job, result)
    if faults or result is None or result.adapter is None:
        return _failed(run, faults, on)
    order = _train_order(run, on)
    trained = run.attempt
    if "merged" not in order.settings.recipe.export:
        ended = now()
        _write_report(run.model_copy(update={"ended": ended}), order, result, None, on)
        return _move(run, on, lambda it: it.moved("succeeded", trained=trained, ended=ended))
    _submit_export(run, order, result.adapter, on)
    return _move(run, on, lambda it: _exporting(it, trained))


def _exporting(run: RunRecord, trained: int) -> RunRecord:
    """Through the table's own moves: the next stage is ordered, and its job was submitted."""
    return run.moved("ordered", stage="export", attempt=1, trained=trained).moved("submitted")


def _submit_export(run: RunRecord, order: TrainOrder, adapter: str, on: Cloud) -> None:
    wanted = ExportOrder(
        run_id=run.id,
        base=run.base,
        dataset=order.dataset,
        evaluation=order.evaluation,
        drop_name=order.drop_name,
        adapter=adapter,
        formats=order.settings.recipe.export,
    )
    on.store.write_once(on.outbox, names.order(run.id, "export"), wanted.model_dump_json(indent=1).encode())
    arguments = ("--run", run.id, "--stage", "export", "--attempt", "1")
    on.jobs.submit(JobSpec(names.job_id(run.id, "export", 1), arguments))


def _after_export(run: RunRecord, job: JobStatus, on: Cloud) -> RunRecord:
    result = _result(run, ExportResult, on)
    trained = _read(names.result(run.id, "train", run.trained or 1), TrainResult, on)
    faults = _faults(run, job, result)
    ended = now()
    if trained is not None:
        told = run.model_copy(update={"ended": ended})
        _write_report(told, _train_order(run, on), trained, result, on)
    if faults or result is None:
        return _failed(run, faults, on)
    exported = run.attempt
    return _move(run, on, lambda it: it.moved("succeeded", exported=exported, ended=ended))


def _failed(run: RunRecord, faults: tuple[Fault, ...], on: Cloud) -> RunRecord:
    return _move(run, on, lambda it: it.moved("failed", faults=faults, ended=now()))


def _faults(run: RunRecord, job: JobStatus, result: TrainResult | ExportResult | None) -> tuple[Fault, ...]:
    """Why the stage did not succeed; empty if it did. A result's word counts, however its process ended."""
    if result is not None:
        return result.faults
    doing = "training" if run.stage == "train" else "the export"
    if job.state == "SUCCEEDED":
        finding = "The job ended well but left no result."
    else:
        finding = f"The machine's job failed. {job.detail}".strip()
    step = "Drop the file again to try once more; if it fails alike, the lines above say where."
    if run.stage == "export":
        step = f"The trained adapter is safe. {step}"
    return (Fault(place=f"{doing} of run {run.id}", finding=finding, next_step=step),)


def _result(run: RunRecord, kind: type[R], on: Cloud) -> R | None:
    return _read(names.result(run.id, run.stage, run.attempt), kind, on)


def _read(name: str, kind: type[R], on: Cloud) -> R | None:
    try:
        return kind.model_validate_json(on.store.read(on.outbox, name))
    except Gone:
        return None


def _train_order(run: RunRecord, on: Cloud) -> TrainOrder:
    return TrainOrder.model_validate_json(on.store.read(on.outbox, names.order(run.id, "train")))


def _write_report(
    run: RunRecord, order: TrainOrder, trained: TrainResult, exported: ExportResult | None, on: Cloud
) -> None:
    """The run's page in words, as Markdown and HTML; written before the run is called done."""
    markdown, html = report(run, order, trained, exported, _losses(run, on))
    for suffix, text in (("md", markdown), ("html", html)):
        name = names.run_report(run.id, "md" if suffix == "md" else "html")
        on.store.write(on.outbox, name, text.encode())


def _losses(run: RunRecord, on: Cloud) -> list[tuple[int, float]]:
    """(step, loss) of the training whose adapter is kept; empty where none were written."""
    attempt = run.trained or run.attempt
    try:
        lines = on.store.read(on.outbox, names.metrics(run.id, "train", attempt)).decode().splitlines()
    except Gone:
        return []
    told = [json.loads(line) for line in lines if line.strip()]
    return [(int(line["step"]), float(line["loss"])) for line in told if line.get("loss") is not None]
