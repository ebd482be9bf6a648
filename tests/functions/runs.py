"""Drops brought as far as a test needs them: prepared, ordered, trained. No tests here."""

from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_upload.step import prepare
from infra import ledger
from infra.local.ground import LocalGround
from schemas import names
from schemas.errors import Fault
from schemas.events import DatasetReady, JobChanged
from schemas.records import DropRecord
from schemas.results import ExportResult, TrainResult
from schemas.runs import RunRecord
from schemas.scores import Score
from tests.conftest import drop, lines, remembered, say_of_job

CSV = lines(["question,answer", *(f"q{n},a{n}" for n in range(40))])
TINY = {"base_model": "tiny-gemma3", "data.test_size": "0.2"}
FAULT = Fault(place="a.csv:7", finding="The answer does not fit.", next_step="Shorten it.")


def prepared(ground: LocalGround, name: str = "a.csv", content: str = CSV, **settings: str) -> DatasetReady:
    """A drop with its dataset, and the event that says so. `training__epochs` is `training.epochs`."""
    given = TINY | {key.replace("__", "."): value for key, value in settings.items()}
    (ready,) = prepare(drop(ground, name, content, given), ground.cloud)
    assert isinstance(ready, DatasetReady)
    return ready


def ordered(ground: LocalGround, name: str = "a.csv", **settings: str) -> RunRecord:
    """A drop with its run, whose first job was submitted."""
    (changed,) = order(prepared(ground, name, **settings), ground.cloud)
    return ledger.load(ground.cloud, RunRecord, changed.run_id)


def the_drop(ground: LocalGround, ready: DatasetReady) -> DropRecord:
    return ledger.load(ground.cloud, DropRecord, ready.drop_id)


def page(ground: LocalGround, name: str = "a.csv") -> str:
    """A drop's status page."""
    return ground.store.read("outbox", names.status_page(name)).decode()


def jobs(ground: LocalGround) -> dict[str, str]:
    """Every job there is, with its state."""
    with ground.db.reading() as c:
        return {row["id"]: row["state"] for row in c.execute("SELECT id, state FROM jobs").fetchall()}


def write_training(ground: LocalGround, run: RunRecord, **changes: object) -> TrainResult:
    """What a training that went well leaves as its result."""
    plain = {
        "run_id": run.id,
        "attempt": 1,
        "adapter": names.weights(run.id, "train", 1, "adapter"),
        "before": Score(rows=8, exact_match=0.0, loss=3.0),
        "after": Score(rows=8, exact_match=0.75, loss=0.1),
        "steps": 12,
        "seconds": 40.0,
    }
    made = TrainResult.model_validate(plain | changes)
    ground.store.write("outbox", names.result(run.id, "train", 1), made.model_dump_json().encode())
    return made


def write_export(ground: LocalGround, run: RunRecord, **changes: object) -> ExportResult:
    """What an export that went well leaves as its result."""
    plain = {
        "run_id": run.id,
        "attempt": 1,
        "merged": names.weights(run.id, "export", 1, "merged"),
        "compared": 5,
        "same": 5,
    }
    made = ExportResult.model_validate(plain | changes)
    ground.store.write("outbox", names.result(run.id, "export", 1), made.model_dump_json().encode())
    return made


def said(ground, run, stage, state, detail="", attempt=1):
    """The scheduler says this of a job; what the step tells of the run, the same twice."""
    event = JobChanged(job_id=say_of_job(ground, run.id, stage, state, detail, attempt), state=state)
    told = advance(event, ground.cloud)
    before = remembered(ground)
    assert advance(event, ground.cloud) == told
    assert remembered(ground) == before
    return told


def now(ground, run):
    return ledger.load(ground.cloud, RunRecord, run.id)


def trained(ground, **settings):
    """A run whose training has ended well."""
    run = ordered(ground, **settings)
    write_training(ground, run)
    said(ground, run, "train", "SUCCEEDED")
    return now(ground, run)
