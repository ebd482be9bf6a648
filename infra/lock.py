"""Makes the locks: every version that a function or the container installs, from what pyproject.toml pins.

    python -m infra.lock            # write them anew; `make lock`
    python -m infra.lock --check    # say which are out of step, change nothing; exit code 1 if any is

A lock is made by `uv pip compile` of the extras below and of what the language itself needs; the command's
own packages stay out. Versions that a lock has stay as they are, as long as pyproject.toml allows them: to
take newer ones, delete the file first. No address of an index is written down, and no hash: the same version
has other files on other indexes (PyTorch's CPU builds).

It needs a network, or uv's own cache. The tests compare locks and pins without one.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
COMMAND_ONLY: Final = ("typer", "rich")  # of the project's dependencies: what `jinko` alone needs


class Lock(NamedTuple):
    """A lock: the extras of pyproject.toml that go into it, and how it is resolved.

    `without` are packages that are never installed there though something asks for them.
    """

    extras: tuple[str, ...]
    options: tuple[str, ...] = ("--universal",)
    without: tuple[str, ...] = ()


IMAGE: Final = ("--python-platform", "x86_64-unknown-linux-gnu")  # the container's
# PyTorch's CPU build asks for none of these; the build that PyPI lists, by which the lock is resolved, does.
CUDA: Final = ("cuda-bindings", "cuda-toolkit", "triton", "nvidia-cudnn-cu13", "nvidia-cusparselt-cu13")
CUDA_TOO: Final = ("nvidia-nccl-cu13", "nvidia-nvshmem-cu13")
LOCKS: Final = {
    "functions/on_upload/requirements.txt": Lock(("door", "gcp", "on-upload")),
    "functions/on_dataset_ready/requirements.txt": Lock(("door", "gcp", "on-dataset-ready")),
    "functions/on_job_done/requirements.txt": Lock(("door", "gcp", "on-job-done")),
    "gpu_batch/requirements-cpu.txt": Lock(("gcp", "train", "on-upload"), IMAGE, CUDA + CUDA_TOO),
    "gpu_batch/requirements-gpu.txt": Lock(("gcp", "train", "gpu"), IMAGE),
}


def pins(*extras: str, root: Path = ROOT) -> list[str]:
    """What pyproject.toml pins for these extras and for the language: `name==version`, sorted, once each."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project["optional-dependencies"]

    def all_of(extra: str) -> Iterator[str]:
        for pin in named[extra]:
            ours = re.fullmatch(r"jinko\[(.+)\]", pin)
            yield from (one for part in ours[1].split(",") for one in all_of(part)) if ours else (pin,)

    language = [pin for pin in project["dependencies"] if pin.partition("==")[0] not in COMMAND_ONLY]
    return sorted({*language, *(pin for extra in extras for pin in all_of(extra))}, key=str.lower)


def compiled(name: str, root: Path = ROOT) -> str:
    """The text of a lock, as it should be now. Raises CalledProcessError where the pins do not resolve."""
    lock, there = LOCKS[name], root / name
    with tempfile.TemporaryDirectory() as scratch:
        made, without = Path(scratch, "lock.txt"), Path(scratch, "without.txt")
        made.write_bytes(there.read_bytes() if there.exists() else b"")
        without.write_text("\n".join(lock.without))
        command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--no-config", "--no-header"]
        command += ["--python-version", "3.11", "--annotation-style", "line", *lock.options]
        command += ["--excludes", str(without), "--output-file", str(made)]
        asked = "\n".join(pins(*lock.extras, root=root))
        subprocess.run(command, input=asked.encode(), check=True, stdout=subprocess.DEVNULL)
        said = f"# Made by `make lock`, of these extras of pyproject.toml: {', '.join(lock.extras)}.\n"
        return said + made.read_text(encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every lock, or check them; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.lock", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 if one is out of step"
    )
    check = parser.parse_args(arguments).check
    stale = []
    for name in LOCKS:
        wanted, there = compiled(name), ROOT / name
        if not there.exists() or there.read_text(encoding="utf-8") != wanted:
            stale.append(name)
            if not check:
                there.write_text(wanted, encoding="utf-8")
    verb = "out of step with pyproject.toml, type: make lock" if check else "written"
    print("\n".join(f"{name}: {verb}" for name in stale) or "Every lock is in step with pyproject.toml.")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
