"""Starts `jinko up` as a process of its own and reads along. No tests here.

With a stand-in for the jobs (`Up(..., jobs=...)`) it is started by `tests.up.driver`, which changes nothing
else of it; without one it is the command itself.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import settings
from infra.settings import Settings

WATCHING = "Ctrl-C stops watching."


class Up:
    """A running `jinko up`. What it says lies in a file; `words()` is that file's text."""

    def __init__(self, home: Path, jobs: Path | None = None, unruly: int | None = None) -> None:
        chosen = Settings(home=home)
        environment = {**settings.process_environment(chosen), "OMP_NUM_THREADS": "1"}
        command = ["jinko", "up"] if jobs is None else ["tests.up.driver", str(jobs)]
        if unruly is not None:
            command.append(str(unruly))
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self._said = home.parent / f"up-{len(list(home.parent.glob('up-*')))}"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # to be sent Ctrl-C as a terminal does: to all who belong to it
            )

    def words(self) -> str:
        """Everything it has said so far, however it was wrapped."""
        return " ".join(self._said.read_text().split())

    def watching(self) -> "Up":
        """Wait until it says that it watches."""
        patiently(lambda: WATCHING in self.words(), self.alive)
        return self

    def alive(self) -> str | None:
        """None while it lives, else how it ended: what a wait for something gives up at."""
        return None if self.process.poll() is None else f"it ended with {self.process.returncode}"

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        """Stop it as a person or a system does; its exit code."""
        os.killpg(self.process.pid, by)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()

    def memory(self) -> float:
        """MiB that it holds now (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def up(home: Path, jobs: Path | None = None, unruly: int | None = None) -> Iterator[Up]:
    """`jinko up` while it is needed; whatever happens, it and its jobs are gone afterwards."""
    home.mkdir(parents=True, exist_ok=True)
    running = Up(home, jobs, unruly)
    try:
        yield running.watching()
    finally:
        running.kill()
        end_jobs(home)


def end_jobs(home: Path) -> None:
    """End every job of this ground that still lives: a test that failed leaves none behind."""
    for pid in home.glob("jobs/*/pid"):
        if not pid.with_name("exit").exists() and is_job(int(pid.read_text())):
            os.kill(int(pid.read_text()), signal.SIGKILL)


def is_job(process: int) -> bool:
    """Whether a process of this id lives and is a job of ours (an id may belong to somebody else by now)."""
    try:
        return b"gpu_batch" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def patiently(
    true: Callable[[], object], gone: Callable[[], str | None] = lambda: None, seconds: float = 60.0
) -> None:
    """Wait for something that another process does, as long as that process lives."""
    end = time.monotonic() + seconds
    while not true():
        how = gone()
        assert how is None, how
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def rows(seed: int, count: int = 12) -> str:
    """A small CSV that no other seed gives."""
    chance = random.Random(seed)
    body = (f"question {seed}-{n},answer {chance.randrange(10**6)}\n" for n in range(count))
    return "question,answer\n" + "".join(body)


def setting(home: Path, text: str) -> None:
    """Put a `jinko.yaml` at the top of the inbox, for every drop."""
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    (home / "inbox" / "jinko.yaml").write_text(text, encoding="utf-8")
