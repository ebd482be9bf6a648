"""What a GGUF file is asked, and what llama.cpp told of it: `ask`, the papers of `python -m
gpu_batch.llama.ask`.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.errors import BadInput, Fault

LINES: Final = 3  # of what llama.cpp said before it gave up


class Forced(NamedTuple):
    """A row that is read as it is: every token from `first` on is foretold and compared."""

    ids: list[int]
    first: int


class Questions(NamedTuple):
    """`prompts` (messages) are rendered by the file's own template and answered; `rows` are read as they are.

    `ends` are tokens of which it is asked whether they end an answer.
    """

    prompts: list[list[dict[str, str]]]
    max_new_tokens: int
    rows: list[Forced]
    ends: list[int]


class Told(NamedTuple):
    """Of one row: the loss in nats, summed, and how many tokens were the first choice, of how many."""

    loss: float
    same: int
    tokens: int


class Asked(NamedTuple):
    """What a GGUF file is, by a real llama.cpp.

    `prompts`: the tokens it reads of each prompt. `answers`: the tokens of its greedy answer to each, with
    the one that ends it, if it came. `ends`: those of the tokens that do end an answer.
    """

    bos: int
    prompts: list[list[int]]
    answers: list[list[int]]
    rows: list[Told]
    ends: list[int]


def ask(file: Path, questions: Questions) -> Asked:
    """Open a GGUF file in a process of its own and ask it. Raises BadInput with llama.cpp's own words.

    The same file gives the same answers on the same machine.
    """
    command = [sys.executable, "-m", "gpu_batch.llama.ask", str(file)]
    done = subprocess.run(command, check=False, input=json.dumps(questions), capture_output=True, text=True)
    if done.returncode:
        raise refused(file.name, "llama.cpp cannot answer from this file", done.stderr, done.returncode)
    told: list[Any] = json.loads(done.stdout)
    bos, prompts, answers, rows, ends = told
    return Asked(bos, prompts, answers, [Told(*row) for row in rows], ends)


def refused(place: str, what: str, words: str, code: int) -> BadInput:
    """A process of llama.cpp's that ended with an error, as a fault: its last words, no traceback."""
    said = [line.strip() for line in words.splitlines() if line.strip()]
    said = said[-1:] if any(line.startswith("Traceback") for line in said) else said[-LINES:]
    finding = f"{what}: {' / '.join(said) or f'it ended with code {code}'}"
    step = "The trained weights and the merged model are safe. Ask for export: merged, or another format."
    return BadInput(Fault(place=place, finding=f"{finding.rstrip('.')}.", next_step=step))
