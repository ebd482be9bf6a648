"""The verbs of the Makefile, the version, and what a machine is spared: an old Python, gigabytes of CUDA."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, read

PINS = tomllib.loads(read("pyproject.toml"))["project"]
TORCH = next(pin for pin in PINS["optional-dependencies"]["train"] if pin.startswith("torch=="))[7:]
needs_linux_without_gpu = pytest.mark.skipif(
    os.uname().sysname != "Linux" or Path("/dev/nvidia0").exists() or bool(shutil.which("nvidia-smi")),
    reason="the guard is for Linux without an NVIDIA GPU",
)


def make(*arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


def verbs():
    return re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE)


def test_make_alone_prints_every_verb_with_what_it_does():
    printed = make()
    assert printed.returncode == 0, printed.stderr
    told = dict(re.findall(r"^  make ([a-z-]+) +(.{10,})$", printed.stdout, re.MULTILINE))
    assert list(told) == verbs()


def test_there_are_few_verbs_and_none_is_taken_for_a_file():
    (phony,) = re.findall(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)
    assert phony.split() == verbs()
    assert 8 <= len(verbs()) <= 23


def test_the_newest_version_of_the_changelog_is_the_packages():
    assert re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)[0] == PINS["version"]


def test_the_licence_is_the_one_that_the_package_names():
    assert PINS["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in read("LICENSE")


def test_a_python_that_is_too_old_is_answered_with_a_sentence(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "old").write_text("#!/bin/sh\n[ $1 = --version ] && echo Python 3.9.6\nexit 1\n")
    (tmp_path / "old").chmod(0o755)
    asked = make("-C", str(tmp_path), "demo", "PYTHON=./old")
    assert asked.returncode != 0
    assert "Jinko needs Python 3.11 or newer, and ./old is: Python 3.9.6." in asked.stderr
    assert not (tmp_path / ".venv").exists()


# ---------------------------------------------------------------- .ci/install-torch, with a python that notes


@pytest.fixture
def install(tmp_path):
    """Run the script before a stand-in for a venv's python, which answers `pip index` and notes installs."""

    def run(*, sees, there="", index=""):
        python = tmp_path / "python"
        python.write_text(
            "#!/bin/sh\n"
            'case "$*" in\n'
            f'  "-c "*) echo "{there}" ;;\n'
            f'  "-m pip index versions torch") echo "Available versions: {sees}" ;;\n'
            f'  "-m pip install "*) echo "$*" >> {tmp_path}/installed ;;\n'
            "esac\n"
        )
        python.chmod(0o755)
        environment = {"PATH": os.environ["PATH"], "TORCH_INDEX": index}
        script = [str(ROOT / ".ci" / "install-torch"), str(python)]
        ran = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True)
        notes = tmp_path / "installed"
        return ran, notes.read_text() if notes.exists() else ""

    return run


@needs_linux_without_gpu
def test_without_a_gpu_the_cuda_build_is_refused_with_the_next_step(install):
    ran, installed = install(sees=f"2.99.0, {TORCH}, 2.0.0")
    assert ran.returncode == 1
    assert "make demo TORCH_INDEX=" in ran.stderr
    assert installed == ""


@needs_linux_without_gpu
def test_a_cpu_build_that_pip_sees_is_installed(install):
    ran, installed = install(sees=f"2.99.0, {TORCH}+cpu, {TORCH}")
    assert ran.returncode == 0, ran.stderr
    assert installed.endswith(f"torch=={TORCH}\n")
    assert "--index-url" not in installed


def test_an_index_that_a_person_names_is_used_for_this_one_install(install):
    ran, installed = install(sees="", index="file:///some/where else")
    assert ran.returncode == 0, ran.stderr
    assert f"--index-url file:///some/where else torch=={TORCH}" in installed


@pytest.mark.parametrize("build", ["", "+cpu", "+cu130"])
def test_the_pinned_build_that_is_there_stays(install, build):
    ran, installed = install(sees="", there=f"{TORCH}{build}")
    assert (ran.returncode, ran.stdout, installed) == (0, "", "")
