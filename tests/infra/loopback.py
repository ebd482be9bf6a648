"""A Hub on this machine: answers each repository as a table says, and gives out the files of one folder.

Where the table has a code, that is the answer; where it has a folder, the repository is there, at `COMMIT`.
"""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
from huggingface_hub import constants

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOBODY = "http://127.0.0.1:9"  # the discard port, where nobody listens
Answer = tuple[int, str] | Path


class Hub(http.server.BaseHTTPRequestHandler):
    """One request to the Hub."""

    answers: Mapping[str, Answer]
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        answer = next((a for name, a in self.answers.items() if name in self.path), (404, ""))
        if isinstance(answer, Path):
            self._serve(answer)
        else:
            self._say(answer[0], b"", {"X-Error-Code": answer[1]} if answer[1] else {})

    do_HEAD = do_GET

    def _serve(self, folder: Path):
        if "/api/" in self.path:
            files = [path for path in folder.rglob("*") if path.is_file()]
            tree = [
                {
                    "type": "file",
                    "path": path.relative_to(folder).as_posix(),
                    "size": path.stat().st_size,
                    "oid": COMMIT,
                }
                for path in files
            ]
            body = tree if "/tree/" in self.path else {"id": "owner/name", "sha": COMMIT}
            return self._say(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
        inside = self.path.partition("/resolve/")[2].partition("/")[2]  # after the revision
        data = (folder / unquote(inside)).read_bytes()
        return self._say(200, data, {"ETag": f'"{len(data)}"', "X-Repo-Commit": COMMIT})

    def _say(self, code: int, body: bytes, headers: Mapping[str, str]):
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_):
        """Nothing on the terminal."""


@contextmanager
def serving(answers: Mapping[str, Answer]) -> Iterator[tuple[str, list[str]]]:
    """The Hub's address while it is served, and the paths that were asked for."""
    asked: list[str] = []
    handler = type("Hub", (Hub,), {"answers": answers, "asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def believe(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Make this address the Hub's. Its library reads HF_ENDPOINT once, at its import: set what it read."""
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
