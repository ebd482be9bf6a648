"""One try at a task on a machine of its own: the container's command as a process in an empty folder.

The image is not looked at: `python` is the Python that runs the tests, and the environment is what the test
gives plus what the job says. As on a machine that goes away, nothing of a try is left for the next one: its
folder is removed, and every process that it started is killed.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from google.cloud.batch_v1 import types

PREEMPTED, OVERTIME, UNKNOWN = 50001, 50005, 50000
LOOK_EVERY = 0.02  # seconds
OUR_IMAGE = ("python", "-m", "gpu_batch")  # what the image runs where a job names no entry point


class Attempt:
    """A container that was started. `outcome` waits for it; `interrupt` may come from another thread."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], log: Path, grace: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="jinko-batch-"))  # short: sockets lie there too
        self._grace, self._cut = grace, (0, 0.0)
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                list(argv),
                cwd=self.folder,
                env={**environment, "TMPDIR": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def interrupt(self, code: int, grace: float | None = None) -> None:
        """The machine is taken away: the try ends with this code, whatever the command says of it."""
        self._cut = (code, self._grace if grace is None else grace)

    def outcome(self, seconds: float | None) -> int:
        """The exit code, as Batch tells it; 50005 if it took longer than `seconds`."""
        end = time.monotonic() + seconds if seconds else None
        try:
            while self.process.poll() is None:
                if self._cut[0]:
                    self._stop(self._cut[1])
                    break
                if end and time.monotonic() > end:
                    self._stop(self._grace)
                    return OVERTIME
                time.sleep(LOOK_EVERY)
            return self._cut[0] or _as_docker_says(self.process.returncode)
        finally:
            self._signal(signal.SIGKILL)  # whatever it left behind
            shutil.rmtree(self.folder, ignore_errors=True)

    def _stop(self, grace: float) -> None:
        if grace:
            self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def _as_docker_says(code: int) -> int:
    return code if code >= 0 else 128 - code


def command(runnable: types.Runnable) -> list[str]:
    """What a runnable runs; `python` is this one."""
    if "script" in runnable:
        return ["sh", "-c", runnable.script.text]
    container = runnable.container
    entry = (container.entrypoint,) if container.entrypoint else OUR_IMAGE
    return [sys.executable if entry[0] == "python" else entry[0], *entry[1:], *container.commands]


def retries(task: types.TaskSpec, code: int) -> bool:
    """Whether Batch tries again after this code: one lifecycle policy at most, and without one always."""
    for policy in task.lifecycle_policies:
        listed = code in policy.action_condition.exit_codes
        return listed == (policy.action == types.LifecyclePolicy.Action.RETRY_TASK)
    return True
