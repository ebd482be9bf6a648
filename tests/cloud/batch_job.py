"""One job of the Batch stand-in: the job and its only task as Batch tells them, and the tries at the task."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from google.cloud.batch_v1 import types

from tests.cloud.batch_task import UNKNOWN, Attempt, command, retries
from tests.cloud.batch_words import task_event

JOB, TASK = types.JobStatus.State, types.TaskStatus.State
OVER = (JOB.SUCCEEDED, JOB.FAILED, JOB.CANCELLED)


class Room(NamedTuple):
    """What a job runs in: the service's lock, every container's environment, the secrets that there are."""

    lock: threading.RLock
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    log: Path
    grace: float


@dataclass
class Held:
    """A job, its task, and what becomes of it. `stopping`: somebody cancels or deletes it."""

    job: types.Job
    task: types.Task
    request_id: str
    stopping: bool = False
    attempt: Attempt | None = None
    thread: threading.Thread | None = None
    tries: int = 0
    operation: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def id(self) -> str:
        return self.job.name.rsplit("/", 1)[-1]

    @property
    def spec(self) -> types.TaskSpec:
        return self.job.task_groups[0].task_spec

    @property
    def over(self) -> bool:
        return self.job.status.state in OVER

    def run(self, room: Room) -> int:
        """The task's last exit code, after as many tries as its policy allows."""
        while True:
            self._move(room, TASK.ASSIGNED)
            self._move(room, TASK.RUNNING)
            code = self._try(room)
            again = code and self.tries < self.spec.max_retry_count and retries(self.spec, code)
            self._move(room, TASK.FAILED if code else TASK.SUCCEEDED, code)
            if not again or self.stopping:
                return code
            self.tries += 1
            self._move(room, TASK.PENDING)

    def _try(self, room: Room) -> int:
        """Every runnable once, on a new machine; the first code that is not 0."""
        limit = self.spec.max_run_duration
        for runnable in self.spec.runnables:
            environment = self._environment(runnable, room)
            if environment is None:
                return UNKNOWN
            with room.lock:
                if self.stopping:
                    return UNKNOWN
                self.attempt = attempt = Attempt(command(runnable), environment, room.log, room.grace)
            code = attempt.outcome(limit.total_seconds() if limit else None)
            with room.lock:
                self.attempt = None
            if code:
                return code
        return 0

    def _environment(self, runnable: types.Runnable, room: Room) -> dict[str, str] | None:
        """What a container starts with; None where a secret is not to be had."""
        environment = {
            **room.environment,
            "BATCH_TASK_INDEX": "0",
            "BATCH_TASK_COUNT": "1",
            "BATCH_TASK_RETRY_ATTEMPT": str(self.tries),
            "BATCH_JOB_UID": self.job.uid,
        }
        for given in (self.spec.environment, runnable.environment):
            environment |= dict(given.variables)
            for name, secret in given.secret_variables.items():
                if secret not in room.secrets:
                    return None
                environment[name] = room.secrets[secret]
        return environment

    def _move(self, room: Room, state: TASK, code: int = 0) -> None:
        with room.lock:
            self.task.status.status_events.append(task_event(self.task.status.state, state, code))
            self.task.status.state = state
