"""The first machine rule: the cheapest that holds it, while the money lasts, or a refusal in words."""

import pytest

from functions.on_dataset_ready.plan import LONGEST_SECONDS, needed, plan
from infra.ports import Machine
from schemas.errors import BadInput
from schemas.orders import BasePin
from schemas.recipe import Recipe

L4 = Machine("g2-standard-4", 4, 16, "NVIDIA L4", 1, 24, 0.70, 0.42)
L4_ROOMY = Machine("g2-standard-12", 12, 48, "NVIDIA L4", 1, 24, 1.00, 0.60)
L4_TWICE = Machine("g2-standard-24", 24, 96, "NVIDIA L4", 2, 48, 2.00, 1.20)
A100 = Machine("a2-highgpu-1g", 12, 85, "NVIDIA A100", 1, 40, 3.67, 2.12)
A100_80 = Machine("a2-ultragpu-1g", 12, 170, "NVIDIA A100 80GB", 1, 80, 5.07, None)
H100 = Machine("a3-highgpu-1g", 26, 234, "NVIDIA H100", 1, 80, None, 6.57)
PLAIN = Machine("n2-standard-8", 8, 32, None, 0, 0, 0.39, 0.09)
MACHINES = (PLAIN, A100, L4_TWICE, H100, L4, A100_80, L4_ROOMY)


def base(billions, bits=16):
    return BasePin(
        name="acme/model",
        where="hub",
        location="acme/model",
        revision="0" * 40,
        weight_bytes=int(billions * 1e9 * bits / 8),
        weight_bits=bits,
    )


def recipe(**settings):
    return Recipe.model_validate(settings)


def chosen(billions, machines=MACHINES, **settings):
    return plan(base(billions), recipe(**settings), machines)


def refusal(pin=None, machines=MACHINES, **settings):
    with pytest.raises(BadInput) as refused:
        plan(pin or base(1), recipe(**settings), machines)
    (fault,) = refused.value.faults
    return fault


# ---------------------------------------------------------------- which machine


@pytest.mark.parametrize(
    ("billions", "settings", "machine"),
    [
        (0.001, {}, "g2-standard-4"),
        (1, {}, "g2-standard-4"),
        (4, {"training": {"batch_size": 2}}, "g2-standard-4"),  # it merges tensor by tensor
        (8, {}, "a2-highgpu-1g"),
        (8, {"spot": True}, "a2-highgpu-1g"),
        (8, {"training": {"batch_size": 2, "max_length": 256}}, "g2-standard-12"),
        (27, {}, "a2-ultragpu-1g"),
        (27, {"spot": True}, "a3-highgpu-1g"),
        (1, {"training": {"finetuning": "full"}}, "a2-highgpu-1g"),
    ],
)
def test_the_cheapest_machine_that_holds_it_is_taken(billions, settings, machine):
    made = chosen(billions, **settings)

    assert (made.machine, made.spot) == (machine, settings.get("spot", False))
    assert made.machine in made.why
    assert "cheapest" in made.why


def test_two_accelerators_hold_no_more_than_one_of_them():
    assert refusal(base(8), (L4, L4_TWICE)).finding.endswith(
        "accelerator has 24, a tenth of which stays free."
    )


def test_a_higher_rank_and_longer_rows_need_more():
    plain = needed(base(8), recipe())
    more = needed(base(8), recipe(training={"lora_rank": 256, "max_length": 2048, "batch_size": 8}))

    assert more.learning == pytest.approx(16 * plain.learning)
    assert more.rows == pytest.approx(4 * plain.rows)
    assert more.weights == plain.weights == pytest.approx(14.9, abs=0.1)


def test_four_bits_need_a_third_of_the_memory_for_the_weights():
    squeezed = needed(base(8), recipe(training={"finetuning": "qlora"}))
    plain = needed(base(8), recipe())

    assert squeezed.weights == pytest.approx(0.3 * plain.weights)
    assert squeezed.learning == plain.learning


def test_what_a_method_compares_and_remembers_is_reckoned_with():
    plain = needed(base(8), recipe())
    rows = {"batch_size": 8, "max_length": 512}
    pairs = needed(base(8), recipe(training={"method": "orpo", **rows}))
    assert pairs.rows == pytest.approx(2 * plain.rows)
    dpo = needed(base(8), recipe(training={"method": "dpo", **rows}))
    assert dpo.rows == pytest.approx(3 * plain.rows)
    assert dpo.weights == plain.weights  # the adapter is switched off to remember
    whole = {"finetuning": "full"}
    copied = needed(base(8), recipe(training={"method": "dpo", **whole}))
    assert copied.weights == pytest.approx(1.5 * needed(base(8), recipe(training=whole)).weights)
    grpo = {"method": "grpo", "batch_size": 8, "grpo": {"max_new_tokens": 512}, "graders": "exact"}
    assert needed(base(8), recipe(training=grpo)).rows == pytest.approx(2 * plain.rows)
    grpo["grpo"] = {"max_new_tokens": 512, "beta": 0.1}
    assert needed(base(8), recipe(training=grpo)).rows == pytest.approx(3 * plain.rows)


