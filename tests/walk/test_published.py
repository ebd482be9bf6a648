"""From a CSV to a repository on the Hub, and more of the run months later. The Hub is a stand-in here.

One ground is walked once, every stage a process of its own, with a real training and a real llama.cpp; then
it is looked at from all sides. The last test asks for more of it.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from huggingface_hub import snapshot_download

from gpu_batch.llama import pinned
from infra import ground as grounds
from infra import ledger, settings
from infra.local.dispatcher import Dispatcher
from infra.local.ground import LocalGround
from infra.settings import Settings
from jinko.worker import doors
from schemas import names
from schemas.events import RunRequested
from schemas.exports import MODELFILE
from schemas.records import DropRecord
from schemas.results import ExportResult, GgufResult, PublishResult
from schemas.runs import RunRecord
from tests.hub.card_rules import problems
from tests.hub.server import TOKEN, Hub, hub, trust
from tests.hub.test_use import elsewhere

pytestmark = [pytest.mark.walk, pytest.mark.usefixtures("llama")]
EXAMPLE = settings.BUNDLED_MODELS / "tickets" / "tickets.csv"
TINY = settings.BUNDLED_MODELS / "tiny-gemma3"
TOKENS = 48  # of an answer, at most
ASKED = {
    "base_model": "tiny-gemma3",
    "training.max_steps": "60",
    "training.learning_rate": "0.01",
    "data.test_size": "0.2",
    "evaluation.rows": "5",
    "evaluation.max_new_tokens": str(TOKENS),
    "export": "adapter,merged,f16,q8_0",
    "publish": "me/tickets",
}


class Walked(NamedTuple):
    """A ground after the drop was followed to its end; the Hub, and what was downloaded of it."""

    here: LocalGround
    there: Hub
    down: Path
    home: Path

    @property
    def run(self) -> RunRecord:
        """The run of the dropped file."""
        return next(run for run in ledger.every(self.here.cloud, RunRecord) if run.first == "train")

    def page(self, name: str) -> str:
        """A status page."""
        return self.here.store.read("outbox", names.status_page(name)).decode()

    def result(self, stage: names.Stage, attempt: int = 1) -> bytes:
        """What a stage left."""
        return self.here.store.read("outbox", names.result(self.run.id, stage, attempt))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """Forty rows dropped, followed to the end, and the repository downloaded into an empty place."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch, hub() as there:
        trust(patch, there)
        for name, value in Settings(home=folder / "home").environment().items():
            patch.setenv(name, value)
        here = grounds.local()
        small = folder / "forty.csv"
        lines = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
        small.write_text("".join(lines[:41]), encoding="utf-8")
        here.cloud.store.upload("inbox", small.name, small, ASKED)
        work_off(here)
        down = snapshot_download("me/tickets", local_dir=folder / "empty" / "down")
        yield Walked(here, there, Path(down), folder)


def work_off(here: LocalGround) -> None:
    """Deliver until nothing waits and no job lives."""
    with Dispatcher.hold(here) as dispatcher:
        assert dispatcher is not None
        dispatcher.run(doors(), until=lambda: dispatcher.idle(doors()))


def rows() -> dict[int, tuple[str, str]]:
    """The forty rows, by their lines in the file."""
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        return {
            line: (row[0], row[1]) for line, row in enumerate(csv.reader(file), start=1) if 1 < line <= 41
        }


# ---------------------------------------------------------------- from a file to a repository


def test_one_commit_holds_everything_that_was_made(walked: Walked) -> None:
    assert walked.run.state == "succeeded", walked.page("forty.csv")
    found = {path.relative_to(walked.down).as_posix() for path in walked.down.rglob("*") if path.is_file()}
    wanted = {"README.md", "model.safetensors", "tokenizer.json", "chat_template.jinja", "jinko.json"}
    wanted |= {"adapter/adapter_model.safetensors", MODELFILE, "model-F16.gguf", "model-Q8_0.gguf"}

    assert wanted <= found
    assert problems((walked.down / "README.md").read_text(encoding="utf-8")) == []
    assert json.loads((walked.down / "jinko.json").read_text())["run"] == walked.run.id
    assert len(walked.there.world.repositories["me/tickets"].commits) == 2  # the Hub's own, and ours
    assert walked.there.world.repositories["me/tickets"].private


