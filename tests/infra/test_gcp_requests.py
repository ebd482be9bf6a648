"""Requests arrive at Google as Google's own generated clients send them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import pytest
from google.api_core.exceptions import NotFound
from google.cloud.batch_v1 import BatchServiceClient
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.pubsub_v1 import PublisherClient

from infra.gcp.clients import opened
from infra.gcp.state import FirestoreState
from schemas.errors import BadInput


class Hearing(grpc.GenericRpcHandler):
    """A server that holds nothing, and writes down each request, and what stands beside it."""

    def __init__(self):
        self.beside, self.sent = {}, b""

    def service(self, call):
        self.beside[call.method.rpartition("/")[2]] = dict(call.invocation_metadata)
        return grpc.unary_unary_rpc_method_handler(self._nothing)

    def _nothing(self, sent, context):
        self.sent = sent
        context.abort(grpc.StatusCode.NOT_FOUND, "nothing is here")


@pytest.fixture
def hearing():
    heard = Hearing()
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([heard])
    heard.host = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield heard
    server.stop(None)


def test_every_request_says_which_database_it_is_for_as_googles_own_client_does(hearing, monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", hearing.host)
    ours = FirestoreState("acme", "jinko", patience=0.2)
    assert ours.get("runs", "r") is None
    assert ours.replace("runs", "r", {}, "2026-11-25T04:18:55.306652Z") is None
    with pytest.raises(BadInput):
        ours.find("runs")
    with suppress(NotFound):
        Client(project="acme", database="jinko").collection("runs").document("r").get()

    said = {method: beside["google-cloud-resource-prefix"] for method, beside in hearing.beside.items()}
    assert set(said) == {"GetDocument", "Commit", "RunQuery", "BatchGetDocuments"}
    assert set(said.values()) == {"projects/acme/databases/jinko"}


DATABASE = "projects/a/databases/d"
JOBS = "projects/a/locations/us-central1"
REQUESTS = [
    (FirestoreClient, "get_document", {"name": f"{DATABASE}/documents/runs/r"}),
    (FirestoreClient, "commit", {"database": DATABASE, "writes": []}),
    (FirestoreClient, "run_query", {"parent": f"{DATABASE}/documents", "structured_query": {"limit": {}}}),
    (PublisherClient, "publish", {"topic": "projects/a/topics/t", "messages": [{"data": b"x"}]}),
    (BatchServiceClient, "create_job", {"parent": JOBS, "job_id": "j", "job": {}, "request_id": "1"}),
    (BatchServiceClient, "get_job", {"name": f"{JOBS}/jobs/j"}),
    (BatchServiceClient, "get_task", {"name": f"{JOBS}/jobs/j/taskGroups/g/tasks/0"}),
    (BatchServiceClient, "cancel_job", {"name": f"{JOBS}/jobs/j", "request_id": "1"}),
]


@pytest.mark.parametrize(
    ("client", "method", "request_"), REQUESTS, ids=[method for _, method, _ in REQUESTS]
)
def test_a_request_arrives_as_googles_generated_client_sends_it(hearing, client, method, request_):
    transport = client.get_transport_class("grpc")
    whole = client(transport=transport(channel=grpc.insecure_channel(hearing.host)))
    with suppress(NotFound):
        list(getattr(whole, method)(request=request_, retry=None, timeout=9))
    (theirs,), theirs_sent = hearing.beside.values(), hearing.sent
    with pytest.raises(NotFound, match="nothing is here"):
        list(getattr(opened(transport, hearing.host), method)(request_, retry=None, timeout=9))
    (ours,) = hearing.beside.values()

    assert hearing.sent == theirs_sent
    about = "x-goog-request-params"
    assert ours[about] == theirs[about]
    assert set(ours) == set(theirs)
