"""The best step of a training is kept, and what only gets worse is stopped: real trainings of seconds."""

import shutil
from types import SimpleNamespace

import pytest

from gpu_batch.__main__ import run_job
from infra import ground, ledger
from infra.settings import Settings
from schemas import names
from schemas.runs import Progress
from tests.gpu_batch.papers import (
    RUN,
    TINY,
    dataset,
    metrics_of,
    result_of,
    tickets,
    tiny_pin,
    train_order,
)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

MEASURING = {"rows": 4, "max_new_tokens": 8}
# Six rows are learned by heart, and the held-out rows get worse again.
BY_HEART = {
    "finetuning": "full",
    "max_steps": 60,
    "batch_size": 6,
    "learning_rate": 1e-2,
    "warmup_steps": 0,
    "scheduler": "constant",
}
# The rate grows until it learns, and further, until all is lost.
COMING_APART = {
    "max_steps": 60,
    "batch_size": 8,
    "learning_rate": 0.3,
    "warmup_steps": 60,
    "max_grad_norm": 1000,
}


def trained(folder, rows, pin=None, evaluation=MEASURING, **training):
    on = ground.cloud(Settings(home=folder / "home"))
    held_out = dataset(on, tickets(0, rows), tickets(900, 904), folder)
    train_order(on, held_out, pin, training=training, evaluation=evaluation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        assert run_job(on, RUN, "train", 1) == 0
    return SimpleNamespace(on=on, result=result_of(on, "train"))


@pytest.fixture(scope="module")
def by_heart(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("by-heart"), 6, **BY_HEART, early_stopping=2)


def test_a_training_that_gets_worse_on_held_out_rows_stops_after_as_many_measurings_as_are_asked_for(
    by_heart,
):
    result = by_heart.result
    best = min(result.checks, key=lambda check: check.value)
    at = result.checks.index(best)
    assert 0 < at < len(result.checks) - 1
    assert len(result.checks) == at + 3
    assert result.steps == result.checks[-1].step < 60
    assert result.cut_short == (
        f"Training stopped after {result.steps} of 60 steps: the loss on held-out rows had been best at step "
        f"{best.step}, which is kept."
    )
    assert result.stopped_early is None
    assert result.effective["kept"].startswith(f"the best of {result.steps} steps: ")


def test_the_best_weights_are_saved_and_measured_and_not_the_last(by_heart):
    result = by_heart.result
    best, last = (min(result.checks, key=lambda check: check.value), result.checks[-1])
    assert result.kept_step == best.step
    assert result.after.loss == pytest.approx(best.value, rel=0.01)  # kept in bfloat16
    assert result.after.loss < last.value
    assert by_heart.on.store.stat(by_heart.on.outbox, f"{result.model}model.safetensors")


def test_the_metrics_have_what_was_measured_on_the_way_and_how_fast_it_went(by_heart):
    lines = metrics_of(by_heart.on)
    told = {line["step"]: line["held_out_loss"] for line in lines if "held_out_loss" in line}
    assert told == {check.step: check.value for check in by_heart.result.checks}
    assert all(line["tokens_per_second"] > 0 for line in lines)


def test_measuring_on_the_way_changes_no_loss(by_heart, tmp_path):
    unmeasured = trained(tmp_path, 6, evaluation={"rows": 0}, **BY_HEART | {"max_steps": 10})
    assert unmeasured.result.checks == ()
    assert "kept" not in unmeasured.result.effective
    losses = [[line["loss"] for line in metrics_of(one.on)] for one in (by_heart, unmeasured)]
    assert losses[0][:10] == losses[1]


def test_a_few_held_out_rows_are_answered_while_it_trains(by_heart):
    glimpses = by_heart.result.glimpses
    first = [one for one in glimpses if one.step == by_heart.result.checks[0].step]
    assert [one.line for one in first] == [902, 903, 904]
    assert [one.question for one in first] == [row.prompt[0].content for row in tickets(900, 903)]
    assert len({one.step for one in glimpses}) >= 2
    assert any(one.answer for one in glimpses)


def test_a_training_that_comes_apart_stops_and_keeps_what_was_good(tmp_path):
    one = trained(tmp_path, 40, **COMING_APART, early_stopping=0)
    result = one.result
    assert result.faults == ()
    assert result.steps < 60
    assert result.kept_step == result.checks[0].step
    assert f"After {result.steps} steps the loss was " in result.cut_short
    assert f"What it had learned by step {result.kept_step} is kept." in result.cut_short
    assert result.after.loss == pytest.approx(result.checks[0].value, rel=0.001)
    assert result.after.loss < result.before.loss / 3
    told = ledger.load(one.on, Progress, RUN)
    assert (told.phase, told.check, told.glimpses) == ("asking the held-out rows after", None, ())
    assert one.on.store.stat(one.on.outbox, f"{result.adapter}adapter_model.safetensors")


def test_a_loss_that_is_no_number_before_anything_was_good_is_refused_at_once(tmp_path):
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(TINY, tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    next(iter(weights.values())).fill_(float("nan"))
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    one = trained(tmp_path, 8, tiny_pin(broken), max_steps=20, batch_size=2)
    (fault,) = one.result.faults
    assert fault.finding == "After 1 steps the loss is no number any more: training came apart."
    assert fault.place == "training.learning_rate"
    assert list(one.on.store.list(one.on.outbox, names.weights(RUN, "train", 1, "adapter"))) == []
