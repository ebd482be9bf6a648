"""The tree that README prints is the real one, and says of every room what it is in about six words.

A line of it is `name/    what it is`; two spaces of indentation go one room deeper, and names that share a
description stand side by side (`docs/  examples/    …`).
"""

import re

from tests.house.tree import ROOT, files, read

MAX_WORDS = 10


def printed_tree(text):
    """{path: description} of the first fenced block that names `schemas/`."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    block = next(block for block in blocks if re.search(r"^schemas/", block, re.MULTILINE))
    tree, above = {}, []
    for line in filter(str.strip, block.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        *names, description = re.split(r" {2,}", line.strip())
        above[depth:] = [names[0] if names else description]
        for name in names or [description]:
            tree["".join([*above[:depth], name])] = description if names else ""
    return tree


def test_what_readme_prints_is_there():
    gone = [path for path in printed_tree(read("README.md")) if not (ROOT / path).exists()]
    assert not gone, f"README's tree names what is not there: {gone}"


def test_what_is_there_readme_prints():
    top = {name.split("/")[0] + ("/" if "/" in name else "") for name in files() if not name.startswith(".")}
    missing = top - set(printed_tree(read("README.md")))
    assert not missing, f"README's tree does not name: {sorted(missing)}"


def test_every_room_is_described_in_a_few_words():
    counts = {path: len(words.split()) for path, words in printed_tree(read("README.md")).items()}
    wrong = {path: count for path, count in counts.items() if not 1 <= count <= MAX_WORDS}
    assert not wrong, f"1 to {MAX_WORDS} words each: {wrong}"


def test_this_test_reads_a_tree():
    first = "```\nmake demo\n```\n"
    tree = (
        "schemas/      the words\n  json/       for others\n    a.json    one\ndocs/  examples/   to read\n"
    )
    assert printed_tree(f"{first}\n```text\n{tree}```\n") == {
        "schemas/": "the words",
        "schemas/json/": "for others",
        "schemas/json/a.json": "one",
        "docs/": "to read",
        "examples/": "to read",
    }
