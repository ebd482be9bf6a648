"""The tree as git sees it: tracked files, and new ones that git does not ignore."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "infra", "functions", "gpu_batch", "jinko")


@cache
def files() -> list[str]:
    """Paths relative to the root, sorted. A file that is deleted but not yet committed is not there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return sorted(name for name in set(listed.stdout.decode().split("\0")) if name and (ROOT / name).exists())


def python(*, tests: bool) -> list[str]:
    """The Python files, with or without the tests."""
    return [name for name in files() if name.endswith(".py") and (tests or not name.startswith("tests/"))]


@cache
def parsed(name: str) -> ast.Module:
    return ast.parse(read(name), name)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones too."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
