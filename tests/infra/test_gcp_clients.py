"""Google's generated clients come without what their packages import beside, until asked."""

import json
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.auth import jwt

from tests.house.tree import ROOT

pytestmark = pytest.mark.cloud

READY = """
import sys
from infra import ground
on = ground.cloud()
on.ready("state", "bus", "jobs", "store")
beside = (".async_client", "google.cloud.firestore_v1.query", "services.subscriber", "schema_service")
beside += (".transports.rest", ".transports.grpc_asyncio", ".client")
here = ("google.cloud.firestore_v1", "google.pubsub_v1", "google.cloud.batch_v1")
print(*(name for name in sys.modules if name.startswith(here) and any(one in name for one in beside)))
print(*(name for name in sys.modules if name.startswith("cryptography")))
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
import charset_normalizer, opentelemetry.trace
assert opentelemetry.trace.span and charset_normalizer.constant and charset_normalizer.__version__
"""
HALF = """
import os
from infra.gcp.clients import lean
lean("half_v1.services.s")
import half_v1
try:
    half_v1.second
except OSError as error:
    print(error, "first" in vars(half_v1))
os.environ["NOW"] = "1"
print(half_v1.second, half_v1.first)
"""


TOKEN = """
import sys
from infra import ground
on = ground.cloud()
on.ready("state", "bus", "jobs", "store")
from google.auth.transport.requests import Request
asked = {}
credentials = on.state._client._transport._credentials  # what its channel asks before each request
credentials.before_request(Request(), "POST", "https://firestore.googleapis.com/a.Service", asked)
print(asked["authorization"], "cryptography" in sys.modules)
"""
NOT_EMULATED = {
    **dict.fromkeys(("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")),
    "JINKO_BATCH_EMULATOR_HOST": None,
    "CLOUDSDK_CONFIG": "/nowhere",
}


def run(project, program, **above):
    environment = {"PYTHONPATH": str(ROOT), **project.environment, **project.settings.environment(), **above}
    environment = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True
    )


def test_what_stands_beside_the_generated_clients_is_not_imported(project):
    done = run(project, READY)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_a_function_gets_its_token_from_the_metadata_server_without_anything_that_signs(project):
    with metadata_server() as host:
        done = run(project, TOKEN, GCE_METADATA_HOST=host, GCE_METADATA_IP=host, **NOT_EMULATED)
    assert done.stderr == ""
    assert done.stdout.split() == ["Bearer", "a-token", "False"]


def test_a_key_file_signs_as_ever(project, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "key.json"
    account = {"type": "service_account", "client_email": "jinko@acme.iam.gserviceaccount.com"}
    account |= {"private_key": key.private_bytes(*form).decode(), "token_uri": "http://127.0.0.1:1/token"}
    file.write_text(json.dumps(account))
    done = run(project, TOKEN, GOOGLE_APPLICATION_CREDENTIALS=str(file), **NOT_EMULATED)
    assert done.stderr == ""
    word, token, signing = done.stdout.split()
    assert (word, signing) == ("Bearer", "True")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(token, certs=public)
    assert claims["iss"] == account["client_email"]


def test_whoever_asks_for_the_rest_of_these_packages_gets_it(project):
    done = run(project, READY + LATER)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_that_cannot_be_run_leaves_nothing_and_may_be_asked_again(project, tmp_path):
    (tmp_path / "half_v1" / "services" / "s" / "transports").mkdir(parents=True)
    code = "import os\nfirst = 1\nif 'NOW' not in os.environ:\n    raise OSError('not now')\nsecond = 2\n"
    (tmp_path / "half_v1" / "__init__.py").write_text(code)
    done = run(project, HALF, PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert (done.stdout, done.stderr) == ("not now False\n2 1\n", "")


def test_all_that_ask_for_the_rest_at_once_get_it(project):
    program = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from infra.gcp.clients import lean
lean("google.pubsub_v1.services.publisher")
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


class Metadata(BaseHTTPRequestHandler):
    """The metadata server of a machine of Google's: it tells who one is, and gives tokens."""

    def do_GET(self):
        answers = {"token": '{"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"}'}
        answers |= {
            "universe-domain": "googleapis.com",
            "default/": '{"email": "jinko@acme.iam.gserviceaccount.com", "scopes": []}',
        }
        said = next((text for end, text in answers.items() if end in self.path), "acme").encode()
        self.send_response(200)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "application/json" if said[:1] == b"{" else "text/plain")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@contextmanager
def metadata_server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


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
