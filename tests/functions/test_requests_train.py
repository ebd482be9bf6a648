"""A run that is asked for by a message: on a dataset that is prepared, with settings as a recipe has them."""

import pytest

from functions.on_dataset_ready.requests import request
from functions.on_dataset_ready.step import order
from infra import ledger
from schemas.errors import BadInput
from schemas.events import DatasetReady, RunRequested, parse
from schemas.names import drop_id
from schemas.orders import TrainOrder
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.conftest import remembered
from tests.functions.runs import page, prepared


def asked(dataset: str, name: str = "gentle-1", **settings: object) -> RunRequested:
    given = {"base_model": "tiny-gemma3"} | settings
    return RunRequested(request="train", dataset_id=dataset, request_id=name, settings=given)


def record(ground, name="gentle-1"):
    return ledger.load(ground.cloud, DropRecord, drop_id("inbox", f"requests/{name}", 1))


def test_a_message_asks_for_a_run_on_a_dataset_and_its_page_is_named_after_the_request(ground, on):
    dataset = prepared(ground).dataset_id
    (ready,) = request(asked(dataset, training={"epochs": 2}), on)
    assert isinstance(ready, DatasetReady)
    (changed,) = order(ready, on)

    run = ledger.load(on, RunRecord, changed.run_id)
    paper = TrainOrder.model_validate_json(ground.store.read("outbox", f"runs/{run.id}/train/order.json"))
    assert (run.dataset_id, paper.settings.recipe.training.epochs) == (dataset, 2)
    assert paper.settings.sources == {"base_model": "message", "training.epochs": "message"}
    assert run.id in page(ground, "requests/gentle-1")


def test_the_same_request_twice_is_one_run(ground, on):
    dataset = prepared(ground).dataset_id
    (ready,) = request(asked(dataset), on)
    (first,) = order(ready, on)
    before = remembered(ground)

    assert request(asked(dataset), on) == [ready]
    assert order(ready, on) == [first]
    assert remembered(ground) == before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"training.epoch": 2}, "Did you mean 'training.epochs'?"),
        ({"data.test_size": 0.2}, "'data.test_size' is about preparing data"),
        ({"data": {"seed": 1}}, "'data.seed' is about preparing data"),
        ({"training": {"epochs": 2}, "training.epochs": 3}, "'training.epochs' is set twice"),
    ],
)
def test_settings_that_cannot_be_taken_are_told_on_the_requests_page(ground, on, settings, words):
    assert request(asked(prepared(ground).dataset_id, **settings), on) == []
    assert record(ground).state == "refused"
    assert words in page(ground, "requests/gentle-1").replace("`", "'").replace("\\", "")


def test_a_dataset_that_is_not_there_is_told(ground, on):
    assert request(asked("0123456789abcdef"), on) == []
    assert "There is no dataset" in page(ground, "requests/gentle-1")


@pytest.mark.parametrize(
    "data",
    [
        b'{"type": "RunRequested", "request": "train", "dataset_id": "d"}',
        b'{"type": "RunRequested", "request": "train", "request_id": "r"}',
        b'{"type": "RunRequested", "request": "retry"}',
        b'{"type": "RunRequested", "request": "train", "dataset_id": "d", "request_id": "../x"}',
    ],
)
def test_a_request_that_does_not_say_what_it_is_about_is_no_event(data):
    with pytest.raises(BadInput):
        parse(data)
