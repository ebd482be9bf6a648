"""Two buckets of Cloud Storage.

Small objects are written in one multipart request, which is what makes a condition on the generation real;
files of any size go up in resumable chunks, without a condition. The client's own retries are used
throughout: a write without a condition may be repeated, and one with a condition cannot happen twice. So
False may also come to the one who wrote, where the answer to the first try was lost: callers look at what
lies there, as they do after a crash.

Not here: making buckets (Terraform does), versions of an object that was replaced.
"""

import io
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final

from infra.gcp.clients import lean
from infra.gcp.faults import Resource, translated
from infra.gcp.stream import Ranges
from infra.ports import Gone, Object
from schemas import names
from schemas.errors import BadInput, Fault

if TYPE_CHECKING:
    from google.cloud.storage import Blob

BUFFER: Final = 8 << 20  # bytes of a stream in memory, and of each request for more
CHUNK: Final = 32 << 20  # bytes of each request of a resumable upload
ONE_REQUEST: Final = 8 << 20  # the most that the client sends in one multipart request
SLOWEST: Final = 5e6  # bytes a second: a download is one request, tried again for as long as it may take
TIMEOUT: Final = (10.0, 120.0)  # seconds to connect, and between two answers
# The bytes that lie there, of which `size` and ranges speak: else `gcloud storage cp -Z` would be unpacked.
AS_STORED: Final = {"raw_download": True}
# What a browser shows instead of saving it. Not asked of the machine: its tables differ, many know no
# Markdown, and they take 0.005 seconds of a cold start to read.
SHOWN: Final[Mapping[str, str]] = {
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
FIELDS: Final = "items(name,generation,size,md5Hash,metadata),nextPageToken"


class GoogleStore:
    """The Store port on Cloud Storage. `patience`: seconds for which a request is tried again."""

    def __init__(self, project: str, patience: float = 60.0) -> None:
        self.project, self._patience = project, patience

    def ready(self) -> None:
        """Import the client, where it is not there yet. It connects with its first request."""
        self._client  # noqa: B018

    @cached_property
    def _client(self) -> Any:
        lean()
        from google.cloud import storage

        return storage.Client(project=self.project)

    @cached_property
    def _often(self) -> dict[str, Any]:
        """How patiently: to be given to every request."""
        from google.cloud.storage.retry import DEFAULT_RETRY

        return {"retry": DEFAULT_RETRY.with_timeout(self._patience), "timeout": TIMEOUT}

    def stat(self, bucket: str, name: str) -> Object | None:
        with translated(self._bucket(bucket)):
            blob = self._blob(bucket, name)
            try:
                blob.reload(projection="noAcl", **self._often)
            except self._not_found as error:
                _no_bucket(error)
                return None
            return _object(blob)

    def open(self, bucket: str, name: str, generation: int | None = None) -> IO[bytes]:
        found = self.stat(bucket, name)
        if found is None or generation not in (None, found.generation):
            raise Gone(f"{bucket}/{name}#{generation}")
        blob = self._blob(bucket, name, found.generation)
        buffer = max(io.DEFAULT_BUFFER_SIZE, min(BUFFER, found.size))
        return io.BufferedReader(Ranges(lambda start, end: self._range(blob, start, end), found.size), buffer)

    def _range(self, blob: "Blob", start: int, end: int) -> bytes:
        """Some bytes of one generation; no checksum, since the server knows that of the whole alone."""
        with translated(self._bucket(blob.bucket.name)):
            try:
                found: bytes = blob.download_as_bytes(
                    start=start, end=end - 1, checksum=None, **AS_STORED, **self._often
                )
            except self._not_found as error:
                _no_bucket(error)
                raise Gone(f"{blob.bucket.name}/{blob.name}#{blob.generation}") from error
            return found

    def read(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        with translated(self._bucket(bucket)):
            try:
                found: bytes = self._blob(bucket, name, generation).download_as_bytes(
                    **AS_STORED, **self._often
                )
            except self._not_found as error:
                _no_bucket(error)
                raise Gone(f"{bucket}/{name}#{generation}") from error
            return found

    def write(self, bucket: str, name: str, data: bytes) -> Object:
        with translated(self._bucket(bucket)):
            blob = self._blob(bucket, name)
            blob.upload_from_string(data, content_type=_content_type(name), **self._often)
            return _object(blob)

    def write_once(self, bucket: str, name: str, data: bytes) -> bool:
        return self.write_if(bucket, name, data, 0)

    def write_if(self, bucket: str, name: str, data: bytes, generation: int) -> bool:
        from google.api_core.exceptions import PreconditionFailed

        if len(data) > ONE_REQUEST:
            finding = f"{len(data):,} bytes are too many to be written under a condition."
            step = f"Keep it under {ONE_REQUEST:,} bytes."
            raise BadInput(Fault(place=names.address(bucket, name), finding=finding, next_step=step))
        with translated(self._bucket(bucket)):
            try:
                self._blob(bucket, name).upload_from_string(
                    data, content_type=_content_type(name), if_generation_match=generation, **self._often
                )
            except PreconditionFailed:
                return False
            except self._not_found as error:
                _no_bucket(error)
                if generation == 0:
                    raise
                return False  # the object of that generation is gone
            return True

    def upload(self, bucket: str, name: str, path: Path, metadata: Mapping[str, str] | None = None) -> Object:
        with translated(self._bucket(bucket)):
            blob = self._blob(bucket, name, chunk_size=CHUNK)
            blob.metadata = dict(metadata) if metadata else None
            blob.upload_from_filename(str(path), content_type=_content_type(name), **self._often)
            return _object(blob)

    def download(self, bucket: str, name: str, path: Path) -> None:
        found = self.stat(bucket, name)
        if found is None:
            raise Gone(f"{bucket}/{name}")
        patient = {
            **self._often,
            "retry": self._often["retry"].with_timeout(self._patience + found.size / SLOWEST),
        }
        with translated(self._bucket(bucket)):
            blob = self._blob(bucket, name, found.generation)
            try:
                blob.download_to_filename(str(path), **AS_STORED, **patient)
            except self._not_found as error:
                _no_bucket(error)
                raise Gone(f"{bucket}/{name}#{found.generation}") from error

    def list(self, bucket: str, prefix: str = "") -> Iterator[Object]:
        with translated(self._bucket(bucket)):
            for blob in self._client.list_blobs(bucket, prefix=prefix, fields=FIELDS, **self._often):
                yield _object(blob)

    def delete(self, bucket: str, name: str) -> None:
        with translated(self._bucket(bucket)):
            try:
                self._blob(bucket, name).delete(**self._often)
            except self._not_found as error:
                _no_bucket(error)

    def _blob(
        self, bucket: str, name: str, generation: int | None = None, chunk_size: int | None = None
    ) -> Any:
        return self._client.bucket(bucket).blob(name, generation=generation, chunk_size=chunk_size)

    @property
    def _not_found(self) -> type[Exception]:
        from google.api_core.exceptions import NotFound

        return NotFound

    def _bucket(self, bucket: str) -> Resource:
        url = names.address(bucket, "").rstrip("/")
        return Resource(
            place=url,
            what="bucket",
            project=self.project,
            api="storage.googleapis.com",
            make=f"gcloud storage buckets create {url} --project={self.project}",
            allow=f"gcloud storage buckets add-iam-policy-binding {url} --member={{member}} "
            "--role=roles/storage.objectUser",
        )


def _no_bucket(error: Exception) -> None:
    """Raise a 404 again that is about the bucket, not the object."""
    if "bucket does not exist" in str(error):
        raise error


def _object(blob: Any) -> Object:
    return Object(
        blob.bucket.name, blob.name, blob.generation, blob.size, blob.md5_hash, dict(blob.metadata or {})
    )


def _content_type(name: str) -> str:
    """What a browser is told that it is."""
    return SHOWN.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
