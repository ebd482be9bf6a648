"""The locks of what is deployed are in step with pyproject.toml and with the code. No network is needed.

`python -m infra.lock --check` asks more: whether they would be made again as they are.
"""

import re

import pytest

from infra.lock import LOCKS, pins
from infra.reach import reached
from schemas.methods import METHODS
from schemas.names import STAGES
from tests.house.requirements import locked, normal_pin, package_of, packages
from tests.house.tree import ROOT, read

# What the container imports by its name: the stage of the order, the method of the recipe.
JOB = ["gpu_batch.__main__", *(f"gpu_batch.{stage}" for stage in STAGES)]
JOB += [f"gpu_batch.methods.{method}" for method in METHODS]
RUNS = {
    "functions/on_upload/requirements.txt": ["functions.on_upload.main"],
    "functions/on_dataset_ready/requirements.txt": ["functions.on_dataset_ready.main"],
    "functions/on_job_done/requirements.txt": ["functions.on_job_done.main"],
    "gpu_batch/requirements-cpu.txt": [*JOB, "functions.on_upload.job"],
    "gpu_batch/requirements-gpu.txt": JOB,
}
# Pinned for a package that finds it by itself, or so that one set resolves.
NEVER_IMPORTED = {
    "accelerate": "transformers trains with it",
    "bitsandbytes": "PyTorch and Unsloth load 4-bit weights with it",
    "timm": "transformers sees with it, for Gemma 3n",
    "torchao": "Unsloth asks for it, in PyTorch's version",
    "torchvision": "Unsloth asks for it, in PyTorch's version",
    "triton": "PyTorch's and Unsloth's kernels, in PyTorch's version",
    "unsloth-zoo": "Unsloth's other half, in its version",
    "xformers": "Unsloth's attention, in PyTorch's version",
}


ON_A_GPU_ONLY = {"unsloth", "vllm"}  # asked for by machines that have one


def imported(lock):
    return packages(reached(ROOT, *RUNS[lock]).others)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_every_version_that_pyproject_pins(lock):
    held = locked(lock)
    wrong = [pin for pin in pins(*LOCKS[lock].extras) if held.get(normal_pin(pin)[0]) != normal_pin(pin)[1]]
    assert not wrong, "out of step; type: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_one_version_of_each_package_and_no_index(lock):
    text = read(lock)
    assert "://" not in text
    assert "--" not in text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    wrong = [line for line in lines if not re.match(r"[a-z0-9.-]+==[\w.]+( ;.*)?( +# via .*)?$", line)]
    assert not wrong


@pytest.mark.parametrize("lock", LOCKS)
def test_all_that_is_imported_there_is_in_the_lock(lock):
    absent = ON_A_GPU_ONLY if lock.endswith("-cpu.txt") else set()
    assert not imported(lock) - set(locked(lock)) - absent


@pytest.mark.parametrize("function", [lock for lock in LOCKS if lock.startswith("functions/")])
def test_a_function_is_given_nothing_that_it_does_not_import(function):
    given = {normal_pin(pin)[0] for pin in pins(*LOCKS[function].extras)}
    assert not given - imported(function) - set(NEVER_IMPORTED)


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock.startswith("gpu_batch/")])
def test_the_container_is_given_nothing_that_nobody_imports(lock):
    given = {normal_pin(pin)[0] for pin in pins(*LOCKS[lock].extras)}
    assert not given - imported(lock) - set(NEVER_IMPORTED)


def test_a_cpu_machine_gets_nothing_of_cuda():
    assert not [package for package in locked("gpu_batch/requirements-cpu.txt") if "nvidia" in package]
    assert "nvidia-cudnn-cu13" in locked("gpu_batch/requirements-gpu.txt")


def test_an_import_is_known_by_its_package():
    assert package_of("yaml") == "pyyaml"
    assert package_of("google.cloud.pubsub_v1.types.BatchSettings") == "google-cloud-pubsub"
    assert package_of("google.api_core.exceptions") == "google-api-core"
    assert package_of("functions_framework") == "functions-framework"
    assert package_of("google.cloud") is None
    assert package_of("os.path") is None
