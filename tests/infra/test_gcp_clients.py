"""Google's generated clients come without what their packages import beside, until asked."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import pytest
from google.api_core.exceptions import NotFound
from google.cloud.firestore_v1 import Client

from infra.gcp.state import FirestoreState
from schemas.errors import BadInput
from tests.house.tree import ROOT

pytestmark = pytest.mark.cloud

READY = """
import sys
from infra import ground
on = ground.cloud()
on.ready("state", "bus", "jobs", "store")
beside = (".async_client", "google.cloud.firestore_v1.query", "services.subscriber", "schema_service")
print(*(name for name in sys.modules if name.startswith("google.") and any(one in name for one in beside)))
"""
LATER = """
from google.cloud.firestore_v1 import AsyncClient, Client
from google.cloud.batch_v1 import BatchServiceAsyncClient, Job
from google.pubsub_v1 import PublisherAsyncClient, SubscriberClient
import google.cloud.pubsub_v1, google.cloud.firestore_v1.services.firestore, google.pubsub_v1.types
assert google.cloud.firestore_v1.services.firestore.FirestoreAsyncClient
assert on.state.get("runs", "r") is None
client = Client(project=on.state.project, database=on.state.database)
assert list(client.collection("runs").stream()) == []
"""


def run(project, program):
    environment = {"PYTHONPATH": str(ROOT), **project.environment, **project.settings.environment()}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True
    )


def test_what_stands_beside_the_generated_clients_is_not_imported(project):
    done = run(project, READY)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_whoever_asks_for_the_rest_of_these_packages_gets_it(project):
    done = run(project, READY + LATER)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_that_ask_for_the_rest_at_once_get_it(project):
    program = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from infra.gcp.clients import lean
lean("google.pubsub_v1", "google.pubsub_v1.services.publisher")
import google.pubsub_v1
together = Barrier(8)
def ask(_):
    together.wait()
    return google.pubsub_v1.SubscriberClient
with ThreadPoolExecutor(8) as pool:
    (one,) = set(pool.map(ask, range(8)))
try:
    google.pubsub_v1.nothing
except AttributeError as error:
    print(error)
"""
    done = run(project, program)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "module 'google.pubsub_v1' has no attribute 'nothing'\n"


class Hearing(grpc.GenericRpcHandler):
    """A Firestore that holds nothing, and writes down what stands beside each request."""

    def __init__(self):
        self.beside = {}

    def service(self, call):
        self.beside[call.method.rpartition("/")[2]] = dict(call.invocation_metadata)
        return grpc.unary_unary_rpc_method_handler(self._nothing)

    def _nothing(self, _, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "nothing is here")


def test_every_request_says_which_database_it_is_for_as_googles_own_client_does(monkeypatch):
    hearing = Hearing()
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([hearing])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
    ours = FirestoreState("acme", "jinko", patience=0.2)
    assert ours.get("runs", "r") is None
    assert ours.replace("runs", "r", {}, "2026-11-25T04:18:55.306652Z") is None
    with pytest.raises(BadInput):
        ours.find("runs")
    with suppress(NotFound):
        Client(project="acme", database="jinko").collection("runs").document("r").get()
    server.stop(None)

    said = {method: beside["google-cloud-resource-prefix"] for method, beside in hearing.beside.items()}
    assert set(said) == {"GetDocument", "Commit", "RunQuery", "BatchGetDocuments"}
    assert set(said.values()) == {"projects/acme/databases/jinko"}


def test_ports_that_cannot_be_opened_are_told_by_who_uses_them(project):
    program = """
import os
os.environ["FIRESTORE_EMULATOR_HOST"] = ""
os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = "/nowhere.json"
from infra import ground
from schemas.errors import BadInput
on = ground.cloud()
on.ready("state", "bus", "store")
try:
    on.state.get("runs", "r")
except BadInput as error:
    print(error)
"""
    done = run(project, program)
    assert done.returncode == 0, done.stderr
    assert "There are no Google credentials that can be used" in done.stdout
    assert "gcloud auth application-default login" in done.stdout
