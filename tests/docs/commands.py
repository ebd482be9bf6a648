"""Whether commands that a guide tells to type are commands: as far as the tools themselves can say without
acting.

    faults("gcloud storage cp a.csv gs://b/ --custom-metadata=x=y")      # [] or sentences

gcloud's own table of commands and flags (it completes words by it) knows every command, every flag, and
which of them want a value. Terraform prints the options of a command, and the module the names of its
variables. `make` parses its Makefile with `-n`; the parsers of `jinko` are called, and nothing else of it.
"""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from jinko.__main__ import app
from tests.house.tree import ROOT

BETWEEN = {"&&", "||", "|", ";"}
SHELL = {"cd", "echo", "export", "read", "printf", "source", "cat", "git"}  # nothing of ours to check
FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def scripts(page: str) -> list[str]:
    """The shell blocks of a page."""
    return FENCE.findall(page)


def needs(program: str) -> str:
    """The program's path. Where it is not installed the test is skipped; where CI=true, it fails."""
    found = shutil.which(program)
    if found is None:
        words = f"{program} is not here, so its commands in the guides cannot be checked"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(words)
    return str(found)


def commands(script: str) -> Iterator[list[str]]:
    """Every command of a shell script, as words; comments, redirections and settings before it left out."""
    for words in _lines(script):
        told: list[str] = []
        for word in [*words, ";"]:
            if word in BETWEEN:
                told = told[: next((n for n, it in enumerate(told) if it.startswith(">")), len(told))]
                while told and re.match(r"[A-Z_]+=", told[0]):
                    told = told[1:]
                if told:
                    yield told
                told = []
            else:
                told.append(word)


def _lines(script: str) -> Iterator[list[str]]:
    """The words of every line, of several where quotes stay open. Raises ValueError if they never close."""
    read = ""
    for line in script.replace("\\\n", " ").splitlines():
        read += line
        words = shlex.shlex(read, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        try:
            yield list(words)
        except ValueError:
            read += "\n"
        else:
            read = ""
    if read:
        raise ValueError(f"quotes stay open: {read}")


def faults(script: str) -> list[str]:
    """What is wrong with the commands of a script, in sentences."""
    checks = {"gcloud": _gcloud, "terraform": _terraform, "make": _make, "jinko": _jinko}
    found = []
    for program, *words in commands(script):
        name = Path(program).name
        if name in checks:
            found += [f"{program} {' '.join(words)}: {what}" for what in checks[name](words)]
        elif name not in SHELL:
            found.append(f"{program}: nobody checks this")
    return found


# ---------------------------------------------------------------- gcloud


@cache
def _tree() -> Mapping[str, Any]:
    """What gcloud completes words by: {"commands": {name: …}, "flags": {name: kind}}."""
    asked = [needs("gcloud"), "info", "--format=value(installation.sdk_root)"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True)
    file = Path(told.stdout.strip()) / "data" / "cli" / "gcloud_completions.py"
    spec = importlib.util.spec_from_file_location("gcloud_completions", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.STATIC_COMPLETION_CLI_TREE)


def _gcloud(words: Sequence[str]) -> Iterator[str]:
    at, flags, waiting = _tree(), dict(_tree()["flags"]), list(words)
    while waiting:
        word = waiting.pop(0)
        if word.startswith("--"):
            name, has_value, _ = word.partition("=")
            kind = flags.get(name, flags.get(f"--{name.removeprefix('--no-')}"))
            if kind is None:
                yield f"there is no {name}"
            elif kind != "bool" and not has_value and (not waiting or waiting.pop(0).startswith("--")):
                yield f"{name} wants a value"
        elif word in at.get("commands", {}):
            at = at["commands"][word]
            flags |= at.get("flags", {})
        elif at.get("commands"):
            yield f"there is no command {word!r}"
            return
    if at.get("commands"):
        yield "this is a group of commands, not one"


# ---------------------------------------------------------------- terraform, make, jinko


@cache
def _options(command: str) -> frozenset[str]:
    """The options of a command of terraform's. Raises CalledProcessError where there is no such command."""
    asked = [needs("terraform"), command, "-help"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    return frozenset(re.findall(r"^ +(-[a-z][a-z-]*)", told.stdout, re.MULTILINE))


def _terraform(words: Sequence[str]) -> Iterator[str]:
    folder = [word for word in words if word.startswith("-chdir=")]
    if not folder or not (ROOT / folder[0].removeprefix("-chdir=")).is_dir():
        yield "say where with -chdir=infra/terraform"
    command, *rest = [word for word in words if not word.startswith("-chdir=")]
    try:
        known = _options(command)
    except subprocess.CalledProcessError:
        yield f"there is no command {command!r}"
        return
    for word, after in zip(rest, [*rest[1:], ""], strict=False):
        name, _, value = word.partition("=")
        variable = (value or after).partition("=")[0]
        if name == "-var" and variable not in _variables():
            yield f"the module has no variable {variable!r}"
        elif name.startswith("-") and name not in known and name != "-var":
            yield f"there is no {name}"


@cache
def _variables() -> frozenset[str]:
    files = (ROOT / "infra" / "terraform").glob("*.tf")
    return frozenset(
        name for file in files for name in re.findall(r'^variable "(\w+)"', file.read_text(), re.M)
    )


def _make(words: Sequence[str]) -> Iterator[str]:
    told = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    if told.returncode:
        yield told.stderr.strip()


def _jinko(words: Sequence[str]) -> Iterator[str]:
    """Parsed by the command's own parsers, which refuse what they do not know."""
    group = typer.main.get_command(app)
    context = group.make_context("jinko", list(words[:1]), resilient_parsing=True)
    command = group.get_command(context, words[0])  # type: ignore[attr-defined]
    if command is None:
        yield f"there is no verb {words[0]!r}"
        return
    try:
        command.make_context(words[0], list(words[1:]), parent=context)
    except TyperException as error:
        yield str(error)
