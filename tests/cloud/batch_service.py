"""The service's requests, each answered as Cloud Batch does; and the operations that cancel and delete give.

`Refused` is raised for what becomes a gRPC status. A test may have the next request fail by itself
(`StandIn.fail_next`), before or after it took effect.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
from google.cloud.batch_v1 import types
from google.longrunning import operations_pb2
from google.protobuf import any_pb2, empty_pb2

from tests.cloud.batch_rules import complaints

if TYPE_CHECKING:
    from tests.cloud.batch import StandIn
    from tests.cloud.batch_job import Held

JOB = types.JobStatus.State
CODE = grpc.StatusCode
A_TASK = re.compile(r"(projects/[^/]+/locations/[^/]+/jobs/[^/]+)/taskGroups/group0(/tasks/0)?")


class Refused(Exception):
    """What a request is answered with instead."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


class Failure(NamedTuple):
    """The next request's bad luck; `after`: it takes effect, and only its answer is lost."""

    code: grpc.StatusCode
    details: str
    after: bool


class Service:
    """One method for each request that our code, or a test, sends."""

    def __init__(self, batch: "StandIn") -> None:
        self.batch = batch

    def create_job(self, request: types.CreateJobRequest) -> types.Job:
        for complaint in complaints(request):
            raise Refused(CODE.INVALID_ARGUMENT, f"{complaint}.")
        name = f"{request.parent}/jobs/{request.job_id}"
        with self.batch.lock:
            there = self.batch.jobs.get(name)
            if there is None:
                return types.Job(self.batch.admit(name, request).job)
            if request.request_id and there.request_id == request.request_id:
                return types.Job(there.job)  # the same request again
            raise Refused(CODE.ALREADY_EXISTS, f"Resource '{name}' already exists")

    def get_job(self, request: types.GetJobRequest) -> types.Job:
        with self.batch.lock:
            return types.Job(self._held(request.name).job)

    def list_jobs(self, request: types.ListJobsRequest) -> types.ListJobsResponse:
        with self.batch.lock:
            below = f"{request.parent}/jobs/"
            jobs = [held.job for name, held in self.batch.jobs.items() if name.startswith(below)]
            return types.ListJobsResponse(jobs=jobs)

    def cancel_job(self, request: types.CancelJobRequest) -> operations_pb2.Operation:
        with self.batch.lock:
            held = self._held(request.name)
            if held.over:
                state = held.job.status.state.name
                raise Refused(CODE.FAILED_PRECONDITION, f"Job {request.name} is {state} already")
            if not held.stopping:
                self.batch.end(held, JOB.CANCELLATION_IN_PROGRESS)
            return self._operation(held, "cancel")

    def delete_job(self, request: types.DeleteJobRequest) -> operations_pb2.Operation:
        with self.batch.lock:
            held = self._held(request.name)
            if held.over:
                self.batch.jobs.pop(request.name)
            self.batch.end(held, JOB.DELETION_IN_PROGRESS)
            return self._operation(held, "delete")

    def get_task(self, request: types.GetTaskRequest) -> types.Task:
        with self.batch.lock:
            return types.Task(self._of_task(request.name).task)

    def list_tasks(self, request: types.ListTasksRequest) -> types.ListTasksResponse:
        with self.batch.lock:
            return types.ListTasksResponse(tasks=[self._of_task(request.parent).task])

    def get_operation(self, request: operations_pb2.GetOperationRequest) -> operations_pb2.Operation:
        what, _, id = request.name.rsplit("/", 1)[-1].partition("-")
        with self.batch.lock:
            found = next((held for held in self.batch.jobs.values() if held.operation == id), None)
            return self._operation(found, what, request.name)

    def _operation(self, held: "Held | None", what: str, name: str = "") -> operations_pb2.Operation:
        """How far it is: a job that is not there any more was deleted."""
        if held and not name:
            name = f"{held.job.name.partition('/jobs/')[0]}/operations/{what}-{held.operation}"
        if held and not held.over:
            return operations_pb2.Operation(name=name, done=False)
        answer = any_pb2.Any()
        cancelled = types.CancelJobResponse.pb(types.CancelJobResponse())
        answer.Pack(cancelled if what == "cancel" else empty_pb2.Empty())
        return operations_pb2.Operation(name=name, done=True, response=answer)

    def _held(self, name: str) -> "Held":
        if name not in self.batch.jobs:
            raise Refused(CODE.NOT_FOUND, f"Resource '{name}' was not found")
        return self.batch.jobs[name]

    def _of_task(self, name: str) -> "Held":
        found = A_TASK.fullmatch(name)
        if found is None:
            raise Refused(CODE.NOT_FOUND, f"Resource '{name}' was not found")
        return self._held(found[1])


def handlers(batch: "StandIn") -> tuple[grpc.GenericRpcHandler, ...]:
    """What the server is given."""
    service, operation = Service(batch), operations_pb2.Operation.SerializeToString
    asked = {
        "CreateJob": (service.create_job, types.CreateJobRequest, types.Job.serialize),
        "GetJob": (service.get_job, types.GetJobRequest, types.Job.serialize),
        "ListJobs": (service.list_jobs, types.ListJobsRequest, types.ListJobsResponse.serialize),
        "CancelJob": (service.cancel_job, types.CancelJobRequest, operation),
        "DeleteJob": (service.delete_job, types.DeleteJobRequest, operation),
        "GetTask": (service.get_task, types.GetTaskRequest, types.Task.serialize),
        "ListTasks": (service.list_tasks, types.ListTasksRequest, types.ListTasksResponse.serialize),
    }
    methods = {
        name: grpc.unary_unary_rpc_method_handler(_answered(batch, name, do), kind.deserialize, back)
        for name, (do, kind, back) in asked.items()
    }
    polled = {
        "GetOperation": grpc.unary_unary_rpc_method_handler(
            _answered(batch, "GetOperation", service.get_operation),
            operations_pb2.GetOperationRequest.FromString,
            operation,
        )
    }
    return (
        grpc.method_handlers_generic_handler("google.cloud.batch.v1.BatchService", methods),
        grpc.method_handlers_generic_handler("google.longrunning.Operations", polled),
    )


def _answered(
    batch: "StandIn", name: str, do: Callable[[Any], Any]
) -> Callable[[Any, grpc.ServicerContext], Any]:
    """The request's own method, with refusals as gRPC has them."""

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        batch.before.pop(name, lambda: None)()
        failure = batch.failures.pop(0) if batch.failures else None
        if failure and not failure.after:
            context.abort(failure.code, failure.details)
        try:
            answered = do(request)
        except Refused as refused:
            context.abort(refused.code, refused.details)
        if failure:
            context.abort(failure.code, failure.details)
        return answered

    return answer
