"""The light paths are light: a cold start is a user waiting.

Each door, the command, and what a door shares with the jobs is imported in a process of its own in which the
training stack, Google's clients, and what only some files or some bases need, cannot be.
"""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

BLOCKED = (
    "accelerate",
    "datasets",
    "google.api_core",
    "google.auth",
    "google.cloud.batch",
    "google.cloud.batch_v1",
    "google.cloud.firestore",
    "google.cloud.pubsub",
    "google.cloud.pubsub_v1",
    "google.cloud.storage",
    "google.pubsub_v1",
    "grpc",
    "httpx",
    "huggingface_hub",
    "pandas",
    "peft",
    "python_calamine",
    "requests",
    "torch",
    "transformers",
    "trl",
    "unsloth",
)

IMPORTER = f"""
import importlib, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        for blocked in {BLOCKED!r}:
            if name == blocked or name.startswith(blocked + "."):
                raise ImportError(name + " is not for the light path")

sys.meta_path.insert(0, Blocked())
importlib.import_module(sys.argv[1])
"""


def import_blocked(module):
    environment = {"PYTHONPATH": str(ROOT), "JINKO_GROUND": "local"}
    return subprocess.run(
        [sys.executable, "-c", IMPORTER, module], cwd=ROOT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "module",
    [
        "functions.on_upload.main",
        "functions.on_dataset_ready.main",
        "functions.on_job_done.main",
        "gpu_batch.text",
        "jinko.__main__",
    ],
)
def test_a_light_path_needs_neither_torch_nor_google(module):
    done = import_blocked(module)
    assert done.returncode == 0, done.stderr


def test_what_is_blocked_cannot_be_imported():
    assert "torch is not for the light path" in import_blocked("torch").stderr
