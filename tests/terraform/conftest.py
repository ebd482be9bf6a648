"""The module in infra/terraform, opened once; tests that need terraform are skipped where there is none."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.stage import stage
from tests.terraform import module as modules
from tests.terraform.module import Made, Module


@pytest.fixture(scope="session")
def module() -> Iterator[Module]:
    """A copy of the module, initialized. Nobody changes it: `without` and `copied` make others."""
    if missing := modules.lacks():
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with modules.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions' archives, made by the command that deploys them."""
    folder = tmp_path_factory.mktemp("staged")
    stage(folder)
    return folder


@pytest.fixture(scope="session")
def made(module: Module, staged: Path) -> Made:
    """Everything that the module makes, in a project with the longest id and with everything optional."""
    copied = module.copied("made")
    for other in (copied.folder / "tests").glob("*.tftest.hcl"):
        other.unlink()
    shutil.copytree(staged, copied.folder / "staged")
    return copied.made(
        project="a-project-of-thirty-characters",
        staged="staged",
        gpu_image="us-central1-docker.pkg.dev/p/jinko/gpu@sha256:" + "0" * 64,
        cpu_image="us-central1-docker.pkg.dev/p/jinko/cpu@sha256:" + "1" * 64,
        hf_read_version="1",
        hf_write_version="2",
        wandb_version="latest",
        grader_version="4",
        grader_hosts=["judge.example.com"],
        publish_namespaces=["my-team"],
        max_active_runs=3,
        max_function_bytes=100_000_000,
        billing_account="012345-6789AB-CDEF01",
        alert_email="me@example.com",
    )
