"""What a job leaves in the end, written by the stand-in of the crash worlds. No training happens here."""

from functions.on_upload.job import run_job
from infra.ports import Cloud
from schemas import names
from schemas.orders import ExportResult, Score, TrainResult
from tests.functions.runs import FAULT


def work_of(job: str) -> tuple[str, str, int]:
    """What a job works for: a run, its stage and attempt; or a drop, `prepare` and its attempt."""
    preparing = names.parse_prepare_job_id(job)
    ours = (preparing[0], "prepare", preparing[1]) if preparing else names.parse_job_id(job)
    assert ours is not None
    return ours


def ordered(on: Cloud, run: str, what: str) -> bool:
    """Whether there is what a job goes by: a stage's order. A preparation has none."""
    orders = [names.order(run, stage) for stage in names.STAGES if stage == what]
    return all(on.store.stat(on.outbox, order) for order in orders)


def leave_result(on: Cloud, id: str, what: str, attempt: int, fate: str) -> None:
    """The result of an attempt that went `well`, or ended with `faults`. What is prepared is prepared."""
    if what == "prepare":
        assert run_job(on, id, attempt) == 0
        return
    run, stage = id, next(stage for stage in names.STAGES if stage == what)
    made: TrainResult | ExportResult
    faults = (FAULT,) if fate == "faults" else ()
    if stage == "train":
        folder = None if faults else names.weights(run, stage, attempt, "adapter")
        after = Score(rows=2, exact_match=0.5, loss=0.1)
        made = TrainResult(
            run_id=run, attempt=attempt, faults=faults, adapter=folder, after=after, steps=6, seconds=40.0
        )
    else:
        folder = None if faults else names.weights(run, stage, attempt, "merged")
        made = ExportResult(
            run_id=run, attempt=attempt, faults=faults, merged=folder, compared=2, same=2, seconds=9.0
        )
    on.store.write(on.outbox, names.result(run, stage, attempt), made.model_dump_json(indent=1).encode())