def test_weights_that_are_stored_in_float32_are_loaded_at_half_their_size():
    assert needed(base(8, bits=32), recipe()) == needed(base(8), recipe())


def test_what_no_machine_holds_is_refused_with_what_there_is():
    fault = refusal(base(70))
    assert fault.place == "base_model: acme/model"
    assert "about 1" in fault.finding  # 150 GiB
    assert "the largest accelerator has 80," in fault.finding
    assert "'machine'" in fault.next_step

    assert "training.finetuning: lora" in refusal(base(8), training={"finetuning": "full"}).next_step


def test_a_base_whose_size_cannot_be_seen_wants_a_machine_named():
    fault = refusal(base(0))

    assert "cannot be seen" in fault.finding
    assert "g2-standard-4" in fault.next_step
    assert "n2-standard-8" not in fault.next_step
    assert chosen(0, machine="g2-standard-4").disk_gib >= 100


# ---------------------------------------------------------------- a machine of a person's choice


def test_a_machine_that_was_named_is_taken_and_the_plan_says_so():
    assert chosen(1, machine="a2-highgpu-1g").why.startswith("a2-highgpu-1g was asked for, and holds")


@pytest.mark.parametrize("machine", ["g2-standard-4", "n2-standard-8"])
def test_a_machine_that_seems_too_small_is_the_persons_choice(machine):
    made = chosen(8, machine=machine)

    assert made.machine == machine
    assert "though it seems too small" in made.why


@pytest.mark.parametrize(
    ("settings", "place", "finding", "step"),
    [
        ({"machine": "g2-standard-5"}, "machine: g2-standard-5", "knows no machine", "'g2-standard-4'"),
        ({"machine": "x"}, "machine: x", "knows no machine", "There are: n2-standard-8, a2-highgpu-1g"),
        ({"machine": "a3-highgpu-1g"}, "machine: a3-highgpu-1g", "as Spot only", "Set spot: true"),
        (
            {"machine": "a2-ultragpu-1g", "spot": True},
            "machine: a2-ultragpu-1g",
            "never lent as Spot",
            "Remove spot: true",
        ),
    ],
)
def test_a_machine_that_cannot_be_had_so_is_refused_with_what_can(settings, place, finding, step):
    fault = refusal(**settings)

    assert fault.place == place
    assert finding in fault.finding
    assert step in fault.next_step


def test_a_ground_without_machines_has_no_plan_and_refuses_what_asks_for_one():
    assert plan(base(8), recipe(max_cost_usd=0.01), ()) is None
    for settings in ({"machine": "g2-standard-4"}, {"spot": True}):
        fault = refusal(machines=(), **settings)
        assert "Runs use this machine" in fault.finding
        assert next(iter(settings)) in fault.place


# ---------------------------------------------------------------- for how long


@pytest.mark.parametrize("cost", [1.5, 10, 333])
@pytest.mark.parametrize("billions", [0.001, 1, 8])
@pytest.mark.parametrize("export", ["adapter", "merged"])
def test_the_bill_stays_within_what_a_run_may_cost(cost, billions, export):
    try:
        made = chosen(billions, max_cost_usd=cost, export=export)
    except BadInput:
        assert (cost, billions, export) == (1.5, 8, "merged")
        return

    assert made.usd_per_hour * made.max_seconds / 3600 <= cost * 1.0001
    assert made.max_seconds <= LONGEST_SECONDS
    machine = next(one for one in MACHINES if one.name == made.machine)
    assert machine.usd < made.usd_per_hour < machine.usd * 1.1  # its disk costs too
    kept = made.max_seconds - made.train_seconds - made.export_seconds
    assert 100 < kept < made.max_seconds
    assert (made.export_seconds > 600) is (export == "merged")


def test_no_job_is_longer_than_the_scheduler_allows():
    assert chosen(1, max_cost_usd=100_000).max_seconds == LONGEST_SECONDS


def test_money_that_buys_too_little_time_is_refused_with_the_price_and_what_is_enough():
    fault = refusal(base(8), max_cost_usd=0.5)
    assert fault.place == "max_cost_usd: 0.5"
    assert "buys 8 minutes of a2-highgpu-1g, at 3.69 US dollars an hour" in fault.finding

    enough = float(fault.next_step.split()[3])
    assert chosen(8, max_cost_usd=enough).train_seconds > 600
    assert refusal(base(8), max_cost_usd=enough - 0.02).place == f"max_cost_usd: {enough - 0.02:g}"


def test_the_disk_holds_the_base_three_times_beside_the_system():
    assert chosen(0.001).disk_gib == 110
    assert chosen(27).disk_gib == 260
