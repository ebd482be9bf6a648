"""The style that a linter does not hold: sizes, annotations, docstrings, and what only one room may do."""

import ast
import re

from tests.house.tree import functions, parsed, python, read

MAX_FILE, MAX_FUNCTION = 250, 60

# Where anything at all may be caught, to make an answer of it: the edge, the job's front door, and the local
# ground's sender, which delivers again whatever a door raised (as Pub/Sub does). Elsewhere a handler may see
# everything only to tidy up and raise it again.
MAY_CATCH_ALL = {
    "functions/edge.py",
    "functions/on_upload/job.py",
    "gpu_batch/__main__.py",
    "infra/local/dispatcher.py",
}
READS_ENVIRONMENT = "infra/settings.py"
# A job may set what its libraries read, never a setting of ours: W&B's run id, the Hub's offline switch.
MAY_SET = re.compile(r"(WANDB|HF|TOKENIZERS)_")
BUILDS_PATHS = "schemas/names.py"
A_PATH = re.compile(r"runs/|datasets/|status/|gs://")


def test_no_file_is_too_long_to_read_in_one_go():
    long = {name: lines for name in python(tests=True) if (lines := read(name).count("\n")) > MAX_FILE}
    assert not long, f"over {MAX_FILE} lines: {long}"


def test_no_function_is_too_long_to_see_at_once():
    long = [
        f"{name}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for name in python(tests=True)
        for node in functions(name)
        if node.end_lineno - node.lineno >= MAX_FUNCTION
    ]
    assert not long, f"over {MAX_FUNCTION} lines: {long}"


def test_every_module_says_what_it_is():
    silent = [n for n in python(tests=True) if read(n).strip() and not ast.get_docstring(parsed(n))]
    assert not silent, f"no docstring: {silent}"


def test_every_function_says_what_it_takes_and_returns():
    untyped = [
        f"{name}:{node.lineno} {node.name}({', '.join(missing)})"
        for name in python(tests=False)
        for node in functions(name)
        if (missing := unannotated(node))
    ]
    assert not untyped, f"not annotated: {untyped}"


def unannotated(node):
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    bound = positional[:1] if positional and positional[0].arg in ("self", "cls") else []
    every = [*positional, *a.kwonlyargs, *(extra for extra in (a.vararg, a.kwarg) if extra)]
    missing = [arg.arg for arg in every if arg.annotation is None and arg not in bound]
    return missing + ([] if node.returns else ["return"])


def test_nothing_is_caught_whatever_it_is_but_at_the_edge_and_the_jobs_front_door():
    caught = [
        f"{name}:{node.lineno}"
        for name in python(tests=False)
        if name not in MAY_CATCH_ALL
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.ExceptHandler) and catches_all(node.type) and not raises_again(node)
    ]
    assert not caught, f"name what is caught: {caught}"


def catches_all(kind):
    if isinstance(kind, ast.Tuple):
        return any(map(catches_all, kind.elts))
    return kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))


def raises_again(handler):
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_the_environment_is_read_in_one_place():
    read_at = [
        f"{name}:{node.lineno}"
        for name in python(tests=False)
        if name != READS_ENVIRONMENT
        for node in environment_uses(parsed(name), may_set=name.startswith("gpu_batch/"))
    ]
    assert not read_at, f"ask {READS_ENVIRONMENT} instead: {read_at}"


def environment_uses(tree, may_set):
    """os.environ, os.getenv and their imports by name; not what a job sets for its own libraries."""
    excused = {id(node) for use in ast.walk(tree) if may_set for node in settings_of_libraries(use)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (alias for alias in node.names if alias.name in ("environ", "getenv"))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
            yield from () if id(node) in excused else (node,)


def settings_of_libraries(node):
    """The `os.environ` in `os.environ["WANDB_X"] = …` and in `os.environ.setdefault("WANDB_X", …)`."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=environ, slice=key)]) if names_a_librarys(key):
            yield environ
        case ast.Call(func=ast.Attribute(value=environ, attr="setdefault"), args=[key, _]):
            yield from (environ,) if names_a_librarys(key) else ()


def names_a_librarys(key):
    return isinstance(key, ast.Constant) and isinstance(key.value, str) and bool(MAY_SET.match(key.value))


def test_a_path_of_the_buckets_is_built_in_one_place():
    built = [
        f"{name}:{node.lineno} {node.value!r}"
        for name in python(tests=False)
        if name != BUILDS_PATHS
        for node in strings(parsed(name))
        if A_PATH.match(node.value)
    ]
    assert not built, f"let {BUILDS_PATHS} build it: {built}"


def strings(tree):
    """Every string of the code, the pieces of f-strings too, docstrings left out."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def test_these_tests_see_what_they_look_for():
    wrong = ast.parse(
        "import os\n"
        "def f(self, a: int, *b, c=1): return f'gs://{a}'\n"
        "os.environ['WANDB_MODE'] = os.environ['JINKO_HOME']\n"
        "os.environ.setdefault('HF_HUB_OFFLINE', '1')\n"
    )
    assert unannotated(wrong.body[1]) == ["c", "b", "return"]
    assert [node.value for node in strings(wrong) if A_PATH.match(node.value)] == ["gs://"]
    assert len(list(environment_uses(wrong, may_set=True))) == 1
    assert len(list(environment_uses(wrong, may_set=False))) == 3
    assert catches_all(None)
    assert catches_all(ast.parse("(ValueError, Exception)", mode="eval").body)
