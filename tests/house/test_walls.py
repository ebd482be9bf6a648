"""The walls between the rooms hold: a copy of the house passes `lint-imports`, and a broken wall is named.

All the forbidden imports are written into one copy, each in a module of its own, and that module's name is
looked for in what is said of the wall that has to see it.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT

HEAVY = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "unsloth")
LIGHT = ("schemas", "infra", "infra.local", "functions", "functions.on_upload", "jinko", "gpu_batch.text")

# (wall, room, what a module of that room may not import)
FORBIDDEN = [
    ("schemas", "schemas", "infra.ports"),
    ("schemas", "schemas", "functions.edge"),
    ("schemas", "schemas", "gpu_batch.text"),
    ("schemas", "schemas", "jinko"),
    ("schemas-pure", "schemas", "os"),
    ("schemas-pure", "schemas", "google.cloud.storage"),
    ("infra", "infra", "functions.edge"),
    ("infra", "infra.local", "gpu_batch.text"),
    ("infra", "infra.local", "jinko"),
    ("grounds", "infra.local", "infra.gcp"),
    ("grounds", "infra.gcp", "infra.local.store"),
    ("google", "infra.local", "google.cloud.storage"),
    ("google", "infra", "google.api_core.exceptions"),
    ("google", "functions.on_upload", "google.cloud.storage"),
    ("google", "gpu_batch", "google.cloud.storage"),
    ("google", "jinko", "google.auth"),
    ("ground", "functions.on_upload", "infra.ground"),
    ("ground", "gpu_batch", "infra.ground"),
    ("ground", "infra.local", "infra.ground"),
    ("steps", "functions.on_upload", "functions.on_dataset_ready.main"),
    ("steps", "functions.on_dataset_ready", "functions.on_job_done.main"),
    ("steps", "functions.on_job_done", "functions.on_upload.main"),
    ("functions-ports", "functions.on_upload", "infra.local.store"),
    ("functions-ports", "functions.on_job_done", "infra.settings"),
    ("functions-ports", "functions", "infra.gcp"),
    ("functions", "functions.on_upload", "gpu_batch.text"),
    ("functions", "functions", "gpu_batch.text"),
    ("functions", "functions.on_dataset_ready", "gpu_batch.__main__"),
    ("functions", "functions.on_job_done", "jinko"),
    ("gpu-batch", "gpu_batch", "functions.pages"),
    ("gpu-batch", "gpu_batch", "jinko"),
    ("text", "gpu_batch.text", "infra.ports"),
    ("text", "gpu_batch.text", "functions.edge"),
    ("text", "gpu_batch.text", "gpu_batch.__main__"),
    ("jinko", "jinko", "gpu_batch.text"),
    ("jinko", "jinko", "gpu_batch.__main__"),
    *(("light", room, package) for room, package in zip(LIGHT, HEAVY, strict=True)),
]


def contracts():
    """{id: name} of every wall in .importlinter."""
    text = (ROOT / ".importlinter").read_text(encoding="utf-8")
    return dict(re.findall(r"^\[importlinter:contract:(.+)\]\nname = (.+)$", text, re.MULTILINE))


def copy_house(to: Path):
    for room in ROOMS:
        shutil.copytree(ROOT / room, to / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", to)


def lint(house: Path):
    """What `lint-imports` says with this copy as its working folder, which comes first on its path."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, env={"PYTHONPATH": str(house)})


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """{wall's name: what is said of it} for a copy in which everything forbidden is done."""
    house = tmp_path_factory.mktemp("house")
    copy_house(house)
    for number, (_, room, imported) in enumerate(FORBIDDEN):
        folder = house.joinpath(*room.split("."))
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / f"breaks_{number}.py").write_text(f"import {imported}\n")
    said = lint(house)
    assert said.returncode == 1, said.stdout + said.stderr
    parts = re.split(r"^(.+)\n-+\n", said.stdout.split("Broken contracts")[1], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_house_stands(tmp_path):
    copy_house(tmp_path)
    said = lint(tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "0 broken" in said.stdout


@pytest.mark.parametrize(
    ("number", "wall"),
    [
        pytest.param(number, wall, id=f"{room} may not import {imported}")
        for number, (wall, room, imported) in enumerate(FORBIDDEN)
    ],
)
def test_a_wall_that_is_broken_is_named(broken, number, wall):
    assert f"breaks_{number} ->" in broken[contracts()[wall]]


def test_every_wall_is_tried():
    assert {wall for wall, _, _ in FORBIDDEN} == set(contracts())


def test_the_google_ground_may_import_googles_clients_and_the_preflight_the_text(tmp_path):
    copy_house(tmp_path)
    (tmp_path / "infra" / "gcp").mkdir(exist_ok=True)
    (tmp_path / "infra" / "gcp" / "__init__.py").touch()
    (tmp_path / "infra" / "gcp" / "breaks_nothing.py").write_text("import google.cloud.storage\n")
    (tmp_path / "functions" / "on_dataset_ready" / "breaks_nothing.py").write_text("import gpu_batch.text\n")
    said = lint(tmp_path)
    assert said.returncode == 0, said.stdout
