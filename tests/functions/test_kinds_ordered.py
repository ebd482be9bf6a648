"""A dataset of every kind becomes a run by the method that suits it, or is refused before anything is
paid."""

import json

import pytest

from functions.on_dataset_ready.requests import request
from functions.on_dataset_ready.step import order
from functions.stages import after_training
from infra import ledger
from schemas import names
from schemas.events import RunRequested
from schemas.orders import TrainOrder
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.conftest import lines
from tests.functions.runs import now, page, prepared, said, the_drop, write_training

PAIRS = [{"prompt": f"q{n}", "chosen": f"good {n}", "rejected": f"bad {n}"} for n in range(20)]
JUDGED = [{"prompt": f"q{n}", "completion": f"a{n}", "label": n % 2 == 0} for n in range(20)]
STEPS = [{"prompt": f"q{n}", "completions": ["one", "two"], "labels": [True, n % 2 == 0]} for n in range(20)]
TEXTS = [
    {"text": f"A text of some length about the number {n}, and what follows from it."} for n in range(20)
]


def started(ground, on, rows, **settings):
    ready = prepared(ground, "rows.jsonl", lines([json.dumps(row) for row in rows]), **settings)
    changed = order(ready, on)
    return ready, ledger.load(on, RunRecord, changed[0].run_id) if changed else None


def training_of(on, run):
    return TrainOrder.model_validate_json(
        on.store.read(on.outbox, names.order(run.id, "train"))
    ).settings.recipe


@pytest.mark.parametrize(("rows", "method"), [(PAIRS, "dpo"), (JUDGED, "kto"), (TEXTS, "pretrain")])
def test_rows_choose_their_method_and_the_order_pins_what_follows(ground, on, rows, method):
    _, run = started(ground, on, rows)
    training = training_of(on, run).training
    assert training.method == method
    assert None not in (training.learning_rate, training.epochs, training.lora_rank, training.scheduler)


def test_saying_what_is_chosen_is_the_same_run(ground, on):
    _, silent = started(ground, on, PAIRS)
    _, said = started(ground, on, PAIRS, training__method="dpo", training__epochs="3")
    assert said.id == silent.id
    _, other = started(ground, on, PAIRS, training__method="orpo")
    assert other.id != silent.id


def test_a_method_that_does_not_fit_refuses_the_drop_with_those_that_do(ground, on):
    ready, run = started(ground, on, JUDGED, training__method="sft")
    assert run is None
    (fault,) = ledger.load(on, DropRecord, ready.drop_id).faults
    assert "rows are feedback on answers" in fault.finding
    assert "kto" in fault.next_step
    assert "kto" in page(ground, "rows.jsonl")


def test_judged_steps_are_refused_with_what_to_do_instead(ground, on):
    ready, run = started(ground, on, STEPS)
    assert run is None
    (fault,) = the_drop(ground, ready).faults
    assert "solutions judged step by step" in fault.finding
    assert "training.method: kto" in fault.next_step


def test_a_reward_model_is_not_exported(ground, on):
    _, run = started(ground, on, PAIRS, training__method="reward")
    assert after_training(training_of(on, run)) == ()
    assert run.todo == ()
    _, plain = started(ground, on, PAIRS)
    assert after_training(training_of(on, plain)) == ("export",)


def test_formats_of_a_reward_model_are_refused_when_they_are_asked_for_later(ground, on):
    _, run = started(ground, on, PAIRS, training__method="reward")
    write_training(ground, run, effective={"method": "reward"})
    said(ground, run, "train", "SUCCEEDED")
    assert now(ground, run).state == "succeeded"
    asked = RunRequested(request="export", run_id=run.id, request_id="later", settings={"export": "q8_0"})
    for ready in request(asked, on):
        assert order(ready, on) == []
    refused = ledger.load(on, DropRecord, names.drop_id(on.inbox, names.requested("later"), names.ASKED))
    assert "it scores answers and gives none" in refused.faults[0].finding
    assert now(ground, run).state == "succeeded"
