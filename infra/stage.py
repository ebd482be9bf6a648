"""Stages the three functions: a folder each, complete, as Cloud Run functions takes it.

    python -m infra.stage DIR

DIR/on_upload, DIR/on_dataset_ready and DIR/on_job_done each hold `main.py` with the entry point (only its own
folder is on the path when it is served), `requirements.txt` with every version, and copies of the modules
that are reached from there by imports (`infra.reach`), with the pages' templates compiled to modules, and
nothing else. Beside each lies the same as a .zip, whose SHA-256 is printed.

The same code makes the same bytes, wherever the clone lies and whoever stages it: times, order and modes are
fixed, and the .zip is not compressed, since compressors differ from machine to machine. What an earlier
staging left in DIR is replaced; a DIR that holds anything else is refused, and nothing is touched.

Not here: uploading and deploying (Terraform does both), and the container (gpu_batch/Dockerfile).
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from infra.reach import reached
from schemas.errors import BadInput, Fault

ROOT: Final = Path(__file__).resolve().parent.parent
FUNCTIONS: Final = ("on_upload", "on_dataset_ready", "on_job_done")
# What makes modules that no import names: {module: where they go}. It is run, not imported, since infra knows
# no function, and since the clone that is staged may be another.
COMPILES: Final = {"functions.compiled": "functions/compiled_templates"}
MADE_BY: Final = (
    '"""The entry point of {}, as it is deployed. Made by `python -m infra.stage`; do not edit."""'
)
# What is imported stays, so looking for garbage meanwhile finds nothing, and took a tenth of a cold start. No
# function computes what OpenBLAS would share out among the threads that numpy starts with it, and there is no
# plugin of pydantic's, for which it looks in every package that is installed.
MAIN: Final = (
    MADE_BY
    + """

import gc
import os

gc.set_threshold(200_000, 20, 100)
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from functions.{}.main import {} as {}  # noqa: E402
"""
)
WRITTEN: Final = 315_532_800  # 1980-01-01: the earliest time that a .zip can name
FILE_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755


class Staged(NamedTuple):
    """One function as it was staged. `bytes` is the sum of its files, `digest` the .zip's SHA-256 in hex."""

    function: str
    folder: Path
    files: int
    bytes: int
    zip: Path
    digest: str


def stage(to: Path, root: Path = ROOT) -> list[Staged]:
    """Stage all three functions into a folder, made if it is not there. A repeat makes the same bytes.

    `root` is the clone to stage. Raises BadInput if the folder holds what is not ours.
    """
    _refuse_what_is_not_ours(to)
    to.mkdir(parents=True, exist_ok=True)
    return [_staged(function, contents(function, root), to) for function in FUNCTIONS]


def contents(function: str, root: Path = ROOT) -> dict[str, bytes]:
    """What a function's folder holds: {path: content}, sorted. Raises BadInput if it has no lock."""
    modules = reached(root, f"functions.{function}.main").modules
    held = {file.relative_to(root).as_posix(): file.read_bytes() for file in modules.values()}
    for module, to in COMPILES.items():
        if module in modules:
            held |= {f"{to}/{name}": content for name, content in _compiled(root, module).items()}
    held["main.py"] = MAIN.format(*[function] * 4).encode()
    lock = root / "functions" / function / "requirements.txt"
    if not lock.is_file():
        finding = "The function's requirements are missing."
        raise BadInput(Fault(place=str(lock), finding=finding, next_step="Type: make lock"))
    held["requirements.txt"] = lock.read_bytes()
    return dict(sorted(held.items()))


@cache
def _compiled(root: Path, module: str) -> dict[str, bytes]:
    """What a module of this clone writes when it is told to compile: {file: content}."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-B", "-m", module, folder], cwd=root, check=True)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def _refuse_what_is_not_ours(to: Path) -> None:
    """Raise BadInput unless the folder is empty, is yet to be made, or holds an earlier staging alone."""
    if to.exists() and not to.is_dir():
        finding, foreign = "This is a file.", [to]
    else:
        foreign = sorted(it for it in to.iterdir() if not _is_ours(it)) if to.exists() else []
        finding = f"The folder holds what staging did not put there: {', '.join(it.name for it in foreign)}."
    if foreign:
        step = "Name an empty folder, or one that is yet to be made, for example build/staged."
        raise BadInput(Fault(place=str(to), finding=finding, next_step=step))


def _is_ours(there: Path) -> bool:
    """Whether an earlier staging made this: our .zip, or a folder that begins with our own main.py."""
    function = there.name.removesuffix(".zip")
    if function not in FUNCTIONS:
        return False
    main = there / "main.py"
    begins = MADE_BY.format(function)
    return there.is_file() or (main.is_file() and main.read_text(encoding="utf-8").startswith(begins))


def _staged(function: str, held: Mapping[str, bytes], to: Path) -> Staged:
    folder, packed = to / function, to / f"{function}.zip"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in held.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(FILE_MODE)
        os.utime(file, (WRITTEN, WRITTEN))
    for made in (folder, *(it for it in folder.rglob("*") if it.is_dir())):
        made.chmod(FOLDER_MODE)
        os.utime(made, (WRITTEN, WRITTEN))
    _pack(held, packed)
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    return Staged(function, folder, len(held), sum(map(len, held.values())), packed, digest)


def _pack(held: Mapping[str, bytes], to: Path) -> None:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for name, content in held.items():
            entry = zipfile.ZipInfo(name)  # 1980-01-01, whatever the time is
            entry.create_system = 3  # Unix, also where Windows stages
            entry.external_attr = FILE_MODE << 16
            archive.writestr(entry, content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Stage into the folder of the command line and print what was made; 2 where it is refused."""
    parser = argparse.ArgumentParser(prog="python -m infra.stage", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("dir", metavar="DIR", type=Path, help="where to: empty, new, or staged before")
    try:
        for made in stage(parser.parse_args(arguments).dir):
            print(f"{made.folder}: {made.files} files, {made.bytes / 1000:.0f} kB")
            print(f"{made.zip}: sha256 {made.digest}")
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
