"""Two buckets as two folders that people can open, with what a bucket knows of each object kept in SQLite.

The folder is the truth: a file that was put or changed there by hand is seen (by size, time and inode) and
becomes a new generation, and so does a file whose writer died between the rename and the commit. A new
generation in the inbox rings the `drops` topic in the same transaction, as a bucket's notification does.

Not here: versioning (an older generation is gone once it is replaced), access rights.
"""

import base64
import hashlib
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from infra.local.db import Database
from infra.local.fits import fits
from infra.local.notices import object_notice
from infra.local.objects import as_object, is_same, look, mark, row_of
from infra.local.queue import enqueue
from infra.local.rest import at_rest
from infra.ports import Gone, Object
from schemas.errors import BadInput, Fault, Unavailable

CHUNK: Final = 1 << 20
LOOKS: Final = 5  # at a file that changes while it is read, before the look is left to the next delivery


class LocalStore:
    """The Store port on folders under `home`."""

    def __init__(self, db: Database, home: Path, inbox: str) -> None:
        self.db, self.home, self.inbox = db, home, inbox
        self._scratch = home / "scratch"
        self._scratch.mkdir(parents=True, exist_ok=True)

    def path(self, bucket: str, name: str) -> Path:
        """Where an object's bytes lie. Raises BadInput for a name that no folder can hold."""
        if not self._fits(bucket, name):
            place = name.encode(errors="replace").decode() or "(empty name)"
            finding = "This name cannot be a file in a folder."
            raise BadInput(Fault(place=place, finding=finding, next_step="Rename it."))
        return self.home / bucket / name

    def stat(self, bucket: str, name: str) -> Object | None:
        path = self.path(bucket, name)
        for _ in range(LOOKS):
            seen = look(path)
            if seen is None:
                return None
            with self.db.reading() as c:
                known = row_of(c, bucket, name)
            if known and is_same(known, seen):
                return as_object(known)
            if bucket == self.inbox and not at_rest(path):
                return None  # somebody is copying it at this moment: no object before it is whole
            try:
                with path.open("rb") as file:
                    md5 = _md5(iter(lambda: file.read(CHUNK), b""))
            except FileNotFoundError:
                return None
            with self.db.writing() as c:
                now = look(path)
                if now is None or mark(now) != mark(seen):
                    continue  # another file lies there by now: what was read is not what would be registered
                known = row_of(c, bucket, name)
                if known and is_same(known, seen):
                    return as_object(known)  # another process registered it meanwhile
                return self._register(c, bucket, name, seen, md5, {})
        if bucket == self.inbox:
            return None  # it changes faster than it can be read
        raise Unavailable(f"{path} is being written at this moment.")

    def open(self, bucket: str, name: str, generation: int | None = None) -> IO[bytes]:
        for _ in range(LOOKS):
            found = self.stat(bucket, name)
            if found is None or generation not in (None, found.generation):
                raise Gone(f"{bucket}/{name}#{generation}")
            try:
                file = self.path(bucket, name).open("rb")
            except FileNotFoundError as error:
                raise Gone(f"{bucket}/{name}") from error
            if self.stat(bucket, name) == found:
                return file
            file.close()  # replaced between the look and the opening: these bytes are another generation's
        raise Unavailable(f"{bucket}/{name} is being written at this moment.")

    def read(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        with self.open(bucket, name, generation) as file:
            return file.read()

    def write(self, bucket: str, name: str, data: bytes) -> Object:
        written = self._put(bucket, name, iter([data]), {}, lambda _: True)
        assert written is not None  # the condition is always true
        return written

    def write_once(self, bucket: str, name: str, data: bytes) -> bool:
        return self._put(bucket, name, iter([data]), {}, lambda now: now is None) is not None

    def write_if(self, bucket: str, name: str, data: bytes, generation: int) -> bool:
        def unchanged(now: Object | None) -> bool:
            return (now.generation if now else 0) == generation

        return self._put(bucket, name, iter([data]), {}, unchanged) is not None

    def upload(self, bucket: str, name: str, path: Path, metadata: Mapping[str, str] | None = None) -> Object:
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(CHUNK), b"")
            written = self._put(bucket, name, chunks, metadata or {}, lambda _: True)
        assert written is not None  # the condition is always true
        return written

    def download(self, bucket: str, name: str, path: Path) -> None:
        with self.open(bucket, name) as source, path.open("wb") as target:
            for chunk in iter(lambda: source.read(CHUNK), b""):
                target.write(chunk)

    def list(self, bucket: str, prefix: str = "") -> Iterator[Object]:
        # Names sort by their bytes in a bucket, so collect before sorting: folders would sort otherwise.
        for name in sorted(self._names(bucket, prefix)):
            seen = self.stat(bucket, name) if self._fits(bucket, name) else None
            if seen:
                yield seen

    def unfit(self, bucket: str) -> Iterator[str]:
        """Files that lie in a bucket's folder under a name that no object can have: seen by nobody else."""
        for name in self._names(bucket, ""):
            if not self._fits(bucket, name):
                yield name.encode(errors="backslashreplace").decode()

    def _names(self, bucket: str, prefix: str) -> Iterator[str]:
        """What lies there, in no order; of the whole bucket only the folder that the prefix names is read."""
        top = self.home / bucket
        folder = prefix.rpartition("/")[0]
        start = top / folder if fits(folder, page=False) else top
        for path, _, files in os.walk(start):
            for file in files:
                name = Path(path, file).relative_to(top).as_posix()
                if name.startswith(prefix):
                    yield name

    def _fits(self, bucket: str, name: str) -> bool:
        return fits(name, page=bucket == self.inbox)

    def delete(self, bucket: str, name: str) -> None:
        path = self.path(bucket, name)
        with self.db.writing() as c:
            if look(path) is not None:
                path.unlink(missing_ok=True)
            c.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", (bucket, name))

    def _put(
        self,
        bucket: str,
        name: str,
        chunks: Iterator[bytes],
        metadata: Mapping[str, str],
        allowed: Callable[[Object | None], bool],
    ) -> Object | None:
        """Write beside, then under the lock: look, rename, register. None where `allowed` says no."""
        target = self.path(bucket, name)
        handle, temporary = tempfile.mkstemp(dir=self._scratch)
        try:
            with os.fdopen(handle, "wb") as file:
                md5 = _md5(_copying(chunks, file))
                file.flush()
                os.fsync(file.fileno())
            target.parent.mkdir(parents=True, exist_ok=True)
            self.stat(bucket, name)  # what was put there by hand gets its generation first
            with self.db.writing() as c:
                known = row_of(c, bucket, name) if target.is_file() else None
                if not allowed(as_object(known) if known else None):
                    return None
                Path(temporary).replace(target)
                return self._register(c, bucket, name, target.stat(), md5, metadata)
        except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            finding = "A folder and a file would have the same name here."
            raise BadInput(Fault(place=name, finding=finding, next_step="Rename one of them.")) from error
        except OSError as error:
            raise Unavailable(f"{target} could not be written: {error.strerror}.") from error
        finally:
            Path(temporary).unlink(missing_ok=True)

    def _register(
        self,
        c: sqlite3.Connection,
        bucket: str,
        name: str,
        seen: os.stat_result,
        md5: str,
        metadata: Mapping[str, str],
    ) -> Object:
        """Give the file that lies there a new generation; ring the bell if it lies in the inbox."""
        known = row_of(c, bucket, name)
        # Like Cloud Storage's: microseconds, so that a name that was deleted never gets an old number again.
        generation = max(time.time_ns() // 1000, known["generation"] + 1 if known else 0)
        c.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (bucket, name, generation, seen.st_size, md5, json.dumps(dict(metadata)), *mark(seen)[1:]),
        )
        made = Object(bucket, name, generation, seen.st_size, md5, dict(metadata))
        if bucket == self.inbox:
            enqueue(c, "drops", *object_notice(made))
        return made


def _copying(chunks: Iterator[bytes], file: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        file.write(chunk)
        yield chunk


def _md5(chunks: Iterator[bytes]) -> str:
    """Base64 of the md5, as Cloud Storage writes it. A checksum, not a secret."""
    total = hashlib.md5(usedforsecurity=False)
    for chunk in chunks:
        total.update(chunk)
    return base64.b64encode(total.digest()).decode()
