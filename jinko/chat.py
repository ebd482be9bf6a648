"""`jinko chat RUN`: talk with what a run made, in the terminal; with the base beside it where that is wanted.

The model runs in a process of its own (`python -m gpu_batch.chat`), on this machine. In the cloud its files
are fetched first, as `jinko pull` does, into .jinko/pulled.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from rich.console import Console

from functions import stages
from infra import settings
from jinko.ask import known_run, no_weights
from jinko.here import Here
from jinko.pull import pull
from schemas.errors import BadInput, Fault
from schemas.runs import RunRecord

NAMES: Final = {"base": "before", "tuned": "now"}
HELP: Final = "Ctrl-D ends it; /new begins anew."
PULLED: Final = "pulled"
Send = Callable[[dict[str, Any]], None]


class Asked(NamedTuple):
    """How answers are to be made."""

    beside: bool
    system: str | None
    most: int
    temperature: float


def chat(here: Here, name: str, asked: Asked, once: str | None = None) -> int:
    """Talk until Ctrl-D; or ask one thing and print the answer. The exit code.

    Raises BadInput for a run without weights, and for a model that cannot be loaded here.
    """
    run = known_run(here, name)
    out = Console(highlight=False)
    with _model(_whom(here, run, asked.beside)) as (send, said):
        first = next(said)
        if "fault" in first:
            raise BadInput(Fault(place=run.id, finding=str(first["fault"]), next_step="Choose another run."))
        if once is not None:
            _turn(out, send, said, _begun(asked), once, asked)
            return 0
        out.print(f"{run.base.name}, as run {run.id} tuned it. {HELP}", markup=False)
        turns = _begun(asked)
        while (text := _typed()) is not None:
            if text == "/new":
                turns = _begun(asked)
            elif text:
                turns = _turn(out, send, said, turns, text, asked)
    return 0


def _whom(here: Here, run: RunRecord, beside: bool) -> dict[str, Any]:
    """What the process is told first: the base, and where what was made of it lies on this machine."""
    there = stages.kept(run, here.cloud)
    train = there.train
    if train is None or train.weights is None:
        raise no_weights(run)
    kind = "merged" if there.whole else "adapter"
    prefix = there.whole or train.weights
    place = here.place(prefix)
    if here.local is None:
        home = settings.read().home
        place = str(pull(here, run.id, kind, home / PULLED / run.id / kind))
    if place is None:
        finding, step = "Its files are not there any more.", "Drop the file again to train anew."
        raise BadInput(Fault(place=prefix, finding=finding, next_step=step))
    key = "folder" if there.whole else "adapter"
    return {"base": run.base.model_dump(mode="json"), key: place, "beside": beside}


@contextmanager
def _model(
    whom: dict[str, Any],
) -> Iterator[tuple[Callable[[dict[str, Any]], None], Iterator[dict[str, Any]]]]:
    """The process that answers: how to send it something, and what it says."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gpu_batch.chat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            env=settings.process_environment(settings.read()),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def send(told: dict[str, Any]) -> None:
            stdin.write(json.dumps(told) + "\n")
            stdin.flush()

        def said() -> Iterator[dict[str, Any]]:
            for line in stdout:
                yield json.loads(line)
            log.seek(0)
            why = (log.read().strip().splitlines() or ["it said nothing"])[-1]
            finding = f"The model's process ended: {why}"
            raise BadInput(Fault(place="jinko chat", finding=finding, next_step="Try it once more."))

        try:
            send(whom)
            yield send, said()
        finally:
            stdin.close()
            process.terminate()
            process.wait()


def _begun(asked: Asked) -> list[dict[str, str]]:
    return [{"role": "system", "content": asked.system}] if asked.system else []


def _typed() -> str | None:
    """What a person types next; None once they are done."""
    try:
        return input("> ").strip()
    except (EOFError, KeyboardInterrupt):
        print()
        return None


def _turn(
    out: Console,
    send: Send,
    said: Iterator[dict[str, Any]],
    turns: list[dict[str, str]],
    text: str,
    asked: Asked,
) -> list[dict[str, str]]:
    """Ask, print the answers as they come; the turns with the tuned model's answer."""
    now = [*turns, {"role": "user", "content": text}]
    send({"messages": now, "most": asked.most, "temperature": asked.temperature})
    who, answer = "", ""
    for told in said:
        if "fault" in told:
            out.print(str(told["fault"]), markup=False)
            return turns
        if told["who"] != who:
            who, answer = told["who"], ""
            if asked.beside:
                out.print(f"[{NAMES[who]}] ", end="", markup=False)
        if told.get("ended"):
            out.print()
            if who == "tuned":
                break
        else:
            answer += told["text"]
            out.file.write(told["text"])
            out.file.flush()
    return [*now, {"role": "assistant", "content": answer}]
