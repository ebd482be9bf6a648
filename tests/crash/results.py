"""What a job leaves in the end, written by the stand-in of the crash worlds. No training happens here."""

from typing import Final

from functions.on_upload.job import run_job
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.results import RESULTS
from schemas.runs import RunRecord
from schemas.scores import Score
from tests.functions.runs import FAULT


def work_of(job: str) -> tuple[str, str, int]:
    """What a job works for: a run, its stage and attempt; or a drop, `prepare` and its attempt."""
    preparing = names.parse_prepare_job_id(job)
    ours = (preparing[0], "prepare", preparing[1]) if preparing else names.parse_job_id(job)
    assert ours is not None
    return ours


def ordered(on: Cloud, run: str, what: str) -> bool:
    """Whether there is what a job goes by: a stage's order. A preparation has none."""
    if what == "prepare":
        return True
    now = ledger.load(on, RunRecord, run)
    return on.store.stat(on.outbox, names.order(run, now.stage, now.paper)) is not None


def leave_result(on: Cloud, id: str, what: str, attempt: int, fate: str) -> None:
    """The result of an attempt that went `well`, or ended with `faults`. What is prepared is prepared."""
    if what == "prepare":
        assert run_job(on, id, attempt) == 0
        return
    run, stage = id, next(stage for stage in names.STAGES if stage == what)
    faults = (FAULT,) if fate == "faults" else ()
    left = {} if faults else LEFT[stage](run, attempt)
    made = RESULTS[stage].model_validate({"run_id": run, "attempt": attempt, "faults": faults} | left)
    on.store.write(on.outbox, names.result(run, stage, attempt), made.model_dump_json(indent=1).encode())


def _trained(run: str, attempt: int) -> dict[str, object]:
    folder, after = names.weights(run, "train", attempt, "adapter"), Score(rows=2, exact_match=0.5, loss=0.1)
    return {"adapter": folder, "after": after, "steps": 6, "seconds": 40.0}


def _exported(run: str, attempt: int) -> dict[str, object]:
    folder = names.weights(run, "export", attempt, "merged")
    return {"merged": folder, "compared": 2, "same": 2, "seconds": 9.0}


def _converted(run: str, attempt: int) -> dict[str, object]:
    folder = names.weights(run, "gguf", attempt, "gguf")
    return {"folder": folder, "files": [{"format": "q8_0", "path": f"{folder}q8_0.gguf", "size": 9}]}


def _published(run: str, attempt: int) -> dict[str, object]:
    return {"repository": "me/poems", "commit": "c0ffee", "url": "https://huggingface.co/me/poems"}


LEFT: Final = {"train": _trained, "export": _exported, "gguf": _converted, "publish": _published}
