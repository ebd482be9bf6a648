"""A place that push subscriptions deliver to, so that a test hears what comes there. No tests here.

A pull would do, but the emulator keeps what it gives to a pull that is given up, and has threads for a few
streams only.
"""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """A message as it came."""

    data: bytes
    attributes: dict[str, str]


class Sink:
    """Use as a context; `address` is where to push, `path` by `path`; `taken(path)` what came since."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Heard]] = {}
        self._lock = threading.Lock()
        sink = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                message = body["message"]
                sink.put(self.path, base64.b64decode(message.get("data", "")), message.get("attributes", {}))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: what came is what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Sink":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def address(self, what: str) -> str:
        """Where a subscription pushes what is to be taken as `what`."""
        return f"http://127.0.0.1:{self._server.server_port}/{what}"

    def put(self, path: str, data: bytes, attributes: dict[str, str]) -> None:
        with self._lock:
            self._heard.setdefault(path.lstrip("/"), []).append(Heard(data, dict(attributes)))

    def taken(self, what: str) -> list[Heard]:
        """What came since the last look."""
        with self._lock:
            return self._heard.pop(what, [])
