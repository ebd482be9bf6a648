"""Work with a time limit, in a process that is ended where it takes longer. That is `worker.py`."""

import atexit
import json
import selectors
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from gpu_batch.graders.parts import PLACE
from schemas.errors import BadInput, Fault, Unavailable

_PROGRAM: Final = Path(__file__).with_name("worker.py")
_START: Final = 120.0  # seconds for a process to start and to import its libraries, on a busy machine


class Limited:
    """One worker process, started when it is first asked and again after it was ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._warm: set[str] = set()

    def ask(self, task: str, within: float, **question: Any) -> float | None:
        """The score, 0 where it took longer than `within` seconds. Raises BadInput for bad settings.

        Before the first question of a kind there is time for its libraries to be imported.
        """
        with self._lock:
            process = self._running()
            if task not in self._warm:
                if self._say(process, {"task": "ready", "of": task}, _START) is None:
                    self.close()
                    raise Unavailable("The process that grades with a time limit did not start.")
                self._warm.add(task)
            line = self._say(process, {"task": task, **question}, within)
            if line is None:
                self.close()
                return 0.0
        said = json.loads(line)
        if "error" in said:
            finding = f"A grader's setting makes no sense: {said['error']}"
            raise BadInput(Fault(place=PLACE, finding=finding, next_step="Correct it in the recipe."))
        score: float | None = said["score"]
        return score

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # -P: a file beside the program must not stand in for a library of the same name.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _say(
        self, process: subprocess.Popen[bytes], question: dict[str, Any], seconds: float
    ) -> bytes | None:
        """Its line in answer; None if there was none in time, or it died (of memory, mostly)."""
        assert process.stdin is not None
        assert process.stdout is not None
        ends, line = time.monotonic() + seconds, b""
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise Unavailable("A grader's process ended before it was asked.") from error
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                left = ends - time.monotonic()
                if left <= 0 or not selector.select(left):
                    return None
                piece = process.stdout.read1(65536)  # type: ignore[attr-defined]
                if not piece:
                    return None
                line += piece
        return line

    def close(self) -> None:
        """End the process, if there is one. It is started again when it is needed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
        self._process = None
        self._warm.clear()


@cache
def limited() -> Limited:
    """This process's one worker; it ends with us."""
    made = Limited()
    atexit.register(made.close)
    return made
