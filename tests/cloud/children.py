"""Servers that a test starts: on a loopback port that is theirs, stopped by their own process id.

`start` chooses a free port and starts the program; `Child.wait` returns once that very process listens there,
so that a server of somebody else is never spoken to. A child does not outlive the test's process, even where
that is killed (where there is `setpriv`, as on any Linux); so start it from a thread that stays.

Not here: which servers there are (`tests.cloud.emulators`).
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

UP_WITHIN: Final = 90.0  # seconds; a Java server is up in two to three, on a machine that is not busy
DOWN_WITHIN: Final = 10.0
LISTENING: Final = "0A"


class Child:
    """A server that we started."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait(self) -> "Child":
        """Until it listens on its port. Fails with its last words if it ended or the port is another's."""
        end = time.monotonic() + UP_WITHIN
        while not listens(self.process.pid, self.port):
            assert self.process.poll() is None, f"the server ended: {self.last_words()}"
            assert time.monotonic() < end, f"nothing of ours listens on {self.port}: {self.last_words()}"
            time.sleep(0.01)
        return self

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """Stop it and see it gone. Twice is once."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DOWN_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(DOWN_WITHIN)


def start(
    command: Callable[[int], Sequence[str]], log: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start `command(port)`; not yet waited for, so that several may come up side by side."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*_with_us(), *command(port)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    return Child(process, port, log)


def free_port() -> int:
    """A loopback port that nobody holds now. Somebody may take it before us: `wait` would see that."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _with_us() -> tuple[str, ...]:
    """What makes a child end when we do, even if we are killed; it becomes the child, so the id stays.

    Not `preexec_fn`: what a fork runs before it becomes another program falls over gRPC's threads.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()


def listens(pid: int, port: int) -> bool:
    """Whether this process, or one that it started, listens on the port."""
    if sys.platform == "linux":
        return bool(_listening(port) & {socket for one in _family(pid) for socket in _sockets(one)})
    asked = [shutil.which("lsof") or "lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t"]
    found = subprocess.run(asked, capture_output=True, text=True)
    return str(pid) in found.stdout.split()


def _listening(port: int) -> set[str]:
    """The sockets that listen on a port, as the kernel numbers them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            cells = row.split()
            if cells[3] == LISTENING and int(cells[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{cells[9]}]")
    return found


def _family(pid: int) -> list[int]:
    """A process and those it started."""
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *(one for child in children for one in _family(int(child)))]
    return [pid]


def _sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(handle.readlink()))
    return found
