"""What a module reaches by its imports, read from the source and never run: our files, and others' packages.

`reached(root, "functions.on_upload.main")` follows every import statement, those inside functions too, since
what is imported lazily is imported on some day; and `STARTED`. Left out are imports for the type checker
alone, and `LEFT_OUT`. What code imports by a name that it computes is not seen; the house does none of that.

Who asks: `infra.stage` (what is copied) and the tests that compare the locks with the code.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOMS: Final = ("schemas", "infra", "functions", "gpu_batch", "jinko")
# What is reached and yet never imported by anything that is deployed, with the reason.
LEFT_OUT: Final = {
    "infra.local": "the laptop's ground: infra.ground imports it only where JINKO_GROUND says local",
}
# What a module starts as a process of its own, which no import names: it goes where the module goes.
STARTED: Final = {
    "functions.on_upload.reading.workbook": "functions.on_upload.reading.sheets",
    "gpu_batch.graders.limited": "gpu_batch.graders.worker",
    "gpu_batch.llama.convert": "gpu_batch.llama.quantize",
    "gpu_batch.llama.questions": "gpu_batch.llama.ask",
}


class Reach(NamedTuple):
    """What was reached: our modules by name with their files, and the names that were imported of others.

    `others` are dotted names as the code writes them, the standard library's among them:
    `google.cloud.batch_v1`, `yaml`. Of `from a import b` both `a` and `a.b` are named: `b` may be a module.
    """

    modules: dict[str, Path]
    others: frozenset[str]


def reached(root: Path, *starts: str) -> Reach:
    """Follow the imports of these modules of ours. Raises FileNotFoundError for one that is not there."""
    modules: dict[str, Path] = {}
    others: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        file = _file(root, name)
        if file is None:
            raise FileNotFoundError(f"no module {name} below {root}")
        if name in modules or is_left_out(name):
            continue
        modules[name] = file
        waiting += [parent] if (parent := name.rpartition(".")[0]) else []
        waiting += [STARTED[name]] if name in STARTED else []
        for imported in _imported(ast.parse(file.read_bytes(), str(file))):
            if imported.partition(".")[0] not in ROOMS:
                others.add(imported)
            elif _file(root, imported):
                waiting.append(imported)
    return Reach(dict(sorted(modules.items())), frozenset(others))


def is_left_out(name: str) -> bool:
    """Whether a module is one of those that nothing deployed imports."""
    return any(name == one or name.startswith(f"{one}.") for one in LEFT_OUT)


def _file(root: Path, name: str) -> Path | None:
    """The file of a module of ours; None for a name that is something inside a module."""
    path = root.joinpath(*name.split("."))
    found = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in found if file.is_file()), None)


def _imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names of every import below a node, except what only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=test, orelse=otherwise) if ast.unparse(test).endswith("TYPE_CHECKING"):
                yield from _imported(ast.Module(body=otherwise, type_ignores=[]))
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(level=0, module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise ValueError(f"line {node.lineno}: a relative import; write the whole name")
            case _:
                yield from _imported(node)
