"""A stand-in for Cloud Batch: Google's own protobufs over gRPC, on a loopback port that is ours.

    with StandIn(publisher, logs, environment) as batch:     # publisher: as Pub/Sub's own client
        BatchJobs(settings.model_copy(update={"batch_emulator_host": batch.host})).submit(...)
        batch.preempt("r-…-train-1")

A job's container runs as a process (`tests.cloud.batch_task`), what Batch refuses is refused
(`tests.cloud.batch_rules`), its notices are published as Batch does (`tests.cloud.batch_notices`). At most
`at_once` jobs have a machine, the others wait in line; 0 holds all of them. State is in memory, children are
killed when it stops.

Not here: volumes, several tasks, barriers, paging, queues that time out, permissions.
"""

import atexit
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import grpc
from google.cloud.batch_v1 import types

from tests.cloud.batch_job import JOB, TASK, Held, Room
from tests.cloud.batch_notices import Notices, Publisher
from tests.cloud.batch_service import Failure, handlers
from tests.cloud.batch_task import PREEMPTED, UNKNOWN
from tests.cloud.batch_words import job_event

SPOT = types.AllocationPolicy.ProvisioningModel.SPOT
GRACE = 3.0  # seconds between SIGTERM and SIGKILL; a Spot machine leaves about 30


