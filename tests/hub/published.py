"""Runs brought to their publishing, with weights of a few bytes. No tests here."""

from pathlib import Path

from gpu_batch import __main__ as front_door
from gpu_batch.__main__ import run_job
from infra import ledger
from infra.local.ground import LocalGround
from schemas import names
from schemas.results import GgufResult, PublishResult, Quantized
from schemas.runs import RunRecord
from schemas.scores import Answer, Proof
from tests.functions.runs import now, ordered, said, write_export, write_training

REPOSITORY = "me/bot"
QUESTION, ANSWER = "canary question of a row", "canary answer of a row"
ROW = Answer(
    question=QUESTION, expected=ANSWER, before="?", after=ANSWER, right_before=False, right_after=True, line=7
)


def at_publishing(ground: LocalGround, **settings: str) -> RunRecord:
    """A run whose training and export went well, and whose publishing is ordered."""
    run = ordered(ground, **{"publish": REPOSITORY, **settings})
    trained = write_training(ground, run, answers=(ROW,))
    weights(
        ground, str(trained.adapter), {"adapter_config.json": b'{"base_model_name_or_path": "/home/me/x"}'}
    )
    weights(ground, str(trained.adapter), {"adapter_model.safetensors": b"adapter", "README.md": b"a form"})
    said(ground, run, "train", "SUCCEEDED")
    made = write_export(ground, run)
    weights(ground, str(made.merged), {"model.safetensors": bytes(range(200)), "config.json": b"{}"})
    weights(ground, str(made.merged), {"chat_template.jinja": b"{{ messages }}"})
    if now(ground, run).stage == "export":
        said(ground, run, "export", "SUCCEEDED")
    run = now(ground, run)
    assert (run.stage, run.todo) == ("publish", ())
    return run


def quantized(ground: LocalGround, run: RunRecord) -> GgufResult:
    """What a stage that made one GGUF file leaves, with the file in the outbox."""
    weights(ground, "gguf/", {"model-Q8_0.gguf": b"GGUF", "Modelfile": b"FROM ./model-Q8_0.gguf"})
    proof = Proof(format="q8_0", beside="merged", compared=5, same=5, loss=0.2, loss_beside=0.1)
    file = Quantized(format="q8_0", path="gguf/model-Q8_0.gguf", size=4, proof=proof)
    return GgufResult(run_id=run.id, attempt=1, folder="gguf/", files=(file,))


def weights(ground: LocalGround, prefix: str, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        ground.store.write("outbox", prefix + name, data)


def publish(ground: LocalGround, run: RunRecord) -> int:
    """Do the job that is submitted now, in this process; its exit code."""
    run = now(ground, run)
    arguments = ["--run", run.id, "--stage", "publish", "--attempt", str(run.attempt), "--order", run.paper]
    return front_door.main(arguments)


def publish_again(ground: LocalGround, run: RunRecord) -> int:
    """The same order once more, as another attempt at it."""
    return run_job(ground.cloud, run.id, "publish", 2, now(ground, run).paper)


def result(ground: LocalGround, run: RunRecord, attempt: int = 1) -> PublishResult:
    """What a publishing job wrote last."""
    name = names.result(run.id, "publish", attempt)
    return PublishResult.model_validate_json(ground.store.read("outbox", name))


def weights_of(ground: LocalGround, run: RunRecord) -> dict[str, bytes]:
    """Every file that training and export left."""
    stages = (names.attempt_prefix(run.id, "train", 1), names.attempt_prefix(run.id, "export", 1))
    found = [one.name for prefix in stages for one in ground.store.list("outbox", prefix)]
    return {name: ground.store.read("outbox", name) for name in found}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }


def ledger_of(ground: LocalGround) -> list[RunRecord]:
    return ledger.every(ground.cloud, RunRecord)
