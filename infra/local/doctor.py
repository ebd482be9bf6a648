"""What this machine and this folder need for Jinko: looked at, never changed.

Nothing of the training stack is imported: whether it is installed is read from its packages' own papers.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from infra.checks import Check
from infra.settings import Settings

MACHINE: Final = "This machine"
FOLDER: Final = "This folder"
STACK: Final = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "safetensors")
TINY: Final = "tiny-gemma3"
LEAST_GB, ENOUGH_GB = (
    2,
    20,
)  # of free disk: without the first nothing goes; a base of 4 billion weights takes 8
LEAST_GIB: Final = 4  # of memory, for the example


def examine(settings: Settings) -> Iterator[Check]:
    """Everything in order."""
    yield Check(MACHINE, "Python", "good", f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield _memory()
    yield _gpu()
    yield _stack()
    yield _tiny(settings.models)
    yield _folder(settings.home)
    yield _disk(settings.home)
    yield _hub()


def _memory() -> Check:
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = f"{os.cpu_count()} cores, {gib:.0f} GiB of memory"
    if gib < LEAST_GIB:
        return Check(MACHINE, "processor", "note", f"{found}: little, also for small bases")
    return Check(MACHINE, "processor", "good", found)


def _gpu() -> Check:
    names = _nvidia()
    if names:
        return Check(MACHINE, "GPU", "good", "; ".join(names))
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Check(MACHINE, "GPU", "good", "Apple's own")
    found = "None: this machine trains small bases. Others: docs/deploy.md"
    return Check(MACHINE, "GPU", "note", found)


def _nvidia() -> list[str]:
    """What NVIDIA's driver says is there; nothing where there is no driver, or it does not answer."""
    if (program := shutil.which("nvidia-smi")) is None:
        return []
    asked = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in told.stdout.splitlines() if line.strip()] if told.returncode == 0 else []


def _stack() -> Check:
    found, missing = [], []
    for package in STACK:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        return Check(
            MACHINE, "to train with", "missing", f"{', '.join(missing)} not installed.", "make setup"
        )
    return Check(MACHINE, "to train with", "good", ", ".join(found[:3]))


def _tiny(models: Path) -> Check:
    if all((models / TINY / name).is_file() for name in ("config.json", "model.safetensors")):
        return Check(MACHINE, f"base {TINY}", "good", f"in {models / TINY}")
    found = f"It is not in {models / TINY}; others come from the Hugging Face Hub."
    return Check(MACHINE, f"base {TINY}", "missing", found, "make example")


def _folder(home: Path) -> Check:
    there = _nearest(home)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Check(FOLDER, "files", "missing", f"{there} cannot be written to.", "cd ANOTHER-FOLDER")
    made = "" if there == home else ", made by the first drop"
    return Check(FOLDER, "files", "good", f"{home}{made}")


def _disk(home: Path) -> Check:
    free = shutil.disk_usage(_nearest(home)).free / 1e9
    found = f"{free:.0f} GB free"
    if free < LEAST_GB:
        return Check(
            FOLDER, "disk", "missing", f"{found}: not enough even for a small base.", "jinko delete ID"
        )
    if free < ENOUGH_GB:
        return Check(
            FOLDER, "disk", "note", f"{found}: enough for small bases; one of 4 billion weights takes 8"
        )
    return Check(FOLDER, "disk", "good", found)


def _nearest(path: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next(one for one in (path, *path.parents) if one.exists())


def _hub() -> Check:
    from huggingface_hub import get_token

    what = "Hugging Face Hub"
    if get_token():
        return Check(FOLDER, what, "good", "there is a token")
    return Check(
        FOLDER, what, "note", "No token: gated bases are not possible, nor publishing.", "hf auth login"
    )
