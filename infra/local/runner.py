"""Runs one job's command and leaves its exit code behind, whoever started it may be gone by then.

    python -m infra.local.runner JOB_FOLDER LOCK_DESCRIPTOR -- COMMAND...

Started by `infra.local.jobs` in a session of its own, with the job's lock as an inherited descriptor: the
lock is held until this process and the command have both ended, also by `kill -9`. The command's output goes
to `log`, its process id to `pid`, its exit code, last, to `exit`.
"""

import subprocess
import sys
from pathlib import Path


def run(folder: Path, command: list[str], inherited: tuple[int, ...]) -> int:
    """Run the command to its end; its exit code, which also lies in `folder/exit`."""
    with (folder / "log").open("ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, pass_fds=inherited
        )
        _leave(folder / "pid", child.pid)
        code = child.wait()
    _leave(folder / "exit", code)
    return code


def _leave(path: Path, number: int) -> None:
    """Write a number that others look for: there whole, or not at all."""
    partial = path.with_suffix(".part")
    partial.write_text(str(number))
    partial.rename(path)


def main() -> None:
    folder, lock, dashes, *command = sys.argv[1:]
    if dashes != "--" or not command:
        raise SystemExit("usage: python -m infra.local.runner JOB_FOLDER LOCK_DESCRIPTOR -- COMMAND...")
    raise SystemExit(run(Path(folder), command, (int(lock),)))


if __name__ == "__main__":
    main()
