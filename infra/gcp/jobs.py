"""The Jobs port on Cloud Batch: jobs submitted once, asked at any time, stopped for good.

A job's id follows from what it is for, so asking for the same job again finds the one that is there. Batch
tells every change of state on the topic of jobs by itself; `status` is what it says when it is asked.

Batch's client is imported when a first job is asked for: next to the other clients, that takes 0.02 seconds
in a function that was deployed (0.2 where aiohttp is installed, which the client looks for).
"""

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from infra.gcp.clients import Service, lean, opened
from infra.gcp.faults import Resource, our_error, translated
from infra.gcp.job_status import state_name, status_of
from infra.ports import JobSpec, JobStatus
from infra.settings import GoogleSettings
from schemas import names
from schemas.errors import Unavailable
from schemas.events import JOB_ENDED

if TYPE_CHECKING:
    from google.cloud.batch_v1.types import Job, Task

TIMEOUT: Final = 30.0  # seconds for one request
STOPS: Final = ("CANCELLATION_IN_PROGRESS", "DELETION_IN_PROGRESS")


class BatchJobs:
    """The Jobs port on Cloud Batch. `patience`: seconds for which a request is tried again."""

    def __init__(self, settings: GoogleSettings, patience: float = 60.0) -> None:
        self._settings, self._patience = settings, patience
        self._parent = f"projects/{settings.project}/locations/{settings.region}"

    def ready(self) -> None:
        """Import the client and begin to connect, where it is not there yet."""
        self._client  # noqa: B018

    @cached_property
    def _client(self) -> Service:
        lean("google.cloud.batch_v1.services.batch_service")
        from google.cloud.batch_v1.services.batch_service.transports.grpc import BatchServiceGrpcTransport

        return opened(BatchServiceGrpcTransport, self._settings.batch_emulator_host)

    @cached_property
    def _often(self) -> dict[str, Any]:
        """How patiently: to be given to every request."""
        from google.api_core import exceptions, retry

        again = retry.if_exception_type(
            exceptions.Aborted,
            exceptions.DeadlineExceeded,
            exceptions.InternalServerError,
            exceptions.ResourceExhausted,
            exceptions.ServiceUnavailable,
            exceptions.Unknown,
        )
        patient = retry.Retry(predicate=again, initial=0.1, maximum=10.0, timeout=self._patience)
        return {"retry": patient, "timeout": TIMEOUT}

    def submit(self, job: JobSpec) -> bool:
        with translated(self._resource(job.id)):
            client = self._client  # before what else is of its package: it is imported lean
        from google.api_core.exceptions import AlreadyExists, PermissionDenied

        from infra.gcp.job import build

        topic = f"projects/{self._settings.project}/topics/{names.topic('jobs')}"
        built = build(job, self._settings, topic)
        # The request's own id lets a repeat of this very request, after a lost answer, say "created" again.
        # It must not follow from the job: then everybody who asks for the job would be told so.
        asked = {"parent": self._parent, "job_id": job.id, "job": built, "request_id": str(uuid.uuid4())}
        with translated(self._resource(job.id)):
            try:
                client.create_job(asked, **self._often)
            except AlreadyExists:
                self._see(job.id)
                return False
            except PermissionDenied as error:
                account = self._account(built.allocation_policy.service_account.email)
                ours = our_error(error, account) if "actAs" in str(error) else None
                if ours is None:
                    raise
                raise ours from error
            return True

    def _see(self, id: str) -> None:
        """Be sure that a job of which Batch said so is there, and stays."""
        found = self._get(id)
        if found is None or state_name(found) == "DELETION_IN_PROGRESS":
            raise Unavailable(f"Cloud Batch is about to delete a job of the same id, {id}.")

    def status(self, id: str) -> JobStatus | None:
        with translated(self._resource(id)):
            job = self._get(id)
            if job is None:
                return None
            return status_of(job, self._task(id) if state_name(job) == "FAILED" else None)

    def cancel(self, id: str) -> None:
        from google.api_core.exceptions import FailedPrecondition, InvalidArgument, NotFound

        with translated(self._resource(id)):
            if self._is_over(id):
                return
            asked = {"name": self._name(id), "request_id": str(uuid.uuid4())}
            try:
                self._client.cancel_job(asked, **self._often)
            except (NotFound, FailedPrecondition, InvalidArgument):
                if not self._is_over(id):  # else it ended between the two questions
                    raise

    def _is_over(self, id: str) -> bool:
        """Whether there is nothing to cancel: it is not there, has ended, or is being stopped already."""
        job = self._get(id)
        return job is None or state_name(job) in (*JOB_ENDED, *STOPS)

    def _get(self, id: str) -> "Job | None":
        from google.api_core.exceptions import NotFound

        try:
            found: Job = self._client.get_job({"name": self._name(id)}, **self._often)
            return found
        except NotFound:
            return None

    def _task(self, id: str) -> "Task | None":
        """The job's only task: its events have the exit code. None if Batch does not keep it any more."""
        from google.api_core.exceptions import NotFound

        try:
            task = f"{self._name(id)}/taskGroups/group0/tasks/0"
            found: Task = self._client.get_task({"name": task}, **self._often)
            return found
        except NotFound:
            return None

    def _name(self, id: str) -> str:
        return f"{self._parent}/jobs/{id}"

    def _resource(self, id: str) -> Resource:
        project = self._settings.project
        return Resource(
            place=f"Cloud Batch job {id} in {self._settings.region}",
            what=f"project {project}, or no Cloud Batch in {self._settings.region}",
            project=project,
            api="batch.googleapis.com",
            make=f"gcloud projects create {project}",
            allow=f"gcloud projects add-iam-policy-binding {project} --member={{member}} "
            "--role=roles/batch.jobsEditor",
        )

    def _account(self, account: str) -> Resource:
        """Whom the job runs as: who submits it needs to be allowed to."""
        project = self._settings.project
        return Resource(
            place=f"service account {account}",
            what="service account",
            project=project,
            api="iam.googleapis.com",
            make=f"gcloud iam service-accounts create {account.partition('@')[0]} --project={project}",
            allow=f"gcloud iam service-accounts add-iam-policy-binding {account} --member={{member}} "
            f"--role=roles/iam.serviceAccountUser --project={project}",
        )
