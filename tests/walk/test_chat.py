"""A person talks with what a run made, in the terminal: word by word, the base beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra import ledger
from infra.settings import Settings, process_environment
from schemas import names
from schemas.orders import BasePin
from schemas.results import TrainResult
from schemas.runs import RunRecord
from tests.gpu_batch.papers import TINY, tiny_pin

pytestmark = pytest.mark.train

RUN = "a81f03c9be7712d4"


@pytest.fixture
def tuned(ground):
    """A run whose whole model lies in the outbox (the tiny base itself, as full fine-tuning leaves one)."""
    keep(ground, tiny_pin())
    return ground


def keep(ground, base: BasePin) -> None:
    folder = names.weights(RUN, "train", 1, "model")
    for file in TINY.iterdir():
        if file.is_file():
            ground.store.upload("outbox", folder + file.name, file)
    made = TrainResult(run_id=RUN, attempt=1, model=folder)
    ground.store.write("outbox", names.result(RUN, "train", 1), made.model_dump_json().encode())
    plain = {"drop_id": "d", "dataset_id": "s", "fingerprint": "f", "base": base, "kept": {"train": 1}}
    ledger.create(ground.cloud, RunRecord.model_validate({"id": RUN, "state": "succeeded", **plain}))


def typed(ground, *arguments: str, lines: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jinko", "chat", RUN, *arguments],
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
        env=process_environment(Settings(home=ground.home)),
        cwd=Path(ground.home),
    )


def test_one_question_is_answered_and_that_is_all(tuned):
    done = typed(tuned, "Hello, how are you?", "--most", "12")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip().splitlines()) == 1
    assert "<end_of_turn>" not in done.stdout


def test_in_a_talk_the_base_answers_beside_it_and_a_new_talk_forgets(tuned):
    done = typed(tuned, "--base", "--most", "8", lines="Hello\n/new\nHello\n")
    assert done.returncode == 0, done.stderr
    before = [line for line in done.stdout.splitlines() if "[before]" in line]
    now = [line for line in done.stdout.splitlines() if line.startswith("[now]")]
    assert len(before) == len(now) == 2
    assert now[0] == now[1]  # greedy, and nothing remembered
    assert before[0].partition("[before]")[2] == now[0].partition("[now]")[2]  # it is the base itself


def test_a_model_whose_base_is_gone_is_said_and_no_traceback_is_shown(ground, tmp_path):
    gone = tiny_pin().model_copy(update={"location": str(tmp_path / "gone")})
    keep(ground, gone)
    done = typed(ground, "Hello", "--base")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stdout + done.stderr
    assert RUN in done.stderr + done.stdout


def test_a_run_without_weights_has_nothing_to_say(ground):
    plain = {"drop_id": "d", "dataset_id": "s", "fingerprint": "f", "base": tiny_pin()}
    ledger.create(ground.cloud, RunRecord.model_validate({"id": RUN, "state": "failed", **plain}))
    done = typed(ground, "Hello")
    assert done.returncode == 2
    assert "no trained weights" in done.stderr
