"""Jobs as subprocesses: a row in SQLite says what was asked, a lock file says what lives.

`submit` only writes the row. The dispatcher's `turn` starts what waits (one job at a time: a laptop has one
set of cores), adopts what an earlier dispatcher started, and tells every change on the `jobs` topic as Cloud
Batch does. A job whose lock is held is alive and is never started again; a job whose lock is free has ended,
with the exit code in its folder or, if it was killed, without one. Each has a folder for temporary files
(TMPDIR), which is removed when it has ended: one that was killed cannot do so itself.
"""

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.local.db import Database
from infra.local.notices import job_notice
from infra.local.queue import enqueue
from infra.ports import JobSpec, JobStatus
from schemas.events import JobState

AT_ONCE: Final = 1
KILL_AFTER_SECONDS: Final = 15  # that a cancelled job may take to tidy up, about what a Spot machine leaves
EXIT_RETRY: Final = 75  # what a job says when something outside did not answer (sysexits.h: EX_TEMPFAIL)
TEMPORARY: Final = "jinko-"  # how the names of jobs' temporary folders begin
LOG_LINES: Final = 12  # of the log's end, told to a person when a job failed


class LocalJobs:
    """The Jobs port, and `turn` for the dispatcher. `environment` is what every job's process starts with."""

    def __init__(self, db: Database, folder: Path, environment: Mapping[str, str]) -> None:
        self.db, self.folder, self.environment = db, folder, environment
        self._children: dict[str, subprocess.Popen[bytes]] = {}  # to be reaped; the lock says what lives

    def submit(self, job: JobSpec) -> bool:
        with self.db.writing() as c:
            made = c.execute(
                "INSERT INTO jobs (id, arguments, environment, program, state, number) "
                "VALUES (?, ?, ?, ?, 'QUEUED', (SELECT count(*) FROM jobs)) ON CONFLICT DO NOTHING",
                (job.id, json.dumps(job.arguments), json.dumps(dict(job.environment)), job.program),
            )
            return made.rowcount == 1

    def status(self, id: str) -> JobStatus | None:
        with self.db.reading() as c:
            row = c.execute("SELECT state, detail, lost FROM jobs WHERE id = ?", (id,)).fetchone()
        return JobStatus(row["state"], row["detail"], bool(row["lost"])) if row else None

    def cancel(self, id: str) -> None:
        with self.db.writing() as c:
            c.execute(
                "UPDATE jobs SET cancelled = 1, stopping = ? WHERE id = ? AND state IN ('QUEUED', 'RUNNING') "
                "AND cancelled = 0",
                (int(time.time()), id),
            )
        self._stop_if_cancelled(id)

    def living(self) -> list[str]:
        """Ids of jobs that have not ended, oldest first."""
        with self.db.reading() as c:
            rows = c.execute("SELECT id FROM jobs WHERE state IN ('QUEUED', 'RUNNING') ORDER BY number")
            return [row["id"] for row in rows.fetchall()]

    def log(self, id: str) -> str:
        """The last lines of a job's log; empty if there is none."""
        path = self.folder / id / "log"
        if not path.is_file():
            return ""
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])

    def turn(self) -> bool:
        """Look at every living job once: adopt, start, stop, tell. True if anything changed."""
        changed = False
        running = 0
        for id in self.living():
            with self.db.reading() as c:
                row = c.execute("SELECT * FROM jobs WHERE id = ?", (id,)).fetchone()
            changed |= self._look(row, may_start=running < AT_ONCE)
            status = self.status(id)
            running += int(status is not None and status.state == "RUNNING")
        return changed

    def _look(self, row: sqlite3.Row, may_start: bool) -> bool:
        id, state = row["id"], row["state"]
        lock = self._lock(id)
        if lock is None:  # its process lives
            self._stop_if_cancelled(id)
            return self._move(id, "RUNNING") if state == "QUEUED" else False
        try:
            code = self._exit_code(id)
            if code is not None or state == "RUNNING" or self._has_started(id):
                return self._ended(row, code)
            if row["cancelled"]:
                return self._move(id, "CANCELLED", "Cancelled before it started.")
            if may_start:
                self._start(row, lock)
                return self._move(id, "RUNNING")
            return False
        finally:
            os.close(lock)  # a started child holds the same open file, and so the lock

    def _ended(self, row: sqlite3.Row, code: int | None) -> bool:
        child = self._children.pop(row["id"], None)
        if child is not None:
            child.wait()
        self._remove_temporary(row["id"])
        if code == 0:
            return self._move(row["id"], "SUCCEEDED")
        if row["cancelled"]:
            return self._move(row["id"], "CANCELLED", "Cancelled.")
        how = "was killed" if code is None or code < 0 else f"ended with exit code {code}"
        lost = code is None or code < 0 or code == EXIT_RETRY
        detail = f"The job's process {how}.\n{self.log(row['id'])}".strip()
        return self._move(row["id"], "FAILED", detail, lost)

    def _start(self, row: sqlite3.Row, lock: int) -> None:
        folder = self.folder / row["id"]
        command = [sys.executable, "-m", row["program"], *json.loads(row["arguments"])]
        temporary = tempfile.mkdtemp(prefix=TEMPORARY)  # a short path: sockets lie there too
        (folder / "tmpdir").write_text(temporary)
        self._children[row["id"]] = subprocess.Popen(
            [sys.executable, "-m", "infra.local.runner", str(folder), str(lock), "--", *command],
            cwd=folder,
            env={**self.environment, "TMPDIR": temporary, **json.loads(row["environment"])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,  # Ctrl-C in a terminal stops the dispatcher, not the training
        )

    def _remove_temporary(self, id: str) -> None:
        noted = self.folder / id / "tmpdir"
        if noted.is_file() and Path(noted.read_text()).name.startswith(TEMPORARY):
            shutil.rmtree(noted.read_text(), ignore_errors=True)

    def _lock(self, id: str) -> int | None:
        """The job's lock, taken, as a descriptor; None while a process of the job holds it."""
        folder = self.folder / id
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        return handle

    def _exit_code(self, id: str) -> int | None:
        path = self.folder / id / "exit"
        return int(path.read_text()) if path.is_file() else None

    def _has_started(self, id: str) -> bool:
        """Whether its command ran: also where the dispatcher died before it could note so."""
        return (self.folder / id / "pid").is_file()

    def _stop_if_cancelled(self, id: str) -> None:
        """Ask a living job to stop. Its lock is held: the process id is its own or, briefly, nobody's."""
        with self.db.reading() as c:
            row = c.execute("SELECT cancelled, stopping FROM jobs WHERE id = ?", (id,)).fetchone()
        if row is None or not row["cancelled"] or not self._has_started(id):
            return
        lock = self._lock(id)
        if lock is not None:
            os.close(lock)
            return
        patience_is_over = time.time() - row["stopping"] > KILL_AFTER_SECONDS
        with suppress(ProcessLookupError):  # it ended just now, and its runner is writing that down
            command = int((self.folder / id / "pid").read_text())
            os.kill(command, signal.SIGKILL if patience_is_over else signal.SIGTERM)

    def _move(self, id: str, state: JobState, detail: str = "", lost: bool = False) -> bool:
        """Set the state and tell it, in one transaction. True."""
        with self.db.writing() as c:
            c.execute("UPDATE jobs SET state=?, detail=?, lost=? WHERE id=?", (state, detail, lost, id))
            enqueue(c, "jobs", *job_notice(id, state))
        return True
