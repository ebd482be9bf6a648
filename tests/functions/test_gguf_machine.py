"""The machine of a job that makes GGUF files: no GPU, and memory for the file that it reads."""

import pytest

from functions.launch import cheapest_cpu, memory_gib
from functions.on_dataset_ready.plan import plan
from infra.gcp.machines import MACHINES
from schemas.orders import BasePin
from schemas.recipe import Recipe
from schemas.runs import RunRecord


def base(billions, bits=16):
    bytes = int(billions * 1e9 * bits / 8)
    return BasePin(
        name="a/b", where="hub", location="a/b", revision="1", weight_bytes=bytes, weight_bits=bits
    )


def run(billions, stage="gguf", bits=16):
    return RunRecord(
        id="0" * 16,
        state="waiting",
        drop_id="d",
        dataset_id="d",
        fingerprint="f",
        base=base(billions, bits),
        stage=stage,
    )


@pytest.mark.parametrize(
    ("billions", "machine"),
    [(1, "e2-standard-8"), (8, "e2-standard-8"), (27, "n2-highmem-8"), (70, "n2-highmem-16")],
)
def test_it_is_the_cheapest_whose_memory_holds_the_16_bit_file_or_the_largest(billions, machine):
    assert cheapest_cpu(MACHINES, memory_gib(run(billions))).name == machine


def test_weights_that_are_stored_in_other_bits_count_as_16():
    assert memory_gib(run(8, bits=32)) == memory_gib(run(8)) == pytest.approx(20.4, abs=0.1)


def test_a_publishing_wants_no_more_for_a_larger_model():
    assert memory_gib(run(70, stage="publish")) == memory_gib(run(1, stage="publish"))


def test_time_and_disk_for_gguf_files_are_in_the_plan_before_anything_is_paid():
    plain = plan(base(4), Recipe(), MACHINES)
    more = plan(base(4), Recipe.model_validate({"export": "merged,f16,q4_k_m"}), MACHINES)
    assert more.export_seconds > plain.export_seconds + 600
    assert more.train_seconds < plain.train_seconds
    weights = base(4).weight_bytes / 2**30
    assert more.disk_gib >= 100 + 3 * weights  # merged, 16-bit, quantized; or base, merged and one to spare