def test_a_real_llama_cpp_answers_from_each_file_exactly_as_transformers_does(walked: Walked) -> None:
    made = GgufResult.model_validate_json(walked.result("gguf"))
    merged = ExportResult.model_validate_json(walked.result("export"))

    assert merged.proof is not None
    assert merged.same == merged.compared == merged.proof.prompts == merged.proof.tokens == 5
    assert made.llama_cpp == pinned.VERSION
    assert [file.format for file in made.files] == ["f16", "q8_0"]
    for file in made.files:
        assert file.proof is not None
        assert file.same == file.compared == file.proof.prompts == file.proof.tokens == 5, file
        assert file.proof.stopped > 0


def test_a_stranger_loads_what_was_published_and_it_answers_as_recorded(walked: Walked) -> None:
    recorded = ExportResult.model_validate_json(walked.result("export")).replies
    asked = {
        "folder": str(walked.down),
        "repository": "me/tickets",
        "base": str(TINY),
        "prompts": [rows()[reply.line][0] for reply in recorded],
        "most": TOKENS,
        "blocks": [],
    }
    place = walked.down.parent
    (place / "asked.json").write_text(json.dumps(asked))
    done = subprocess.run(
        [sys.executable, "-m", "tests.hub.used", "asked.json"],
        cwd=place,
        env=elsewhere(walked.there, place),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])

    assert told["adapter"] == [reply.text for reply in recorded]
    assert told["whole"] == [reply.text for reply in recorded]
    assert len(set(told["whole"])) > 1


def test_the_page_says_in_words_what_there_is_and_how_to_use_it(walked: Walked) -> None:
    page = walked.page("forty.csv")
    for said in (
        "## Done: ",
        "learned from it in 60 steps",
        "The exported model answered 5 of 5 questions exactly as the trained one.",
        "As GGUF: `f16` (1.87 MB, 5 of 5 answers alike), `q8_0` (1.01 MB, 5 of 5 answers alike).",
        "It is published as `me/tickets`, for its owner alone to see.",
        f"`{walked.there.address}/me/tickets`: published on the Hugging Face Hub",
        "| f16 | the merged model | 100% | 5 of 5 |",
        "ollama create forty --file runs/",
        "model-Q8_0.gguf --jinja",
        f"jinko chat {walked.run.id} --base",
    ):
        assert said in page, said


# ---------------------------------------------------------------- what nobody may read


def test_no_row_and_no_token_is_in_the_repository_s_words_in_records_or_in_logs(walked: Walked) -> None:
    with walked.here.db.reading() as c:
        tables = [row["name"] for row in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        records = "".join(str(dict(row)) for t in tables for row in c.execute(f"SELECT * FROM {t}"))
    logs = [path.read_text() for path in (walked.here.home / "jobs").rglob("log")]
    words = [path.read_text() for path in walked.down.rglob("*") if path.suffix in (".md", ".json", ".jinja")]
    reports = [PublishResult.model_validate_json(walked.result("publish")).model_dump_json()]
    reports.append(walked.result("gguf").decode())

    assert len(logs) == 4
    for text in (records, *logs, *words, *reports):
        assert TOKEN not in text
        assert not [cell for row in rows().values() for cell in row if cell in text]
    outbox = [walked.here.store.read("outbox", one.name) for one in walked.here.store.list("outbox")]
    assert not [data for data in outbox if TOKEN.encode() in data]


# ---------------------------------------------------------------- months later


def test_months_later_another_file_and_answers_are_made_without_training(walked: Walked) -> None:
    run, here = walked.run, walked.here
    answering = {"generate.model": run.id, "generate.max_new_tokens": 8}
    for request, asks in (("export", {"export": "q6_k"}), ("generate", answering)):
        whom = {"run_id": run.id} if request == "export" else {"dataset_id": run.dataset_id}
        event = RunRequested.model_validate(
            {"request": request, "request_id": f"later-{request}", "settings": asks, **whom}
        )
        here.cloud.bus.publish(event)
    work_off(here)

    assert [drop.faults for drop in ledger.every(here.cloud, DropRecord)] == [()] * 3
    assert walked.run.state == "succeeded"
    assert "## Done: q6_k is made" in walked.page("requests/later-export")
    assert "As GGUF: `f16` (1.87 MB, 5 of 5 answers alike), `q8_0`" in walked.page("forty.csv")  # still there
    assert "`q6_k` (" in walked.page("forty.csv")
    lines = here.store.read("outbox", names.answers("requests/later-generate", "jsonl")).decode().splitlines()
    answered = [json.loads(line) for line in lines]
    assert len(answered) == 40
    assert all(one["answer"] for one in answered)
    with here.db.reading() as c:
        jobs = [row["id"] for row in c.execute("SELECT id FROM jobs").fetchall()]
    assert [job for job in jobs if "-train-" in job] == [names.job_id(run.id, "train", 1)]