class StandIn:
    """The service. `environment` is what every container starts with; `secrets` what Secret Manager knows."""

    def __init__(
        self,
        publisher: Publisher,
        logs: Path,
        environment: Mapping[str, str],
        at_once: int = 4,
        grace: float = GRACE,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self.notices = Notices(publisher)
        self.logs, self.environment, self.grace = logs, dict(environment), grace
        self.secrets = dict(secrets or {})
        self.jobs: dict[str, Held] = {}
        self.failures: list[Failure] = []
        self.before: dict[str, Callable[[], None]] = {}  # what else happens as a request comes in, once
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._at_once, self._running, self._line = at_once, 0, list[str]()
        self._stopped, self.host = False, ""

    # ------------------------------------------------------------ the server

    def __enter__(self) -> "StandIn":
        self.logs.mkdir(parents=True, exist_ok=True)
        self._server = grpc.server(ThreadPoolExecutor(16, thread_name_prefix="batch"))
        self._server.add_generic_rpc_handlers(handlers(self))
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.host = f"127.0.0.1:{port}"
        atexit.register(self.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer nobody any more and end every container, at once. Twice is once."""
        if self._stopped:
            return
        self._stopped = True
        self._server.stop(grace=0).wait()
        with self.lock:
            living = list(self.jobs.values())
            for held in living:
                held.stopping = True
                if held.attempt:
                    held.attempt.interrupt(UNKNOWN, grace=0)
            self._changed.notify_all()
        for held in living:
            if held.thread:
                held.thread.join()
        atexit.unregister(self.stop)

    # ------------------------------------------------------------ what a test may do

    @property
    def at_once(self) -> int:
        """How many jobs may have a machine at the same time."""
        return self._at_once

    @at_once.setter
    def at_once(self, most: int) -> None:
        with self.lock:
            self._at_once = most
            self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Whether every job has ended."""
        return not any(held.thread and held.thread.is_alive() for held in list(self.jobs.values()))

    def preempt(self, job_id: str) -> None:
        """Take a job's Spot machine back: SIGTERM, a few seconds, SIGKILL, exit code 50001."""
        held = self.find(job_id)
        model = held.job.allocation_policy.instances[0].policy.provisioning_model
        assert model == SPOT, f"{job_id} has a standard machine, which nobody takes back"
        self.lose_machine(job_id, PREEMPTED, self.grace)

    def lose_machine(self, job_id: str, code: int, grace: float = 0) -> None:
        """A job's machine goes away, with one of Batch's codes."""
        with self.lock:
            attempt = self.find(job_id).attempt
            assert attempt is not None, f"{job_id} has no machine now"
            attempt.interrupt(code, grace)

    def fail_next(self, code: grpc.StatusCode, details: str, after: bool = False) -> None:
        """Answer one more of the next requests with this; `after`: once it took effect."""
        self.failures.append(Failure(code, details, after))

    def hinder(self, job_id: str, why: str) -> None:
        """Say on a job that waits what it waits for, as where a quota is used up."""
        with self.lock:
            self.find(job_id).job.status.status_events.append(job_event(why, "OPERATIONAL_INFO"))

    def find(self, job_id: str) -> Held:
        """The job of that id, in whichever project."""
        return next(held for name, held in self.jobs.items() if name.rsplit("/", 1)[-1] == job_id)

    def log(self, job_id: str) -> str:
        """What a job's containers wrote, all tries one after another."""
        path = self._log(job_id)
        return path.read_text(errors="replace") if path.exists() else ""

    def _log(self, job_id: str) -> Path:
        return self.logs / f"{job_id}.log"

    # ------------------------------------------------------------ a job's life

    def admit(self, name: str, request: types.CreateJobRequest) -> Held:
        """Take a job that nothing is wrong with into the line. The lock must be held."""
        job = types.Job(request.job)
        job.name, job.uid = name, f"{name.rsplit('/', 1)[-1]}-{uuid.uuid4().hex[:8]}"
        job.create_time = job.update_time = datetime.now(UTC)
        job.status = types.JobStatus(state=JOB.STATE_UNSPECIFIED)
        task = types.Task(name=f"{name}/taskGroups/group0/tasks/0", status={"state": TASK.PENDING})
        held = self.jobs[name] = Held(job, task, request.request_id)
        self._line.append(name)
        self._move(held, JOB.QUEUED)
        held.thread = threading.Thread(target=self._live, args=(held,), daemon=True)
        held.thread.start()
        return held

    def end(self, held: Held, state: JOB) -> None:
        """Begin to cancel or to delete it; its own thread does the rest. The lock must be held."""
        if not held.over:
            held.stopping = True
            self._move(held, state)
            if held.attempt:
                held.attempt.interrupt(UNKNOWN)
            self._changed.notify_all()

    def _live(self, held: Held) -> None:
        """From the line to the end."""
        name = held.job.name
        with self.lock:
            self._changed.wait_for(lambda: held.stopping or self._is_next(name))
            self._line.remove(name)
            if held.stopping:
                self._over(held, None)
                return
            self._running += 1
            self._move(held, JOB.SCHEDULED)
            self._move(held, JOB.RUNNING)
        code = held.run(Room(self.lock, self.environment, self.secrets, self._log(held.id), self.grace))
        with self.lock:
            self._running -= 1
            self._over(held, code)

    def _is_next(self, name: str) -> bool:
        return self._running < self._at_once and self._line[0] == name

    def _over(self, held: Held, code: int | None) -> None:
        """The last move; a job that was deleted is gone after it."""
        deleted = held.job.status.state == JOB.DELETION_IN_PROGRESS
        if held.stopping and not deleted:
            self._move(held, JOB.CANCELLED)
        elif not deleted:
            self._move(held, JOB.FAILED if code else JOB.SUCCEEDED)
        else:
            self.jobs.pop(held.job.name, None)
        self._changed.notify_all()

    def _move(self, held: Held, state: JOB) -> None:
        old, status = held.job.status.state, held.job.status
        status.state = state
        reason = held.task.status.status_events[-1].description if state == JOB.FAILED else ""
        said = f"Job state is set from {old.name} to {state.name} for job {held.job.name}."
        if reason:
            said += " Job failed due to task failure. Specifically, task with index 0 failed due to the "
            said += f'following task event: "{reason}"'
        status.status_events.append(job_event(said))
        held.job.update_time = datetime.now(UTC)
        if not self._stopped:
            with suppress(RuntimeError):  # Pub/Sub's client refuses while the interpreter goes down
                self.notices.tell(held.job, old.name, state.name)
