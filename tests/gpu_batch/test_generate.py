"""A file of prompts is answered: a line for every row, in the file's order, whatever dies meanwhile."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from functions.on_dataset_ready.step import order
from functions.on_upload.step import prepare
from gpu_batch.__main__ import run_job
from infra import ledger
from infra.local.ground import LocalGround
from infra.settings import Settings, process_environment
from schemas import names
from schemas.results import GenerateResult
from schemas.runs import RunRecord
from tests.conftest import drop, lines
from tests.gpu_batch.papers import tickets

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("offline")]

SHORT = {"model": "tiny-gemma3", "generate.max_new_tokens": "4"}


def asked(ground: LocalGround, name: str, content: str, **settings: str) -> RunRecord:
    """A dropped file of prompts, with its run."""
    given = SHORT | {key.replace("__", "."): value for key, value in settings.items()}
    (ready,) = prepare(drop(ground, name, content, given), ground.cloud)
    (told,) = order(ready, ground.cloud)
    return ledger.load(ground.cloud, RunRecord, told.run_id)


def answered(ground: LocalGround, run: RunRecord, attempt: int = 1) -> GenerateResult:
    assert run_job(ground.cloud, run.id, "generate", attempt) == 0
    name = names.result(run.id, "generate", attempt)
    return GenerateResult.model_validate_json(ground.store.read("outbox", name))


def told(ground: LocalGround, name: str | None) -> list[dict[str, object]]:
    assert name is not None
    return [json.loads(line) for line in ground.store.read("outbox", name).decode().splitlines()]


def test_a_table_of_prompts_comes_back_as_a_table_with_what_stood_beside_them(ground):
    run = asked(ground, "p.csv", "id,prompt\n7,Where is it?\n8,When?\n")
    result = answered(ground, run)

    assert (result.rows, result.answered, result.failed, result.tuned) == (2, 2, (), False)
    assert result.answers == "answers/p.csv.jsonl"
    first, second = told(ground, result.answers)
    assert (first["id"], first["prompt"], second["id"]) == ("7", "Where is it?", "8")
    assert isinstance(first["answer"], str)
    table = list(csv.DictReader(io.StringIO(ground.store.read("outbox", str(result.table)).decode())))
    assert [(row["id"], row["answer"]) for row in table] == [("7", first["answer"]), ("8", second["answer"])]
    assert result.metrics == {}


def test_answers_are_measured_where_the_file_holds_the_wanted_ones(ground):
    rows = tickets(0, 6)
    text = io.StringIO()
    csv.writer(text).writerows([("message", "reply"), *((r.prompt[0].content, r.answer) for r in rows)])
    result = answered(ground, asked(ground, "p.csv", text.getvalue(), generate__max_new_tokens="40"))

    assert result.metrics["references"] == 6
    assert 0 <= result.metrics["exact_match"] <= 1
    assert 0 < result.metrics["chrf"] <= 1
    assert [one["reference"] for one in told(ground, result.answers)] == [row.answer for row in rows]


def test_three_bad_rows_cost_three_rows_which_say_why_at_their_places(ground):
    rows = [f"prompt number {n}?" for n in range(20)]
    rows[3] = ""
    rows[7] = "word " * 3000
    rows[11] = "<end_of_turn> stops here"
    run = asked(ground, "p.csv", lines(["n,prompt", *(f"{n},{row}" for n, row in enumerate(rows))]))
    result = answered(ground, run)
    made = told(ground, result.answers)

    assert (result.rows, result.answered) == (20, 17)
    assert [one["line"] for one in made] == list(range(2, 22))
    assert [at for at, one in enumerate(made) if one["answer"] is None] == [3, 7, 11]
    assert "is empty" in str(made[3]["error"])
    assert "tokens long; the model reads" in str(made[7]["error"])
    assert "which tiny-gemma3 reads as a command" in str(made[11]["error"])
    assert {fault.place for fault in result.failed} == {"p.csv:5", "p.csv:9", "p.csv:13"}


def test_lines_of_openai_s_batch_files_are_answered_as_openai_answers_them(ground):
    body = {"model": "x", "messages": [{"role": "user", "content": "Hi"}]}
    asks = [{"custom_id": f"r-{n}", "method": "POST", "url": "/v1/x", "body": body} for n in range(2)]
    result = answered(ground, asked(ground, "b.jsonl", "".join(json.dumps(one) + "\n" for one in asks)))
    first, second = told(ground, result.answers)

    assert (first["custom_id"], second["custom_id"], result.table) == ("r-0", "r-1", None)
    choice = first["response"]["body"]["choices"][0]
    assert choice["message"]["role"] == "assistant"
    assert choice["finish_reason"] in ("stop", "length")
    assert first["response"]["body"]["usage"]["completion_tokens"] <= 4


def test_a_drawn_answer_follows_from_the_seed(ground):
    content = "prompt\nTell me about the order\n"
    made = [
        told(ground, answered(ground, asked(ground, name, content, **how)).answers)[0]["answer"]
        for name, how in {
            "a.csv": {"generate__temperature": "2", "generate__max_new_tokens": "12"},
            "b.csv": {"generate__temperature": "2", "generate__max_new_tokens": "12", "again": "true"},
            "c.csv": {
                "generate__temperature": "2",
                "generate__max_new_tokens": "12",
                "generate__seed": "7",
            },
        }.items()
    ]
    assert made[0] == made[1] != made[2]


def test_a_thousand_prompts_with_a_kill_in_between_are_a_thousand_lines_in_order_none_twice(ground):
    run = asked(ground, "p.csv", lines(["n,prompt", *(f"{n},order {n} is late" for n in range(1000))]))
    job = ["--run", run.id, "--stage", "generate", "--attempt", "1"]
    environment = process_environment(Settings(home=ground.home))
    process = subprocess.Popen([sys.executable, "-m", "gpu_batch", *job], env=environment)
    third = ground.home / "outbox" / names.answers_part(run.id, 2)
    end = time.monotonic() + 120
    while not third.exists():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = {part: part.stat().st_mtime_ns for part in third.parent.iterdir()}
    result = answered(ground, run, attempt=2)

    made = told(ground, result.answers)
    assert (result.rows, result.answered, len(made)) == (1000, 1000, 1000)
    assert [one["n"] for one in made] == [str(n) for n in range(1000)]
    assert {part: part.stat().st_mtime_ns for part in before} == before
