"""More of a run that is trained: GGUF files or a publishing, asked for by a message. Nothing is trained."""

from dataclasses import replace

import pytest

from functions.on_dataset_ready.requests import cancel, request
from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from functions.on_job_done.sweep import sweep
from infra import ledger
from infra.gcp.machines import MACHINES
from schemas import names
from schemas.events import CancelRequested, DatasetReady, JobChanged, RunRequested, Swept
from schemas.orders import GgufOrder, PublishOrder
from schemas.records import now
from schemas.results import RESULTS
from schemas.runs import RunRecord
from tests.conftest import remembered, say_of_job
from tests.functions.runs import (
    FAULT,
    jobs,
    ordered,
    page,
    prepared,
    said,
    trained,
    write_export,
    write_training,
)
from tests.functions.runs import now as run_now
from tests.hub.server import hub, trust


@pytest.fixture
def the_hub(monkeypatch):
    """A Hub that is asked beforehand whether a name is free."""
    with hub() as served:
        trust(monkeypatch, served)
        yield served


def succeeded(ground, **settings):
    run = trained(ground, **settings)
    write_export(ground, run)
    said(ground, run, "export", "SUCCEEDED")
    return run_now(ground, run)


def wish(run, name="q8-1", request="export", **settings):
    given = settings or {"export": "q8_0"}
    return RunRequested(request=request, run_id=run.id, request_id=name, settings=given)


def take_up(ground, event):
    """The request, and the message that it is answered with, both twice; what is told in the end."""
    ready = request(event, ground.cloud)
    assert request(event, ground.cloud) == ready
    told = [one for each in ready for one in order(each, ground.cloud)]
    before = remembered(ground)
    assert [one for each in ready for one in order(each, ground.cloud)] == told
    assert remembered(ground) == before
    return told


def leave(ground, run, stage, **changes):
    """What a job of this stage leaves as its first attempt's result, and that it ended well."""
    made = RESULTS[stage].model_validate({"run_id": run.id, "attempt": 1} | changes)
    ground.store.write("outbox", names.result(run.id, stage, 1), made.model_dump_json().encode())
    return said(ground, run, stage, "SUCCEEDED")


def q8(run):
    folder = names.weights(run.id, "gguf", 1, "gguf")
    file = {"format": "q8_0", "path": f"{folder}model-q8_0.gguf", "size": 1_200_000, "compared": 5, "same": 5}
    return {"folder": folder, "files": [file]}


def test_gguf_of_a_run_that_succeeded_long_ago_is_made_of_its_merged_model_without_training(ground, on):
    run = succeeded(ground)
    (told,) = take_up(ground, wish(run))

    after = run_now(ground, run)
    wanted = GgufOrder.model_validate_json(on.store.read(on.outbox, names.order(run.id, "gguf", after.paper)))
    assert (told.state, told.stage, told.attempt) == ("submitted", "gguf", 1)
    assert wanted.merged == names.weights(run.id, "export", 1, "merged")
    assert wanted.quantizations == ("q8_0",)
    assert sorted(jobs(ground)) == [names.job_id(run.id, stage, 1) for stage in ("export", "gguf", "train")]
    assert "Starting the export to GGUF" in page(ground, "requests/q8-1")


def test_its_end_is_told_on_the_pages_of_the_file_and_of_the_request(ground):
    run = succeeded(ground)
    take_up(ground, wish(run))
    leave(ground, run, "gguf", **q8(run))

    after = run_now(ground, run)
    assert (after.state, after.kept) == ("succeeded", {"train": 1, "export": 1, "gguf": 1})
    for name in ("a.csv", "requests/q8-1"):
        told = page(ground, name)
        assert "As GGUF: `q8_0` (1.2 MB, 5 of 5 answers alike)." in told
        assert f"`runs/{run.id}/gguf/1/gguf/`: GGUF files" in told
        assert f"`runs/{run.id}/export/1/merged/`: the trained model" in told


@pytest.mark.usefixtures("the_hub")
def test_a_recipe_that_asks_for_everything_goes_through_every_stage_and_publishes_what_they_made(ground, on):
    run = succeeded(ground, export="adapter, q8_0", publish__repository="me/poems")
    leave(ground, run, "gguf", **q8(run))
    paper = run_now(ground, run).paper
    wanted = PublishOrder.model_validate_json(on.store.read(on.outbox, names.order(run.id, "publish", paper)))
    url = "https://huggingface.co/me/poems"
    leave(ground, run, "publish", repository="me/poems", commit="c0ffee", url=url)

    assert (wanted.publish.repository, wanted.publish.private) == ("me/poems", True)
    assert (wanted.trained.attempt, wanted.exported.attempt) == (1, 1)
    assert wanted.gguf.files[0].format == "q8_0"
    assert run_now(ground, run).state == "succeeded"
    assert "It is published as `me/poems`, for its owner alone to see." in page(ground)
    assert url in page(ground)


@pytest.mark.usefixtures("the_hub")
def test_two_requests_of_one_run_follow_one_another(ground, on):
    run = succeeded(ground)
    take_up(ground, wish(run))
    place = {"publish.repository": "me/poems", "publish.private": "false"}
    assert take_up(ground, wish(run, "out-1", "publish", **place)) == []
    assert f"Waiting: run {run.id} is busy; this begins when it has ended" in page(ground, "requests/out-1")

    leave(ground, run, "gguf", **q8(run))
    later = now().replace(year=now().year + 1)
    told = [one for one in sweep(Swept(at=later), on) if isinstance(one, DatasetReady)]
    assert [one.stage for ready in told for one in order(ready, on)] == ["publish"]
    paper = run_now(ground, run).paper
    wanted = PublishOrder.model_validate_json(on.store.read(on.outbox, names.order(run.id, "publish", paper)))
    assert wanted.publish.private is False
    assert wanted.gguf is not None


