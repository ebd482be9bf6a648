"""Small JSON documents in a named Firestore database: a collection for each kind, a document for each id.

A document holds the record as one JSON text (`record`), and beside it, in a map (`is`), the record's own
short texts, which are what `find` looks for. One text, because Firestore's own types would not give back
what was put in: they take no list within a list, and a dot in a key may be read as a path. In the console it
reads as it would in a file.

`create` is Firestore's own; a move is an update on the condition of the document's update time, which 20 of
20 writers at once got through in 0.16 s, where transactions starved (see docs/decisions). Requests are tried
again: None may also come to the one who wrote, where the answer to the first try was lost, so callers read
again, as they do.

The package's generated requests are sent, not those of the client that is built over them: a request of one
document is one answer there, not a stream with a thread, and takes half the processor's time.

Not here: making the database (Terraform does), deleting documents.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote

from infra.gcp.clients import Service, lean, opened
from infra.gcp.faults import Resource, translated
from infra.ports import Doc
from infra.settings import emulator
from schemas.errors import BadInput, Fault
from schemas.names import place

LARGEST: Final = 900_000  # bytes of a record; Firestore's own limit for a document is 1 MiB, names and all
INDEXED: Final = 1_500  # bytes of a text that Firestore compares; longer ones it cuts
TIMEOUT: Final = 30.0  # seconds for one request


class FirestoreState:
    """The State port on Firestore. `patience`: seconds for which a request is tried again."""

    def __init__(self, project: str, database: str, patience: float = 60.0) -> None:
        self.project, self.database, self._patience = project, database, patience

    def ready(self) -> None:
        """Import the client and begin to connect, where it is not there yet."""
        self._client  # noqa: B018

    @cached_property
    def _client(self) -> Service:
        lean("google.cloud.firestore_v1.services.firestore")
        from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

        return opened(FirestoreGrpcTransport, emulator("FIRESTORE"))

    @cached_property
    def _retry(self) -> Any:
        """For every request. The same errors as the plain client's own choice."""
        from google.api_core import exceptions, retry

        again = retry.if_exception_type(exceptions.ResourceExhausted, exceptions.ServiceUnavailable)
        return retry.Retry(predicate=again, initial=0.1, maximum=10.0, timeout=self._patience)

    def create(self, kind: str, id: str, data: Mapping[str, Any]) -> str | None:
        from google.api_core.exceptions import AlreadyExists

        with translated(self._resource):
            try:
                return self._write(kind, id, data, {"exists": False})
            except AlreadyExists:
                return None

    def get(self, kind: str, id: str) -> Doc | None:
        from google.api_core.exceptions import NotFound

        with translated(self._resource):
            try:
                found = self._client.get_document(
                    {"name": self._name(kind, id)}, retry=self._retry, timeout=TIMEOUT, metadata=self._whose
                )
            except NotFound as error:
                _no_database(error)
                return None
            return _doc(type(found).pb(found))

    def replace(self, kind: str, id: str, data: Mapping[str, Any], version: str) -> str | None:
        from google.api_core.exceptions import FailedPrecondition, NotFound
        from google.protobuf.timestamp_pb2 import Timestamp

        seen = Timestamp()
        try:
            seen.FromJsonString(version)
        except ValueError:
            return None  # no version of Firestore's, so never the newest
        with translated(self._resource):
            try:
                return self._write(kind, id, data, {"update_time": seen})
            except FailedPrecondition:
                return None
            except NotFound as error:
                _no_database(error)
                return None  # no such document

    def find(self, kind: str, **equal: str) -> list[Doc]:
        asked = [_filter(field, "EQUAL", value) for field, value in equal.items() if _compared(field, value)]
        docs = self._query(kind, asked)
        same = [doc for doc in docs if all(doc.data.get(field) == it for field, it in equal.items())]
        return sorted(same, key=lambda doc: doc.id)

    def since(self, kind: str, field: str, text: str) -> list[Doc]:
        docs = self._query(kind, [_filter(field, "GREATER_THAN_OR_EQUAL", text)])
        return sorted(docs, key=lambda doc: doc.id)

    def _write(self, kind: str, id: str, data: Mapping[str, Any], unless: Mapping[str, object]) -> str:
        """Write a whole document on a condition; its new version."""
        document = {"name": self._name(kind, id), "fields": _fields(kind, id, data)}
        done = self._client.commit(
            {"database": self._path, "writes": [{"update": document, "current_document": unless}]},
            retry=self._retry,
            timeout=TIMEOUT,
            metadata=self._whose,
        )
        return str(type(done).pb(done).write_results[0].update_time.ToJsonString())

    def _query(self, kind: str, filters: list[dict[str, object]]) -> list[Doc]:
        """The documents that all these filters let through. An answer that breaks off is asked for again."""
        query: dict[str, object] = {"from": [{"collection_id": kind}]}
        if filters:
            query["where"] = {"composite_filter": {"op": "AND", "filters": filters}}
        asked = {"parent": f"{self._path}/documents", "structured_query": query}

        def answered() -> list[Doc]:
            parts = self._client.run_query(asked, retry=None, timeout=TIMEOUT, metadata=self._whose)
            found = (type(part).pb(part) for part in parts)
            return [_doc(part.document) for part in found if part.HasField("document")]

        with translated(self._resource):
            docs: list[Doc] = self._retry(answered)()
            return docs

    @property
    def _whose(self) -> list[tuple[str, str]]:
        """Which database a request is for, as Google's own client says it beside each."""
        return [("google-cloud-resource-prefix", self._path)]

    @property
    def _path(self) -> str:
        return f"projects/{self.project}/databases/{self.database}"

    def _name(self, kind: str, id: str) -> str:
        return f"{self._path}/documents/{kind}/{_key(id)}"

    @property
    def _resource(self) -> Resource:
        project = f"--project={self.project}"
        return Resource(
            place=f"Firestore database {self.database}",
            what="database",
            project=self.project,
            api="firestore.googleapis.com",
            make=f"gcloud firestore databases create --database={self.database} --location=nam5 "
            f"--type=firestore-native {project}",
            allow=f"gcloud projects add-iam-policy-binding {self.project} --member={{member}} "
            "--role=roles/datastore.user --condition=None",
        )


