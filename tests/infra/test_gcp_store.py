"""Cloud Storage where it differs from a folder: buckets that are missing, servers that go away, big writes.

What every Store promises is in `tests/contract`. Here too the server is a stand-in: what it cannot show is in
docs/decisions/0010.
"""

import gzip

import pytest

from infra.gcp.store import ONE_REQUEST, GoogleStore
from infra.ports import Gone
from schemas.errors import BadInput, Unavailable
from tests.cloud.emulators import start_storage
from tests.conftest import at_once

pytestmark = pytest.mark.cloud

BIG = bytes(20 << 20)


@pytest.fixture
def store(project):
    return GoogleStore(project.settings.project, patience=0.5)


@pytest.fixture
def out(project):
    return project.settings.outbox


@pytest.mark.parametrize(
    "do",
    [
        lambda store, file: store.write("no-such", "a", b"x"),
        lambda store, file: store.write_once("no-such", "a", b"x"),
        lambda store, file: store.upload("no-such", "a", file),
        lambda store, file: list(store.list("no-such")),
    ],
    ids=["write", "write_once", "upload", "list"],
)
def test_a_bucket_that_is_missing_is_named_with_the_command_that_makes_it(store, tmp_path, project, do):
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(BadInput) as refused:
        do(store, tmp_path / "a")

    made = f"gcloud storage buckets create gs://no-such --project={project.settings.project}"
    assert str(refused.value).startswith("gs://no-such: There is no such bucket.")
    assert made in str(refused.value)


def test_a_server_that_is_not_there_may_be_there_the_next_time(monkeypatch, tmp_path):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    store = GoogleStore("acme", patience=0.2)
    (tmp_path / "a").write_bytes(b"x")

    for do in (
        lambda: store.stat("b", "a"),
        lambda: store.open("b", "a"),
        lambda: store.read("b", "a"),
        lambda: store.write("b", "a", b"x"),
        lambda: store.write_once("b", "a", b"x"),
        lambda: store.upload("b", "a", tmp_path / "a"),
        lambda: store.download("b", "a", tmp_path / "down"),
        lambda: list(store.list("b")),
        lambda: store.delete("b", "a"),
    ):
        with pytest.raises(Unavailable, match="gs://b did not answer"):
            do()


def test_a_stream_breaks_off_in_words_when_the_server_goes(monkeypatch, tmp_path):
    server = start_storage(tmp_path / "buckets", tmp_path / "log")
    try:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{server.wait().host}")
        store = GoogleStore("acme", patience=0.2)
        (tmp_path / "buckets" / "in").mkdir()
        made = store.write("in", "a", BIG)
        with store.open("in", "a", made.generation) as stream:
            assert stream.read(5) == bytes(5)
            server.stop()
            with pytest.raises(Unavailable, match="gs://in did not answer"):
                stream.read()
    finally:
        server.stop()


def test_a_stream_whose_generation_was_replaced_is_gone(store, out):
    made = store.write(out, "a", BIG)
    with store.open(out, "a", made.generation) as stream:
        assert stream.read(5) == bytes(5)
        store.write(out, "a", b"new")
        with pytest.raises(Gone, match=str(made.generation)):
            stream.read()


def test_what_is_too_big_for_one_request_is_not_written_under_a_condition(store, out):
    assert store.write_once(out, "most", bytes(ONE_REQUEST)) is True
    assert store.write_once(out, "most", b"x") is False
    with pytest.raises(BadInput, match="too many to be written under a condition"):
        store.write_once(out, "more", bytes(ONE_REQUEST + 1))
    assert store.stat(out, "more") is None


def test_a_browser_is_told_what_a_page_is(store, out, project):
    from google.cloud import storage

    for name in ("status/a.csv.md", "report.html", "order.json", "model.safetensors"):
        store.write(out, name, b"x")
    seen = storage.Client(project=project.settings.project).list_blobs(out)

    assert {blob.name: blob.content_type for blob in seen} == {
        "status/a.csv.md": "text/markdown; charset=utf-8",
        "report.html": "text/html; charset=utf-8",
        "order.json": "application/json",
        "model.safetensors": "application/octet-stream",
    }


def test_a_list_goes_over_many_pages(store, out):
    names = [f"runs/{number:04}" for number in range(1_100)]
    at_once(10, lambda worker: [store.write(out, name, b"") for name in names[worker::10]])

    assert [found.name for found in store.list(out, "runs/")] == names


def test_what_was_sent_compressed_is_read_as_it_lies_there(store, out, project, tmp_path):
    """As `gcloud storage cp -Z` sends it: Cloud Storage would unpack it for who does not say otherwise."""
    from google.cloud import storage

    packed = gzip.compress(b"frage,antwort\n" * 1000)
    blob = storage.Client(project=project.settings.project).bucket(out).blob("a.csv")
    blob.content_encoding = "gzip"
    blob.upload_from_string(packed, content_type="text/csv")
    store.download(out, "a.csv", tmp_path / "a.csv")

    assert store.stat(out, "a.csv").size == len(packed)
    assert store.read(out, "a.csv") == packed
    assert (tmp_path / "a.csv").read_bytes() == packed
    with store.open(out, "a.csv") as stream:
        assert stream.read() == packed
