"""The container of the jobs, as far as it can be held without Docker: what it copies and installs."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infra.reach import reached
from tests.house.dockerfile import commands, copied, stages
from tests.house.requirements import IMPORTER
from tests.house.test_locks import ON_A_GPU_ONLY, RUNS
from tests.house.tree import ROOT, read

TARGETS = ("cpu", "gpu")


def test_a_linter_of_dockerfiles_finds_nothing():
    linter = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([linter, ROOT / "gpu_batch" / "Dockerfile"], capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize("target", TARGETS)
def test_a_job_runs_as_a_plain_user_and_hears_of_sigterm_itself(target):
    said = {it.word: it.rest for it in stages()[target]}
    assert said["ENTRYPOINT"] == '["python", "-m", "gpu_batch"]'
    assert said["USER"] == "10001"
    assert said["WORKDIR"] == "/home/jinko"
    assert "useradd --uid 10001" in next(it.rest for it in stages()["base"] if it.word == "RUN")


def test_all_that_is_copied_is_there_and_may_be_seen_by_the_build():
    seen = [line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")]
    for stage in stages():
        for source, _ in copied(stage):
            assert (ROOT / source).exists()
            assert any(source == it or source.startswith(f"{it}/") for it in seen), source


def test_the_code_that_a_job_reaches_is_copied_and_the_base_that_comes_with_it():
    sources = [source for source, _ in copied("code")]
    ours = reached(ROOT, *RUNS["gpu_batch/requirements-cpu.txt"]).modules.values()
    assert {file.relative_to(ROOT).parts[0] for file in ours} <= set(sources)
    assert "examples/tiny-gemma3" in sources
    left = [line for line in read(".dockerignore").splitlines() if line.startswith(("infra/", "**"))]
    hidden = [
        f for f in ours if any(fnmatch.fnmatch(f.relative_to(ROOT).as_posix(), f"{it}*") for it in left)
    ]
    assert not hidden


def test_cloud_build_makes_both_targets_and_names_no_substitution_that_it_lacks():
    text = read("gpu_batch/cloudbuild.yaml")
    build = yaml.safe_load(text)
    targets = [next(a for a in step["args"] if a.startswith("--target=")) for step in build["steps"]]
    assert targets == [f"--target={target}" for target in TARGETS]
    tags = [
        a.removeprefix("--tag=") for step in build["steps"] for a in step["args"] if a.startswith("--tag=")
    ]
    assert tags == build["images"]
    asked = set(re.findall(r"\$\{(\w+)\}", text))
    assert asked == {*build["substitutions"], "PROJECT_ID", "BUILD_ID"}


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_cpu_target_s_own_commands_install_what_its_jobs_import(tmp_path):
    """The RUN lines as they are written, in a folder with what is copied, but for where the venv lies."""
    for stage in ("cpu-packages", "code"):
        for source, to in copied(stage):
            place = tmp_path / stage / (to + Path(source).name if to.endswith("/") else to)
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, place)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": "",
    }
    environment.setdefault("TORCH_INDEX", "")
    for command in commands("cpu-packages"):
        ran = command.replace("/opt/venv", str(tmp_path / "venv"))
        subprocess.run(["bash", "-c", ran], cwd=tmp_path / "cpu-packages", env=environment, check=True)

    python = str(tmp_path / "venv" / "bin" / "python")
    ours, others = reached(tmp_path / "code", *RUNS["gpu_batch/requirements-cpu.txt"])
    there = sorted(name for name in others if name.partition(".")[0] not in ON_A_GPU_ONLY)
    inside = {
        **environment,
        "PYTHONPATH": str(tmp_path / "code"),
        "JINKO_GROUND": "gcp",
        "JINKO_PROJECT": "p",
    }
    for arguments in (
        ["-m", "gpu_batch", "--help"],
        ["-m", "pip", "check"],
        ["-c", IMPORTER, str(tmp_path / "code"), *ours, *there],
    ):
        done = subprocess.run([python, *arguments], cwd=tmp_path, env=inside, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
