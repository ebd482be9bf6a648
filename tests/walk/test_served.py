"""The doors as functions-framework serves them: a Pub/Sub push over HTTP does what a call does."""

import base64
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from infra import ledger, settings
from infra.settings import Settings
from schemas.records import DropRecord
from tests.conftest import PATIENCE, drop

pytestmark = pytest.mark.walk
ROOT = settings.BUNDLED_MODELS.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(function, home):
    """The function in a process of its own, on a free loopback port."""
    port = free_port()
    source = ROOT / "functions" / function / "main.py"
    command = [sys.executable, "-m", "functions_framework", "--source", str(source), "--target", function]
    command += ["--signature-type", "cloudevent", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        command, env=settings.process_environment(Settings(home=home)), stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, "it must be our own child that listens there"
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


def push(address, data, attributes):
    """Send a Pub/Sub push; the HTTP status that answers it."""
    message = {
        "data": base64.b64encode(data).decode(),
        "attributes": attributes,
        "messageId": "1",
        "publishTime": "2026-11-21T01:23:09.804Z",
    }
    body = {"message": message, "subscription": "projects/acme/subscriptions/jinko"}
    asked = urllib.request.Request(
        address, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_bucket_s_notice_pushed_over_http_prepares_the_file(ground):
    event = drop(ground, "a.csv", "question,answer\nx,y\n", {"data.test_size": "0"})
    message = ground.queue.due(("drops",))
    with served("on_upload", ground.home) as address:
        assert push(address, message.data, dict(message.attributes)) == 200
        assert push(address, message.data, dict(message.attributes)) == 200  # twice is once
        assert push(address, b"no event", {}) == 500  # not acknowledged: it becomes a dead letter

    (record,) = ledger.every(ground.cloud, DropRecord)
    assert (record.name, record.state) == (event.name, "prepared")
    assert ground.queue.waiting(("datasets",)) == 2
