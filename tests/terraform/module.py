"""Runs terraform on a copy of infra/terraform, with stand-ins for the providers that it would download.

    python -m tests.terraform            # format, init, validate, test; `make deploy-check`

What a machine needs: terraform 1.9 or newer (HashiCorp's own packages; JINKO_TERRAFORM names another one),
and a network or pip's own sources the first time. Where terraform is missing, tests are skipped with one
line; where CI=true, they fail.

Found are misspelt, missing and mistyped arguments, wrong blocks, dead references, and whatever the module's
own tests assert. Not found: values that only Google refuses, quotas, names that somebody else has.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import hcl2

from tests.terraform import google
from tests.terraform.standin import serving

SOURCE: Final = google.ROOT / "infra" / "terraform"
OURS: Final = ("*.tf", "*.tftpl", "avro/*.json", "tests/*.tftest.hcl", "tests/archives/*.zip")
BLOCK: Final = re.compile(r'^(resource|data) "(\w+)" "(\w+)" \{\n.*?^\}\n', re.S | re.M)
PATIENCE: Final = 300  # seconds for one command


Made = dict[str, Any]
EVERYTHING: Final = """
mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}
mock_provider "google" {
  alias = "billing"
}
run "everything" {
  variables {
%s  }
}
"""


class Block(NamedTuple):
    """A resource or data block: in which file, its text, and its address as the module's tests name it."""

    file: str
    kind: str
    type: str
    name: str
    text: str

    @property
    def address(self) -> str:
        return f"{'data.' if self.kind == 'data' else ''}{self.type}.{self.name}"


def blocks(folder: Path = SOURCE) -> list[Block]:
    """Every resource and data block of a module, in the order of its files."""
    return [
        Block(file.name, found[1], found[2], found[3], found[0])
        for file in sorted(folder.glob("*.tf"))
        for found in BLOCK.finditer(file.read_text(encoding="utf-8"))
    ]


@cache
def parsed(folder: Path = SOURCE) -> dict[str, Any]:
    """The files of a module as python-hcl2 reads them: {file name: tree}."""
    return {file.name: hcl2.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.tf"))}


def lacks() -> str:
    """What is missing to run terraform, in one line; empty if nothing is."""
    if binary() is None:
        return "terraform is missing (HashiCorp's own packages have it; JINKO_TERRAFORM names another one)"
    try:
        google.fetched()
    except subprocess.CalledProcessError:
        return (
            f"pip cannot download {google.PACKAGE}=={google.VERSION}, which says what Google's provider knows"
        )
    return ""


def binary() -> str | None:
    """The terraform to be run."""
    return os.environ.get("JINKO_TERRAFORM") or shutil.which("terraform")


class Said(NamedTuple):
    """What a command answered."""

    code: int
    text: str


class Module:
    """A copy of a module, initialized, which may be changed and asked again. Made by `opened`.

    `environment` lets terraform find the stand-in; `done` is what was made through it, by any copy.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], done: list[tuple[str, str, str]]
    ) -> None:
        self.folder, self.environment, self.done = folder, environment, done

    def terraform(self, *arguments: str) -> Said:
        """Run one command in the copy. Nothing is asked, nothing but the stand-ins is spoken to."""
        ran = subprocess.run(
            [binary() or "terraform", f"-chdir={self.folder}", *arguments],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        return Said(ran.returncode, ran.stdout + ran.stderr)

    def copied(self, name: str) -> "Module":
        """A copy beside this one, which shares what `init` made."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder, symlinks=True)
        return Module(folder, self.environment, self.done)

    def altered(self, name: str, file: str, old: str, new: str) -> "Module":
        """A copy with another text in one of its files. What is replaced must be there, once."""
        copied = self.copied(name)
        text = (copied.folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds this {text.count(old)} times: {old}"
        (copied.folder / file).write_text(text.replace(old, new), encoding="utf-8")
        return copied

    def made(self, **variables: object) -> Made:
        """All that an apply with these variables makes, its unknown values made up: {address: its values}.

        Outputs are `output.NAME`. The module's variables are strings, numbers, booleans and lists.
        """
        given = "".join(f"  {name} = {json.dumps(value)}\n" for name, value in variables.items())
        (self.folder / "tests" / "made.tftest.hcl").write_text(EVERYTHING % given, encoding="utf-8")
        said = self.terraform("test", "-json", "-verbose", "-filter=tests/made.tftest.hcl")
        told = [json.loads(line) for line in said.text.splitlines() if line.startswith("{")]
        states = [line["test_state"] for line in told if line.get("type") == "test_state"]
        assert (said.code, len(states)) == (0, 1), said.text
        outputs = {f"output.{name}": one["value"] for name, one in states[-1].get("outputs", {}).items()}
        return {one["address"]: one["values"] for one in states[-1]["root_module"]["resources"]} | outputs


@contextmanager
def opened(source: Path = SOURCE) -> Iterator[Module]:
    """A copy of a module in a temporary folder, with stand-ins for its providers, and initialized."""
    found = blocks(source)
    resources = {one.type for one in found if one.kind == "resource"}
    data = {one.type for one in found if one.kind == "data"}
    with tempfile.TemporaryDirectory(prefix="jinko-terraform-") as kept:
        folder = Path(kept) / "module"
        for file in (it for pattern in OURS for it in source.glob(pattern)):
            to = folder / file.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
        empty = Path(kept) / "terraformrc"
        empty.touch()  # a person's own settings, mirrors and tokens stay out of it
        quiet = {"TF_CLI_CONFIG_FILE": str(empty), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        with serving(google.schema(resources, data)) as served:
            module = Module(folder, {**served.variables, **quiet, "NO_COLOR": "1"}, served.done)
            said = module.terraform("init", "-backend=false", "-input=false", "-no-color")
            assert said.code == 0, said.text
            yield module
