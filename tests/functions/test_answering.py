"""A file of prompts and the model that answers them: a run of one stage, nothing trained."""

import pytest

from functions.on_dataset_ready.requests import delete, request
from functions.on_dataset_ready.step import order
from infra import ledger
from schemas import names
from schemas.errors import Unavailable
from schemas.events import DeleteRequested, RunRequested
from schemas.orders import GenerateOrder
from schemas.results import GenerateResult
from schemas.runs import RunRecord
from tests.conftest import lines
from tests.functions.runs import TINY, jobs, now, page, prepared, said, trained, write_export

PROMPTS = lines(["prompt", *(f"p{n}" for n in range(6))])


def asked(ground, model="tiny-gemma3", name="p.csv", content=PROMPTS, **settings):
    """A drop of prompts with its run; twice, as ever."""
    given = {key: value for key, value in TINY.items() if key in settings}
    ready = prepared_for(ground, name, content, {"model": model} | settings | given)
    told = order(ready, ground.cloud)
    assert order(ready, ground.cloud) == told
    return ledger.load(ground.cloud, RunRecord, told[0].run_id) if told else None


def prepared_for(ground, name, content, settings):
    from functions.on_upload.step import prepare
    from tests.conftest import drop

    (ready,) = prepare(drop(ground, name, content, settings), ground.cloud)
    return ready


def ordered_of(ground, run):
    return GenerateOrder.model_validate_json(ground.store.read("outbox", names.order(run.id, "generate")))


def answered(ground, run, **changes):
    told = {"rows": 6, "answered": 6, "answers": names.answers("p.csv", "jsonl"), "seconds": 3.0} | changes
    made = GenerateResult.model_validate({"run_id": run.id, "attempt": 1} | told)
    ground.store.write("outbox", names.result(run.id, "generate", 1), made.model_dump_json().encode())
    return said(ground, run, "generate", "SUCCEEDED")


def test_a_file_of_prompts_is_answered_by_a_base_and_its_page_says_where_the_answers_are(ground):
    run = asked(ground)
    assert (run.state, run.stage, run.base.name) == ("submitted", "generate", "tiny-gemma3")
    assert list(jobs(ground)) == [names.job_id(run.id, "generate", 1)]
    assert "Starting the answering" in page(ground, "p.csv")

    answered(ground, run)
    told = page(ground, "p.csv")
    assert now(ground, run).state == "succeeded"
    assert "## Done: all 6 prompts are answered" in told
    assert "`answers/p.csv.jsonl`: the answers" in told
    assert "learn" not in told


def test_rows_that_could_not_be_answered_are_told(ground):
    run = asked(ground)
    fault = {"place": "p.csv:3", "finding": "The prompt is too long.", "next_step": "Shorten it."}
    answered(ground, run, answered=5, failed=[fault])

    told = page(ground, "p.csv")
    assert "## Done: 5 of 6 prompts are answered" in told
    assert "The prompt is too long." in told


@pytest.mark.parametrize("by", ["id", "file"])
def test_a_run_answers_with_its_merged_model(ground, by):
    tuned = trained(ground)
    write_export(ground, tuned)
    said(ground, tuned, "export", "SUCCEEDED")
    wanted = ordered_of(ground, asked(ground, tuned.id if by == "id" else "a.csv"))

    assert (wanted.adapter, wanted.model) == (None, names.weights(tuned.id, "export", 1, "merged"))
    assert wanted.base == tuned.base


def test_a_run_without_a_merged_model_answers_with_its_adapter(ground):
    tuned = trained(ground, export="adapter")
    wanted = ordered_of(ground, asked(ground, tuned.id))

    assert (wanted.adapter, wanted.model) == (names.weights(tuned.id, "train", 1, "adapter"), None)


def test_a_run_that_still_trains_is_waited_for(ground):
    from tests.functions.runs import ordered

    tuned = ordered(ground)
    ready = prepared_for(ground, "p.csv", PROMPTS, {"model": tuned.id})
    with pytest.raises(Unavailable, match="is still being trained"):
        order(ready, ground.cloud)
    assert f"run {tuned.id}, which is to answer, is still being trained" in page(ground, "p.csv")


def test_the_same_prompts_to_the_same_model_are_answered_once(ground):
    first = asked(ground)
    again = asked(ground, name="q.csv")
    other = asked(ground, name="r.csv", **{"generate.temperature": "0.7"})

    assert again.id == first.id
    assert other.id != first.id


def test_answers_are_asked_for_by_message_on_a_dataset_that_is_prepared(ground):
    dataset = prepared(ground).dataset_id
    event = RunRequested(
        request="generate",
        dataset_id=dataset,
        request_id="answers-1",
        settings={"generate.model": "tiny-gemma3"},
    )
    (ready,) = request(event, ground.cloud)
    (told,) = order(ready, ground.cloud)

    assert told.stage == "generate"
    assert told.run_id in page(ground, "requests/answers-1")


@pytest.mark.parametrize(
    ("model", "settings", "words"),
    [
        ("0123456789abcdef", {}, "There is no run '0123456789abcdef'"),
        ("no-such-base", {}, "'no-such-base' is no run, no file that was trained on"),
        ("tiny-gemma3", {"training.epochs": "2"}, "'training.epochs' is about a training"),
    ],
)
def test_what_cannot_be_is_refused_on_the_page(ground, model, settings, words):
    assert asked(ground, model, **settings) is None
    assert words in page(ground, "p.csv").replace("\\", "")


def test_who_deletes_the_run_deletes_its_answers_but_not_those_of_a_later_one(ground, on):
    run = asked(ground)
    answered(ground, run)
    for suffix in ("jsonl", "csv"):
        ground.store.write("outbox", names.answers("p.csv", suffix), b"{}")
    later = asked(ground, **{"generate.temperature": "0.7"})
    answered(ground, later)
    delete(DeleteRequested(what="run", id=run.id), on)
    assert ground.store.stat("outbox", names.answers("p.csv", "jsonl"))

    delete(DeleteRequested(what="run", id=later.id), on)
    assert [one.name for one in ground.store.list("outbox", "answers/")] == []
