"""The three functions as they are deployed: staged, each served from a venv that holds its own lock alone.

    with doors(tmp_path, {"JINKO_PROJECT": "p", **emulators.environment()}) as served:
        served["on_upload"].address          # http://127.0.0.1:PORT/, for a push subscription
        served["on_upload"].post(body, headers)  # the HTTP status that answers
        served["on_upload"].kill()           # SIGKILL to it and what it started; stays down
        served["on_upload"].up()             # up again, at the same address
        served["on_upload"].said()           # all that it has written, over all its lives

`doors(folder, environment, functions=FUNCTIONS)` stages into `folder`, starts the functions on free
loopback ports, yields {function: Door} once every one answers, and stops them by their own process ids. They
get this process's environment and `environment` above it; nothing of the clone is on their path.

Venvs lie in build/venvs, named by their lock: the first start of a lock installs it (seconds, with a network
or uv's cache), later ones find it. Not here: Google's emulators (`tests.cloud.emulators`).
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from infra.stage import FUNCTIONS, ROOT, stage
from tests.cloud.children import UP_WITHIN, Child, free_port, start

VENVS: Final = ROOT / "build" / "venvs"


def venv(requirements: Path) -> Path:
    """The folder of programs of a venv that holds this lock and nothing else; made once, then found."""
    name = f"{requirements.parent.name}-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    VENVS.mkdir(parents=True, exist_ok=True)
    made = VENVS / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    with (VENVS / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (made / ".whole").exists():
            shutil.rmtree(made, ignore_errors=True)
            uv = (sys.executable, "-m", "uv")
            python = str(made / "bin" / "python")
            _quietly(*uv, "venv", "--quiet", "--python", sys.executable, str(made))
            _quietly(*uv, "pip", "install", "--quiet", "--python", python, "-r", str(requirements))
            (made / ".whole").touch()
    return made / "bin"


def _quietly(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Door:
    """One staged function, served. It keeps its port over all its lives."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.function, self.folder, self.environment = folder.name, folder, environment
        self.programs = venv(folder / "requirements.txt")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.child: Child | None = None
        self.logs: list[Path] = []

    def start(self) -> None:
        """Start it, not waited for."""
        assert self.child is None, "it is up already"
        source = str(self.folder / "main.py")
        command = [str(self.programs / "functions-framework"), "--source", source, "--target", self.function]
        command += ["--signature-type", "cloudevent", "--host", "127.0.0.1", "--port", str(self.port)]
        self.logs.append(self.folder.parent / f"{self.function}-{len(self.logs) + 1}.log")
        kept = {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "", **self.environment}
        self.child = start(lambda _: command, self.logs[-1], kept)
        self.child.port = self.port

    def up(self) -> "Door":
        """Start it unless it is up, and wait until it answers."""
        if self.child is None:
            self.start()
        assert self.child is not None
        self.child.wait()
        end = time.monotonic() + UP_WITHIN
        while self.status(urllib.request.Request(self.address, method="HEAD")) == 0:
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)
        return self

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send an event; the HTTP status that answers it, 0 if none does. 2xx acknowledges."""
        return self.status(urllib.request.Request(self.address, body, dict(headers), method="POST"))

    def status(self, asked: urllib.request.Request) -> int:
        try:
            with urllib.request.urlopen(asked, timeout=UP_WITHIN) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code
        except OSError:
            return 0

    def stop(self) -> None:
        """Stop it as Cloud Run does, by SIGTERM. Twice is once."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def kill(self) -> None:
        """Kill it without a word, with the workers it started. Twice is once."""
        if self.child is not None:
            for one in family(self.child.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            self.child.process.wait()
            self.child = None

    def cpu_seconds(self) -> float:
        """Processor time that it and its workers have used so far. Linux alone."""
        assert self.child is not None
        used = 0
        for one in family(self.child.process.pid):
            spent = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            used += int(spent[11]) + int(spent[12])
        return used / os.sysconf("SC_CLK_TCK")

    def said(self) -> str:
        """All that it has written so far."""
        return "".join(log.read_text(errors="replace") for log in self.logs)


def family(pid: int) -> list[int]:
    """A process and those it started, as far as the system tells (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split() if children.exists() else [])]


@contextmanager
def doors(
    folder: Path, environment: Mapping[str, str], functions: Sequence[str] = FUNCTIONS
) -> Iterator[dict[str, Door]]:
    """The staged functions, served side by side; see above. `folder` gets staged/ and their logs."""
    stage(folder / "staged")
    served = {name: Door(folder / "staged" / name, environment) for name in functions}
    try:
        for one in served.values():
            one.start()
        for one in served.values():
            one.up()
        yield served
    finally:
        for one in served.values():
            one.stop()
