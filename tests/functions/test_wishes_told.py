"""Requests one after another: nothing that was made before is lost, and each page tells of its own."""

import pytest

from functions import stages
from functions.story import phase, tell
from functions.usage import ways
from functions.verdict import verdict
from infra import ledger
from schemas import names
from schemas.exports import gguf_file
from schemas.orders import PublishOrder
from schemas.records import DropRecord
from schemas.results import GgufResult, PublishResult
from tests.functions.runs import FAULT, page, said
from tests.functions.runs import now as run_now
from tests.functions.test_wishes import succeeded, take_up, wish
from tests.hub.server import hub, trust


def record(ground, name="q8-1"):
    return ledger.load(ground.cloud, DropRecord, names.drop_id("inbox", f"requests/{name}", 1))


def made(ground, run, attempt, *formats, faults=()):
    """What this attempt at GGUF files leaves."""
    folder = names.weights(run.id, "gguf", attempt, "gguf")
    files = [{"format": one, "path": folder + gguf_file(one), "size": 1_000_000} for one in formats]
    told = {"run_id": run.id, "attempt": attempt, "folder": folder if files else None, "files": files}
    result = GgufResult.model_validate({**told, "faults": faults})
    ground.store.write("outbox", names.result(run.id, "gguf", attempt), result.model_dump_json().encode())
    said(ground, run, "gguf", "SUCCEEDED", attempt=attempt)


@pytest.fixture
def twice(ground):
    """A run of which q8_0 was asked for, and later q4_k_m."""
    run = succeeded(ground)
    take_up(ground, wish(run, "first"))
    made(ground, run, 1, "q8_0")
    take_up(ground, wish(run, "second", export="q4_k_m"))
    return run


def test_another_format_leaves_the_earlier_ones_where_they_are(ground, on, twice):
    assert "attempt 2" not in page(ground, "requests/second")
    made(ground, twice, 2, "q4_k_m")

    there = stages.kept(run_now(ground, twice), on).gguf
    assert [(file.format, file.path.split("/")[3]) for file in there.files] == [
        ("q8_0", "1"),
        ("q4_k_m", "2"),
    ]
    for name in ("a.csv", "requests/second"):
        assert "As GGUF: `q8_0` (1 MB), `q4_k_m` (1 MB)." in page(ground, name)
        assert f"`runs/{twice.id}/gguf/1/gguf/`: GGUF files" in page(ground, name)
    (_, ollama, llama, *_) = ways(tell(on, record(ground, "second")), None)
    assert f"ollama create a --file runs/{twice.id}/gguf/2/gguf/Modelfile" in ollama.code
    assert f"runs/{twice.id}/gguf/2/gguf/model-Q4_K_M.gguf" in llama.code


def test_the_same_format_once_more_takes_the_earlier_one_s_place(ground, on, twice):
    made(ground, twice, 2, "q8_0", "q4_k_m")
    there = stages.kept(run_now(ground, twice), on).gguf
    assert [(file.format, file.path.split("/")[3]) for file in there.files] == [
        ("q8_0", "2"),
        ("q4_k_m", "2"),
    ]


def test_a_request_that_failed_takes_nothing_away(ground, on, twice):
    made(ground, twice, 2, faults=(FAULT,))
    assert [file.format for file in stages.kept(run_now(ground, twice), on).gguf.files] == ["q8_0"]
    told = page(ground)
    assert "## Trained; the export to GGUF failed" in told
    assert "As GGUF: `q8_0` (1 MB)." in told
    assert "model-Q8_0.gguf --jinja" in told  # how to use what is there


def test_a_request_s_page_tells_what_was_asked_and_not_the_training_again(ground, on, twice):
    made(ground, twice, 2, "q4_k_m")
    told = page(ground, "requests/second")

    assert "## Done: q4_k_m is made" in told
    assert f"More was asked for of run `{twice.id}`, which learned from `a.csv`" in told
    assert "nothing is trained twice" not in told
    assert "How well it answers" not in told
    assert "## Done: q8_0 is made" in page(ground, "requests/first")


def test_a_request_is_over_once_its_run_has_turned_to_another(ground, on):
    run = succeeded(ground)
    take_up(ground, wish(run, "first"))
    made(ground, run, 1, faults=(FAULT,))
    take_up(ground, wish(run, "second", export="q4_k_m"))
    story = tell(on, record(ground, "first"))

    assert run_now(ground, run).tries == 1
    assert phase(story) == "succeeded"
    assert verdict(story).startswith(f"Over: run {run.id} was asked for something else since")
    assert phase(tell(on, record(ground, "second"))) == "starting"


def test_what_is_published_later_is_every_file_that_there_is(ground, on, twice, monkeypatch):
    made(ground, twice, 2, "q4_k_m")
    with hub() as there:
        trust(monkeypatch, there)
        take_up(ground, wish(twice, "out", "publish", **{"publish.repository": "me/poems"}))
    run = run_now(ground, twice)
    order = PublishOrder.model_validate_json(
        on.store.read(on.outbox, names.order(run.id, "publish", run.paper))
    )
    assert [file.format for file in order.gguf.files] == ["q8_0", "q4_k_m"]
    done = PublishResult(run_id=run.id, attempt=1, repository="me/poems", commit="c0ffee", url="https://x/me")
    ground.store.write("outbox", names.result(run.id, "publish", 1), done.model_dump_json().encode())
    said(ground, run, "publish", "SUCCEEDED")
    assert "## Done: it is published as me/poems" in page(ground, "requests/out")
