"""Graders before a training: tried on the data's own answers and on the base's; and services that grade."""

import datetime
import hashlib
import hmac
import ipaddress
import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import TypeAdapter

from gpu_batch.graders import Answered, Endpoints, grade_all, must_tell_apart, rewards, try_out
from infra.settings import read
from schemas.errors import BadInput, Unavailable
from schemas.graders import Endpoint, Graders
from schemas.samples import Message

pytestmark = pytest.mark.train  # what graders stand on is the trainer's
KEY = b"a key that both sides know"


def graders(*options):
    return TypeAdapter(Graders).validate_python(list(options))


def row(answer, right="42"):
    return Answered((Message(role="user", content="6 × 7?"),), answer, {"answer": right})


ROWS = [row("", str(n)) for n in range(40, 50)]
SAMPLES = [row("I do not know") for _ in range(16)]


def test_a_grader_that_tells_right_from_wrong_is_taken():
    try_out(graders({"grader": "number"}, {"grader": "length", "most": 2}), ROWS, SAMPLES)


def test_one_that_gives_all_the_same_is_refused_with_its_scores():
    with pytest.raises(BadInput) as refused:
        try_out(graders({"grader": "number"}, {"grader": "regex", "pattern": "zebra"}), ROWS, SAMPLES)
    [fault] = refused.value.faults
    assert fault.place == "training.graders"
    assert "regex gives all answers the same score" in fault.finding
    assert "0 0 0 0 0 0 0 0 0 0 to the data's own answers" in fault.finding
    assert "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 to the base's" in fault.finding


def test_one_that_applies_to_no_row_is_refused():
    with pytest.raises(BadInput, match="gives no answer a score"):
        try_out(graders({"grader": "exact", "column": "solution"}), ROWS, SAMPLES)


def test_none_at_all_is_refused():
    with pytest.raises(BadInput, match="no grader is named"):
        try_out((), ROWS, SAMPLES)


def test_the_right_answer_is_tried_in_the_tags_that_the_grader_looks_into():
    try_out(graders({"grader": "exact", "tag": "answer"}), ROWS, SAMPLES)


def test_scores_alone_can_be_asked_whether_they_tell_apart():
    must_tell_apart([1, 1], [0, None])
    with pytest.raises(BadInput, match="1 none to the base's"):
        must_tell_apart([1, 1], [1, None])


# ---------------------------------------------------------------- a service of one's own


def certificate(folder):
    """One for 127.0.0.1, signed by itself, and who believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "pair.pem").write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    believed = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return folder / "pair.pem", believed


@contextmanager
def service(folder, *answers):
    """A service that gives these answers in turn, the last for ever: what it was asked, our side of it."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            status, said = answers[min(len(got), len(answers)) - 1]
            said = said(json.loads(body)) if callable(said) else said
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Location", "https://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    pair, believed = certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"127.0.0.1:{server.server_port}"
    try:
        yield (
            got,
            Endpoint(url=f"https://{host}/grade", seconds=10),
            Endpoints((host,), KEY, believed, pause=0),
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def by_length(asked):
    return json.dumps({"scores": [min(len(one["answer"]) / 10, 1) for one in asked["rows"]]}).encode()


def test_a_service_grades_many_rows_at_once_and_can_check_who_asks(tmp_path):
    with service(tmp_path, (200, by_length)) as (got, options, endpoints):
        assert rewards((options,), [row("ab"), row("abcd")], endpoints) == [0.2, 0.4]
    [(headers, body)] = got
    stamped = f"{headers['Jinko-Timestamp']}.".encode() + body
    assert headers["Jinko-Signature"] == hmac.new(KEY, stamped, hashlib.sha256).hexdigest()
    first = json.loads(body)["rows"][0]
    assert first == {
        "prompt": [{"role": "user", "content": "6 × 7?"}],
        "answer": "ab",
        "reference": {"answer": "42"},
    }


def test_more_rows_than_fit_into_one_request_are_sent_in_several(tmp_path):
    with service(tmp_path, (200, by_length)) as (got, options, endpoints):
        scores = grade_all(options, [row("x" * (n % 10)) for n in range(150)], endpoints)
    assert scores == [n % 10 / 10 for n in range(150)]
    assert [len(json.loads(body)["rows"]) for _, body in got] == [64, 64, 22]


def test_a_service_that_fails_is_asked_again_under_the_same_name(tmp_path):
    with service(tmp_path, (503, b""), (429, b""), (200, by_length)) as (got, options, endpoints):
        assert grade_all(options, [row("ab")], endpoints) == [0.2]
    assert len({headers["Jinko-Request"] for headers, _ in got}) == 1


def test_a_service_that_goes_on_failing_stops_the_run_for_a_retry(tmp_path):
    with service(tmp_path, (500, b"")) as (got, options, endpoints):
        with pytest.raises(Unavailable, match="in 3 tries: it said 500"):
            grade_all(options, [row("ab")], endpoints)
    assert len(got) == 3
    with pytest.raises(Unavailable, match="did not answer in 3 tries"):
        grade_all(options, [row("ab")], endpoints)  # nobody is there any more


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (302, b"", "answered 302"),
        (404, b"", "answered 404"),
        (200, b"no json", "1 scores from 0 to 1"),
        (200, b'{"scores": [1, 1]}', "1 scores from 0 to 1"),
        (200, b'{"scores": [2]}', "1 scores from 0 to 1"),
        (200, b'{"scores": [NaN]}', "1 scores from 0 to 1"),
        (200, b'{"scores": [true]}', "1 scores from 0 to 1"),
        (200, b" " * 2_000_000, "over a megabyte"),
    ],
)
def test_a_service_that_answers_nonsense_is_the_persons_to_mend(tmp_path, status, said, words):
    with service(tmp_path, (status, said)) as (_, options, endpoints):
        with pytest.raises(BadInput, match=words):
            grade_all(options, [row("ab")], endpoints)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path):
    with service(tmp_path, (200, by_length)) as (got, options, endpoints):
        alone = Endpoints(endpoints.hosts, KEY, pause=0)
        with pytest.raises(Unavailable, match="certificate"):
            grade_all(options, [row("ab")], alone)
    assert got == []


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("", "https://example.com/"),
        ("example.com", "https://example.com.evil.org/"),
        ("example.com", "https://example.com:8443/"),
        ("example.com:8443", "https://example.com/"),
        ("example.com", "https://127.0.0.1/"),
    ],
)
def test_a_host_that_is_not_on_the_list_is_never_asked(hosts, url):
    endpoints = Endpoints.of(read({"JINKO_GRADER_HOSTS": hosts, "JINKO_GRADER_KEY": "k"}))
    with pytest.raises(BadInput, match="JINKO_GRADER_HOSTS"):
        grade_all(Endpoint(url=url), [row("ab")], endpoints)


def test_requests_are_never_sent_unsigned():
    endpoints = Endpoints.of(read({"JINKO_GRADER_HOSTS": "a.example.com, EXAMPLE.com"}))
    with pytest.raises(BadInput, match="no key"):
        grade_all(Endpoint(url="https://example.com/"), [row("ab")], endpoints)
