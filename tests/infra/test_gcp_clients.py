"""Google's generated clients come without what their packages import beside, until asked."""

import subprocess
import sys

import pytest

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
