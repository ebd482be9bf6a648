"""What the Hub answers becomes a person's fault or a reason to try again; a loopback server plays it."""

import http.server
import threading

import pytest
from huggingface_hub import constants

from infra import hub
from schemas.errors import BadInput, Unavailable

ANSWERS = {
    "no/such": (404, "RepoNotFound"),
    "no/revision": (404, "RevisionNotFound"),
    "is/gated": (403, "GatedRepo"),
    "needs/token": (401, ""),
    "is/broken": (500, ""),
    "has/moved": (404, ""),
}


class Hub(http.server.BaseHTTPRequestHandler):
    """Answers each repository as the table says."""

    def do_GET(self):
        code, error = next((a for name, a in ANSWERS.items() if name in self.path), (404, ""))
        self.send_response(code)
        if error:
            self.send_header("X-Error-Code", error)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def address():
    """A Hub on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def here(monkeypatch, address):
    """The Hub's library reads HF_ENDPOINT once, when it is imported: so its constant is set."""
    monkeypatch.setattr(constants, "ENDPOINT", address)


@pytest.mark.parametrize(
    ("name", "finding", "next_step"),
    [
        ("no/such", "no such model", "owner/name"),
        ("no/revision", "has no revision v9", "owner/name"),
        ("is/gated", "gated", "HF_TOKEN"),
        ("needs/token", "or it is private", "HF_TOKEN"),
        ("has/moved", "no such model", "owner/name"),
        ("two/many/slashes", "no name of a model", "owner/name"),
        ("-bad-/na me", "no name of a model", "owner/name"),
    ],
)
def test_what_a_person_can_mend_is_refused_with_its_name_and_what_to_do(name, finding, next_step):
    with pytest.raises(BadInput) as refused:
        hub.commit_of(name, "v9")
    (fault,) = refused.value.faults

    assert fault.place == f"base_model: {name}"
    assert finding in fault.finding
    assert next_step in fault.next_step


def test_a_hub_that_is_broken_is_worth_asking_again():
    with pytest.raises(Unavailable, match="500"):
        hub.commit_of("is/broken")


def test_a_hub_that_does_not_answer_is_worth_asking_again(monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(Unavailable, match="did not answer"):
        hub.commit_of("owner/name")
