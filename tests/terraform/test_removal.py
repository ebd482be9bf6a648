"""Whatever is taken out of the module, some test of it fails: shown for every resource and every element.

    .venv/bin/pytest -m soak tests/terraform -s     # prints what noticed each; minutes

A resource that is only there, and that nobody would miss, is either needless or untested.
"""

import re
from collections.abc import Iterator

import pytest

from tests.permissions.compare import of_terraform
from tests.terraform.module import SOURCE, Block, Module, blocks

pytestmark = pytest.mark.soak

ELEMENT = re.compile(r"for_each = toset\(\[(.*?)\]\)", re.S)


def elements() -> Iterator[tuple[str, str, str]]:
    """What a literal `for_each` lists: (file, the resource's text, the element with its comma)."""
    for block in blocks():
        if found := ELEMENT.search(block.text):
            for element in re.findall(r'"[^"]+",?', found[1]):
                yield block.file, block.text, element


def noticed(module: Module, address: str) -> str:
    """What fails: the first line of it. Empty if everything passes."""
    if wrong := of_terraform(module.folder):
        return f"permissions: {wrong[0]}"
    every = sorted((module.folder / "tests").glob("*.tftest.hcl"))
    first = [file for file in every if address in file.read_text(encoding="utf-8")]
    for file in [*first, *(it for it in every if it not in first)]:
        said = module.terraform("test", "-no-color", f"-filter=tests/{file.name}")
        if said.code != 0:
            (error, *_) = re.findall(r"^Error: (.*)$", said.text, re.M)
            (run, *_) = [*re.findall(r'run "(\w+)"\.\.\. fail', said.text), ""]
            return f"{file.name} {run}: {error}"
    return ""


def test_no_resource_can_be_taken_out_unnoticed(module):
    found = blocks()
    assert len(found) > 100
    told = [(it.address, noticed(without(module, it), it.address)) for it in found]
    print("", *(f"{address:75} {by}" for address, by in told), sep="\n")
    unnoticed = [address for address, by in told if not by]
    print(f"{len(told)} resources, {len(unnoticed)} of them unnoticed")
    assert not unnoticed


def test_no_element_of_a_list_can_be_taken_out_unnoticed(module):
    told = []
    for number, (file, text, element) in enumerate(elements()):
        changed = text.replace(element, "", 1)
        copied = module.altered(f"element-{number}", file, text, changed)
        told.append((f"{file} {element}", noticed(copied, text.split('"')[1] + "." + text.split('"')[3])))
    print("", *(f"{what:75} {by}" for what, by in told), sep="\n")
    assert len(told) > 20
    assert not [what for what, by in told if not by]


def without(module: Module, block: Block) -> Module:
    return module.altered(f"without-{block.type}-{block.name}", block.file, block.text, "")


def test_the_whole_module_is_what_is_taken_apart():
    """Every `resource` and `data` line of the files is the beginning of a block that the loop finds."""
    lines = [line for file in SOURCE.glob("*.tf") for line in file.read_text().splitlines()]
    assert len(blocks()) == sum(line.startswith(("resource ", "data ")) for line in lines)
