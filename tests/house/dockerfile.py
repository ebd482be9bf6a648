"""gpu_batch/Dockerfile read as instructions, stage by stage. Docker is not needed."""

import re
from typing import NamedTuple

from tests.house.tree import read


class Instruction(NamedTuple):
    """`COPY`, `RUN` … with what follows on its lines, joined."""

    word: str
    rest: str


def stages():
    """{stage: its instructions, those of the stage it begins with first}."""
    text = re.sub(r"^#.*\n", "", read("gpu_batch/Dockerfile"), flags=re.MULTILINE).replace("\\\n", "")
    found, here = {}, []
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            begins, _, name = rest.split()
            found[name] = here = list(found.get(begins, []))
        else:
            here.append(Instruction(word, rest.strip()))
    return found


def copied(stage):
    """[(source, destination)] of what a stage copies from the clone."""
    made = [it.rest.split() for it in stages()[stage] if it.word == "COPY" and "--from" not in it.rest]
    return [(source, to) for *sources, to in made for source in sources]


def commands(stage):
    """The shell commands that a stage runs, those of the stage it begins with left out."""
    inherited = stages()["base"]
    return [it.rest for it in stages()[stage] if it.word == "RUN" and it not in inherited]
