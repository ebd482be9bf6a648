"""A large download over a connection that breaks: it goes on, however long it had taken until then."""

import http.server
import json
import threading
import time
from contextlib import contextmanager

import pytest

from infra.gcp.store import GoogleStore
from infra.ports import Gone

PATIENCE = 0.2
DATA = bytes(range(256)) * 32768


class Breaking(http.server.BaseHTTPRequestHandler):
    """A bucket with one object; its first transfer takes longer than anybody's patience, and breaks off."""

    ranges: list[str | None]

    def do_GET(self):
        if "/o/a" not in self.path:
            return self._say(404, b"{}")
        if "alt=media" not in self.path:
            told = {"bucket": "b", "name": "a", "generation": "7", "size": str(len(DATA))}
            return self._say(200, json.dumps(told).encode())
        assert "generation=7" in self.path
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        if wanted is None:
            self._head(200, len(DATA))
            self.wfile.write(DATA[: len(DATA) // 2])
            self.wfile.flush()
            time.sleep(3 * PATIENCE)
            self.close_connection = True
            return None
        start = int(wanted.removeprefix("bytes=").partition("-")[0])
        return self._say(206, DATA[start:])

    def _say(self, code: int, body: bytes):
        self._head(code, len(body))
        self.wfile.write(body)

    def _head(self, code: int, length: int):
        self.send_response(code)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        """Nothing on the terminal."""


@contextmanager
def breaking():
    ranges: list[str | None] = []
    handler = type("Breaking", (Breaking,), {"ranges": ranges})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", ranges
        finally:
            server.shutdown()
            thread.join()


def test_a_download_that_breaks_off_after_long_goes_on_from_there(monkeypatch, tmp_path):
    with breaking() as (address, ranges):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        GoogleStore("acme", patience=PATIENCE).download("b", "a", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == DATA
    assert ranges[0] is None
    assert len(ranges) == 2


def test_what_is_not_there_leaves_no_file(monkeypatch, tmp_path):
    with breaking() as (address, _):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        with pytest.raises(Gone):
            GoogleStore("acme", patience=PATIENCE).download("b", "missing", tmp_path / "a")

    assert not (tmp_path / "a").exists()
