"""Small JSON documents in a named Firestore database: a collection for each kind, a document for each id.

A document holds the record as one JSON text (`record`), and beside it, in a map (`is`), the record's own
short texts, which are what `find` looks for. One text, because Firestore's own types would not give back
what was put in: they take no list within a list, and a dot in a key may be read as a path. In the console it
reads as it would in a file.

`create` is Firestore's own; a move is an update on the condition of the document's update time, which 20 of
20 writers at once got through in 0.16 s, where transactions starved (see docs/decisions). Requests are tried
again: False may also come to the one who wrote, where the answer to the first try was lost, so callers read
again, as they do.

Not here: making the database (Terraform does), deleting documents.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote

from infra.gcp.faults import Resource, translated
from infra.ports import Doc
from schemas.errors import BadInput, Fault
from schemas.names import place

LARGEST: Final = 900_000  # bytes of a record; Firestore's own limit for a document is 1 MiB, names and all
INDEXED: Final = 1_500  # bytes of a text that Firestore compares; longer ones it cuts
TIMEOUT: Final = 30.0  # seconds for one request


class FirestoreState:
    """The State port on Firestore. `patience`: seconds for which a request is tried again."""

    def __init__(self, project: str, database: str, patience: float = 60.0) -> None:
        self.project, self.database, self._patience = project, database, patience

    @cached_property
    def _client(self) -> Any:
        from google.cloud.firestore_v1 import Client

        return Client(project=self.project, database=self.database)

    @cached_property
    def _often(self) -> dict[str, Any]:
        """How patiently: to be given to every request. The same errors as the client's own choice."""
        from google.api_core import exceptions, retry

        again = retry.if_exception_type(exceptions.ResourceExhausted, exceptions.ServiceUnavailable)
        return {
            "retry": retry.Retry(predicate=again, initial=0.1, maximum=10.0, timeout=self._patience),
            "timeout": TIMEOUT,
        }

    def create(self, kind: str, id: str, data: Mapping[str, Any]) -> str | None:
        from google.api_core.exceptions import AlreadyExists

        with translated(self._resource):
            try:
                made = self._document(kind, id).create(_fields(kind, id, data), **self._often)
            except AlreadyExists:
                return None
            return _version(made)

    def get(self, kind: str, id: str) -> Doc | None:
        with translated(self._resource):
            found = self._document(kind, id).get(**self._often)
            return _doc(found) if found.exists else None

    def replace(self, kind: str, id: str, data: Mapping[str, Any], version: str) -> str | None:
        from google.api_core.datetime_helpers import DatetimeWithNanoseconds
        from google.api_core.exceptions import FailedPrecondition, NotFound

        try:
            seen = DatetimeWithNanoseconds.from_rfc3339(version)  # type: ignore[no-untyped-call]
        except ValueError:
            return None  # no version of Firestore's, so never the newest
        with translated(self._resource):
            unless_moved = self._client.write_option(last_update_time=seen)
            try:
                made = self._document(kind, id).update(
                    _fields(kind, id, data), option=unless_moved, **self._often
                )
            except FailedPrecondition:
                return None
            except NotFound as error:
                if "The database" in str(error):
                    raise
                return None  # no such document
            return _version(made)

    def find(self, kind: str, **equal: str) -> list[Doc]:
        from google.cloud.firestore_v1 import FieldFilter

        with translated(self._resource):
            query = self._client.collection(kind)
            for field, value in equal.items():
                if _compared(field, value):
                    query = query.where(filter=FieldFilter(f"is.{field}", "==", value))
            docs = [_doc(found) for found in query.stream(**self._often)]
        same = [doc for doc in docs if all(doc.data.get(field) == it for field, it in equal.items())]
        return sorted(same, key=lambda doc: doc.id)

    def since(self, kind: str, field: str, text: str) -> list[Doc]:
        from google.cloud.firestore_v1 import FieldFilter

        with translated(self._resource):
            query = self._client.collection(kind).where(filter=FieldFilter(f"is.{field}", ">=", text))
            docs = [_doc(found) for found in query.stream(**self._often)]
        return sorted(docs, key=lambda doc: doc.id)

    def _document(self, kind: str, id: str) -> Any:
        return self._client.collection(kind).document(_key(id))

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
    return {"record": text, "is": {key: value for key, value in data.items() if _compared(key, value)}}


def _compared(key: str, value: object) -> bool:
    """Whether Firestore can compare this field: a text that is not too long, under a name that it takes."""
    named = key.isascii() and key.isidentifier() and not key.startswith("__")
    return named and isinstance(value, str) and len(value.encode()) <= INDEXED


def _doc(found: Any) -> Doc:
    return Doc(unquote(found.id), json.loads(found.get("record")), _version(found))


def _version(of: Any) -> str:
    return str(of.update_time.rfc3339())
