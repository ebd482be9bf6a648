"""The process that does what could take forever: mathematics, regular expressions, JSON Schemas.

`gpu_batch.graders.limited` starts it as a file of its own and ends it where it takes too long: a big power,
say, cannot be interrupted from inside. It reads one JSON object a line and writes one; it imports nothing of
ours, reaches no network and ends when its input does.
"""

import importlib
import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any, Final

NAMES: Final = frozenset("sin cos tan log ln exp sqrt pi".split())  # words that a formula may hold
MEMORY: Final = 3 << 30  # bytes of address space, where the system can limit it


def find(pattern: str, text: str, whole: bool, seconds: float) -> float:
    """Whether a regular expression finds something; 0 where it takes too long."""
    import regex

    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    try:
        found = (compiled.fullmatch if whole else compiled.search)(text, timeout=seconds)
    except TimeoutError:
        return 0.0
    return float(found is not None)


def fulfils(schema: dict[str, Any], text: str) -> float:
    """Whether a JSON text fulfils a schema. References to elsewhere are not followed."""
    import jsonschema
    import referencing

    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
        return float(kind(schema, registry=referencing.Registry()).is_valid(json.loads(text)))
    except jsonschema.SchemaError as error:
        raise ValueError(f"the schema is no JSON Schema: {error.message}") from error
    except referencing.exceptions.Unresolvable as error:
        raise ValueError(f"the schema refers to {error.ref!r}, which is not in it") from error
    except RecursionError:
        return 0.0


def formula_alone(text: str) -> bool:
    """Whether a text is a formula and nothing else, without the dollar signs that it is found by in prose."""
    words = set(re.findall(r"(?<!\\)\b[A-Za-z]{2,}", text)) - NAMES
    return not words and not re.search(r"\$|\\\(|\\\[|\\boxed", text)


def equal(wanted: list[str], answer: str) -> float | None:
    """Whether an answer is mathematically equal to a wanted one; None where none of those can be read."""
    from math_verify import parse, verify

    def read(text: str) -> list[Any]:
        found: list[Any] = parse(f"${text}$" if formula_alone(text) else text, parsing_timeout=None)
        return found

    right = [found for found in map(read, wanted) if found]
    if not right:
        return None
    given = read(answer)
    return float(any(verify(one, given, timeout_seconds=None) for one in right))


def ready(of: str) -> float:
    """The libraries of a task imported, so that its first question takes no longer than the others."""
    for name in LIBRARIES[of]:
        importlib.import_module(name)
    return 1.0


LIBRARIES: Final = {"find": ["regex"], "fulfils": ["jsonschema", "referencing"], "equal": ["math_verify"]}
TASKS: Final[dict[str, Callable[..., float | None]]] = {
    "find": find,
    "fulfils": fulfils,
    "equal": equal,
    "ready": ready,
}


def answer(line: str) -> dict[str, Any]:
    """One question's answer: {"score": …}, or {"error": …} for settings that make no sense.

    Whatever else goes wrong ends the process, and the answer in question scores 0."""
    question = json.loads(line)
    task = TASKS[question.pop("task")]
    try:
        return {"score": task(**question)}
    except ValueError as error:
        return {"error": str(error)}


def main() -> None:
    """Answer until the input ends."""
    logging.disable(logging.CRITICAL)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):  # no such limit on this system
        pass
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        out.write(json.dumps(answer(line)) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
