"""The trainer's clock: it stops in time, keeps what it has, and says so; without a plan it never does."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from gpu_batch.__main__ import run_job
from gpu_batch.clock import Clock
from infra import ledger
from schemas import names
from schemas.orders import Plan
from schemas.records import now
from schemas.runs import RunRecord
from tests.gpu_batch.papers import RUN, dataset, metrics_of, result_of, tickets, train_order

STEPS = 2_000  # minutes of work: it must be the clock that ends it
TRAINING = {"learning_rate": 1e-3, "max_steps": STEPS, "batch_size": 4}


def a_plan(train_seconds, start_seconds=0):
    return Plan(
        machine="g2-standard-4",
        gpu="NVIDIA L4",
        spot=False,
        usd_per_hour=0.72,
        max_seconds=train_seconds + 1000,
        train_seconds=train_seconds,
        start_seconds=start_seconds,
        disk_gib=110,
        why="It is the cheapest that holds it.",
    )


def an_order(on, tmp_path, plan, **settings):
    """An order with a plan, where the job looks for it."""
    rows = dataset(on, tickets(0, 40), tickets(900, 902), tmp_path)
    order = train_order(on, rows, **settings).model_copy(update={"plan": plan})
    on.store.write(on.outbox, names.order(RUN, "train"), order.model_dump_json().encode())
    return order


def a_run(on, order, **changes):
    """The run's record, as it is when its job runs."""
    plain = {"state": "running", "counted_from": now()} | changes
    made = RunRecord.model_validate(
        {"id": RUN, "drop_id": "d", "dataset_id": "s", "fingerprint": "f", "base": order.base, **plain}
    )
    return ledger.create(on, made)


def stopped(clock, step, steps=STEPS):
    """Whether the clock stops the training after this step."""
    control = SimpleNamespace(should_training_stop=False)
    clock.on_step_end(None, SimpleNamespace(global_step=step, max_steps=steps), control)
    return control.should_training_stop


def begun(on, order, attempt=1, measured=0.0):
    clock = Clock(on, order, attempt)
    clock.measured = measured
    clock.on_train_begin(None, SimpleNamespace(), SimpleNamespace())
    return clock


# ---------------------------------------------------------------- what it counts


def test_time_that_is_not_over_stops_nothing(on, tmp_path):
    order = an_order(on, tmp_path, a_plan(500))
    a_run(on, order)
    clock = begun(on, order)

    assert not stopped(clock, 1)
    assert clock.stopped_early is None


@pytest.mark.parametrize(
    ("run", "attempt", "measured"),
    [
        ({"spent": 600.0}, 1, 0.0),  # by attempts that were lost
        ({"counted_from": now() - timedelta(seconds=600)}, 1, 0.0),  # by this job on a machine that is gone
        ({"spent": 300.0, "counted_from": now() - timedelta(seconds=300)}, 1, 0.0),
        ({"attempt": 10}, 10, 0.0),  # by the starts of ten machines
        ({}, 1, 600.0),  # by measuring, which is done once more afterwards
    ],
)
def test_what_was_spent_before_counts(on, tmp_path, run, attempt, measured):
    order = an_order(on, tmp_path, a_plan(500, start_seconds=50))
    a_run(on, order, **run)
    clock = begun(on, order, attempt, measured)

    assert stopped(clock, 1)
    assert clock.stopped_early == "Training stopped after 1 of 2,000 steps: max_cost_usd 10 was used up."


def test_waiting_for_a_machine_costs_nothing(on, tmp_path):
    order = an_order(on, tmp_path, a_plan(500))
    a_run(on, order, state="submitted", counted_from=now() - timedelta(hours=3))

    assert not stopped(begun(on, order), 1)


def test_the_last_step_is_not_stopped_early(on, tmp_path):
    order = an_order(on, tmp_path, a_plan(500))
    a_run(on, order, spent=600.0)
    clock = begun(on, order)

    assert not stopped(clock, STEPS)
    assert clock.stopped_early is None


def test_without_a_plan_there_is_no_clock(on, tmp_path):
    order = an_order(on, tmp_path, None)
    a_run(on, order, spent=1e9)

    assert not stopped(begun(on, order), 1)


# ---------------------------------------------------------------- a real training


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_a_training_that_its_clock_stops_keeps_measures_and_tells_what_it_has(on, tmp_path, offline):
    order = an_order(
        on,
        tmp_path,
        a_plan(700),
        training=TRAINING,
        evaluation={"rows": 2, "max_new_tokens": 4},
        max_cost_usd=2,
    )
    a_run(on, order, spent=690.0)  # ten seconds are left

    assert run_job(on, RUN, "train", 1) == 0
    result = result_of(on, "train")

    assert result.faults == ()
    assert 1 <= result.steps < STEPS
    said = f"Training stopped after {result.steps:,} of 2,000 steps: max_cost_usd 2 was used up."
    assert result.stopped_early == said
    assert on.store.stat(on.outbox, f"{result.adapter}adapter_model.safetensors")
    assert result.after.rows == 2
    assert [line["step"] for line in metrics_of(on)] == list(range(1, result.steps + 1))
    assert result.seconds < 60  # measuring and saving are seconds; 2,000 steps would be minutes
