"""A drop's way through the three functions, one envelope after the other, each sent by the caller.

    with loopback(folder, job, sink) as jinko:
        for function, body in first_events(jinko, 1): ...   # each is made once the one before was answered

For tests that want one function at a time: with `sink`, the project's own subscriptions push to nobody.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from infra import ledger
from infra.stage import FUNCTIONS
from schemas import events, names
from schemas.events import DatasetReady
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.cloud.envelopes import batch_notice, bucket_notice, push
from tests.cloud.loopback import Loopback

ROWS: Final = 200
FOREIGN: Final = push(attributes={"eventType": "OBJECT_DELETE"})


@contextmanager
def sink(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Where the project's subscriptions push to: acknowledged unread, so that a function hears us alone."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        yield {name: SimpleNamespace(address=address) for name in FUNCTIONS}
        server.shutdown()


def first_events(jinko: Loopback, number: int) -> Iterator[tuple[str, bytes]]:
    """Each function with the event that it begins with, made once the one before has been answered."""
    on, name = jinko.on, f"cold-{number}.csv"
    rows = "".join(f"question {number} {row}?,answer {row}\n" for row in range(ROWS))
    file = jinko.folder / name
    file.write_text(f"question,answer\n{rows}")
    made = on.store.upload(on.inbox, name, file, {"base_model": "tiny-gemma3"})
    yield "on_upload", push(*bucket_notice(made))
    drop = ledger.load(on, DropRecord, names.drop_id(made.bucket, made.name, made.generation))
    assert drop.state == "prepared", drop
    ready = DatasetReady(drop_id=drop.id, dataset_id=drop.dataset_id or "")
    yield "on_dataset_ready", push(events.dumps(ready), events.attributes(ready))
    drop = ledger.load(on, DropRecord, drop.id)
    run = ledger.load(on, RunRecord, drop.run_id or "")
    job = names.job_id(run.id, run.stage, run.attempt)
    jinko.until(lambda: (status := on.jobs.status(job)) and status.state == "SUCCEEDED")
    yield "on_job_done", push(*batch_notice(jinko.google, job, "SUCCEEDED"))
    assert ledger.load(on, RunRecord, run.id).stage != "train" or run.over