def _key(id: str) -> str:
    """A document's name: the id, with what Firestore does not take in a name written as in a URL."""
    plain = quote(id, safe="")
    return plain.replace(".", "%2E").replace("_", "%5F") if plain.startswith((".", "__")) else plain


def _fields(kind: str, id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A document's two fields. Raises BadInput for a record that would not fit in a document."""
    text = json.dumps(data, ensure_ascii=False)
    size = len(text.encode())
    if size > LARGEST:
        finding = f"This record would take {size:,} bytes, and a document holds {LARGEST:,}."
        step = "Drop less at once, or settings with shorter texts."
        raise BadInput(Fault(place=place(f"{kind}/{id}"), finding=finding, next_step=step))
    compared = {key: {"string_value": value} for key, value in data.items() if _compared(key, value)}
    return {"record": {"string_value": text}, "is": {"map_value": {"fields": compared}}}


def _filter(field: str, op: str, text: str) -> dict[str, object]:
    compared = {"field": {"field_path": f"is.{field}"}, "op": op, "value": {"string_value": text}}
    return {"field_filter": compared}


def _compared(key: str, value: object) -> bool:
    """Whether Firestore can compare this field: a text that is not too long, under a name that it takes."""
    named = key.isascii() and key.isidentifier() and not key.startswith("__")
    return named and isinstance(value, str) and len(value.encode()) <= INDEXED


def _no_database(error: Exception) -> None:
    """Raise a 404 again that is about the database, not the document."""
    if "The database" in str(error):
        raise error


def _doc(found: Any) -> Doc:
    name, text = found.name.rpartition("/")[2], found.fields["record"].string_value
    return Doc(unquote(name), json.loads(text), found.update_time.ToJsonString())
