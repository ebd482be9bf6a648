"""The Hub on this machine: `with hub() as there:` serves it on a free loopback port. No tests here.

    there.world                                      its content: tokens, repositories
    there.fails["commit"] = Failure(409)             every such call is refused
    there.fails["lfs-upload"] = Failure("cut", 1)    the first is cut off before anything is done
    there.fails["commit"] = Failure("lost", 1)       done, and the answer is cut off
    there.asked, there.tokens                        the calls that came, in order, and with which token

`trust` makes this process take it for the real one; a process of its own is told by HF_ENDPOINT.
"""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from huggingface_hub import constants

from tests.hub.reading import READING
from tests.hub.repositories import Who, World
from tests.hub.storage import STORAGE
from tests.hub.wire import Answer, Refused, Request, call_of
from tests.hub.writing import WRITING
from tests.infra.loopback import believe

ENDPOINTS = {**READING, **WRITING, **STORAGE}
TOKEN = "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"


@dataclass
class Failure:
    """How a call fails: a status, `cut` (before anything is done) or `lost` (after); `times`, -1 for ever."""

    how: int | str
    times: int = -1


@dataclass
class Hub:
    """A Hub that is being served."""

    world: World = field(default_factory=World)
    fails: dict[str, Failure] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    address: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def failure(self, call: str) -> int | str | None:
        """How this call is to fail, counting it; None if it is to be answered."""
        failure = self.fails.get(call)
        if failure is None or failure.times == 0:
            return None
        failure.times -= 1
        return failure.how


class Door(http.server.BaseHTTPRequestHandler):
    """One connection to the Hub."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one go: two small packets wait for one another
    disable_nagle_algorithm = True
    hub: Hub

    def handle_any(self) -> None:
        there, body = urlsplit(self.path), self._body()
        found = call_of(self.command, unquote(there.path))
        if found is None:
            return self._say(404, {"error": f"no such endpoint: {self.command} {there.path}"}, {})
        call, parts = found
        token = self.headers.get("authorization", "").removeprefix("Bearer ") or None
        request = Request(parts, dict(parse_qsl(there.query)), token, body, self.hub.address)
        with self.hub.lock:
            self.hub.asked.append(call)
            self.hub.tokens.append(token)
            how = self.hub.failure(call)
            if how == "cut":
                return self._cut()
            status, answer = self._refusal(how) if isinstance(how, int) else self._answer(call, request)
        if how == "lost":
            return self._cut()
        return self._say(status, answer.body, answer.headers)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def _answer(self, call: str, request: Request) -> tuple[int, Answer]:
        try:
            told = ENDPOINTS[call](self.hub.world, request)
            return 200, told if isinstance(told, Answer) else Answer(told, {})
        except Refused as error:
            return error.status, _told(error)

    def _refusal(self, status: int) -> tuple[int, Answer]:
        code = "RepoNotFound" if status == 404 else ""
        return status, _told(Refused(status, f"The stand-in was told to answer {status}.", code))

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _say(self, status: int, body: Any, headers: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        ranged = self.headers.get("range")
        if status == 200 and ranged and isinstance(body, bytes):
            start = int(ranged.removeprefix("bytes=").partition("-")[0])
            headers = {**headers, "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
            status, data = 206, data[start:]
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


def _told(error: Refused) -> Answer:
    body = json.loads(error.message) if error.message.startswith("{") else {"error": error.message}
    code = {"X-Error-Code": error.code} if error.code else {}
    return Answer(body, {**code, "X-Error-Message": error.message})


@contextmanager
def hub() -> Iterator[Hub]:
    """A Hub that knows one token, `TOKEN`, of the user `me`, who may also write for `acme`."""
    there = Hub()
    there.world.tokens[TOKEN] = Who("me", orgs={"acme": "write", "library": "read"})
    handler = type("Door", (Door,), {"hub": there})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        there.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield there
        server.shutdown()
        thread.join()


def trust(monkeypatch: pytest.MonkeyPatch, there: Hub, token: str | None = TOKEN) -> None:
    """Make this the Hub of this process, with this token, and its library wait for nothing."""
    believe(monkeypatch, there.address)
    monkeypatch.setenv("HF_ENDPOINT", there.address)  # for processes that are started
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    if token is None:
        monkeypatch.delenv("HF_TOKEN", raising=False)
    else:
        monkeypatch.setenv("HF_TOKEN", token)