def test_a_request_that_fails_leaves_what_there_was_and_the_run_still_answers_the_same_file(ground, on):
    run = succeeded(ground)
    take_up(ground, wish(run))
    failed = RESULTS["gguf"](run_id=run.id, attempt=1, faults=(FAULT,))
    ground.store.write("outbox", names.result(run.id, "gguf", 1), failed.model_dump_json().encode())
    said(ground, run, "gguf", "SUCCEEDED")

    told = page(ground)
    assert "## Trained; the export to GGUF failed: The answer does not fit." in told
    assert f"`jinko retry {run.id}`" in told
    assert f"`runs/{run.id}/export/1/merged/`: the trained model" in told
    (again,) = order(prepared(ground, "b.csv"), on)
    assert again.run_id == run.id


def test_the_same_file_with_another_format_is_not_trained_again(ground, on):
    run = succeeded(ground)
    (told,) = order(prepared(ground, "b.csv", export="merged, q8_0"), on)

    assert (told.run_id, told.stage) == (run.id, "gguf")
    assert names.job_id(run.id, "train", 2) not in jobs(ground)
    leave(ground, run, "gguf", **q8(run))
    assert "As GGUF: `q8_0`" in page(ground, "b.csv")
    (told,) = order(prepared(ground, "c.csv", export="q8_0"), on)
    assert (told.run_id, told.state) == (run.id, "succeeded")


def test_the_same_file_after_a_failed_export_is_exported_again_and_not_trained(ground, on):
    run = trained(ground)
    said(ground, run, "export", "FAILED")
    (told,) = order(prepared(ground, "b.csv"), on)

    assert (told.run_id, told.stage, told.attempt, told.state) == (run.id, "export", 2, "submitted")


def test_a_retry_repeats_the_request_s_own_stage_and_goes_on_from_there(ground, on):
    run = succeeded(ground)
    take_up(ground, wish(run))
    said(ground, run, "gguf", "FAILED")
    (told,) = request(RunRequested(request="retry", run_id=run.id), on)

    assert (told.state, told.stage, told.attempt) == ("submitted", "gguf", 2)
    assert jobs(ground)[names.job_id(run.id, "gguf", 2)] == "QUEUED"


def test_a_request_can_be_cancelled_and_the_trained_model_stays(ground, on):
    run = succeeded(ground)
    take_up(ground, wish(run))
    (told,) = cancel(CancelRequested(run_id=run.id), on)

    assert told.state == "cancelled"
    assert run_now(ground, run).kept == {"train": 1, "export": 1}


def test_a_late_notice_of_the_training_does_not_touch_what_was_asked_for_since(ground, on):
    run = succeeded(ground)
    take_up(ground, wish(run))
    before = run_now(ground, run)
    for stage in ("train", "export"):
        job = say_of_job(ground, run.id, stage, "FAILED")
        assert advance(JobChanged(job_id=job, state="FAILED"), on)[0].stage == "gguf"
    assert run_now(ground, run) == before


@pytest.mark.parametrize(
    ("wanted", "settings", "words"),
    [
        ("export", {"training.epochs": 2}, "'training.epochs' is nothing that a request to export can set"),
        ("export", {"proof.threshold": 0.2}, "It is not said in which format"),
        ("export", {"export": "gptq"}, "'export: gptq' is not built yet"),
        ("publish", {"publish.private": "false"}, "It is not said where to publish to"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_on_its_page(ground, wanted, settings, words):
    run = succeeded(ground)
    assert take_up(ground, wish(run, "odd-1", wanted, **settings)) == []

    assert words in page(ground, "requests/odd-1").replace("\\", "")
    assert run_now(ground, run) == run


def test_of_a_run_that_is_not_there_nothing_can_be_asked(ground):
    nobody = RunRecord.model_construct(id="0123456789abcdef")
    assert take_up(ground, wish(nobody)) == []
    assert "There is no trained run '0123456789abcdef'" in page(ground, "requests/q8-1")


def test_of_a_run_without_weights_nothing_can_be_made(ground):
    run = ordered(ground)
    said(ground, run, "train", "FAILED")

    assert take_up(ground, wish(run)) == []
    assert "Its training left no weights" in page(ground, "requests/q8-1")


def test_stages_that_need_no_accelerator_run_on_a_cheap_machine_and_their_seconds_count_less(ground, on):
    lent = replace(on, machines=MACHINES)
    (changed,) = order(prepared(ground, export="q8_0", machine="g2-standard-8"), lent)
    run = ledger.load(on, RunRecord, changed.run_id)
    write_training(ground, run)
    advance(JobChanged(job_id=say_of_job(ground, run.id, "train", "SUCCEEDED"), state="SUCCEEDED"), lent)
    assert run_now(ground, run).rate == 1
    write_export(ground, run)
    advance(JobChanged(job_id=say_of_job(ground, run.id, "export", "SUCCEEDED"), state="SUCCEEDED"), lent)

    after = run_now(ground, run)
    assert after.stage == "gguf"
    assert after.rate == pytest.approx(0.2681 / 0.8536, rel=0.05)  # beside the price with its disk
