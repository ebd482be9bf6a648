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
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from infra.local.db import Database
from infra.local.fits import fits
from infra.local.notices import object_notice
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
            seen = _seen(path)
            if seen is None:
                return None
            with self.db.reading() as c:
                known = _known(c, bucket, name)
            if known and _is(known, seen):
                return _object(known)
            if bucket == self.inbox and not at_rest(path):
                return None  # somebody is copying it at this moment: no object before it is whole
            try:
                with path.open("rb") as file:
                    md5 = _md5(iter(lambda: file.read(CHUNK), b""))
            except FileNotFoundError:
                return None
            with self.db.writing() as c:
                now = _seen(path)
                if now is None or _mark(now) != _mark(seen):
                    continue  # another file lies there by now: what was read is not what would be registered
                known = _known(c, bucket, name)
                if known and _is(known, seen):
                    return _object(known)  # another process registered it meanwhile
                return self._register(c, bucket, name, seen, md5, {})
        if bucket == self.inbox:
            return None  # it changes faster than it can be read
        raise Unavailable(f"{path} is being written at this moment.")

    def open(self, bucket: str, name: str, generation: int | None = None) -> IO[bytes]:
        found = self.stat(bucket, name)
        if found is None or (generation is not None and found.generation != generation):
            raise Gone(f"{bucket}/{name}#{generation}")
        try:
            return self.path(bucket, name).open("rb")
        except FileNotFoundError as error:
            raise Gone(f"{bucket}/{name}") from error

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
            if _seen(path) is not None:
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
                known = _known(c, bucket, name) if target.is_file() else None
                if not allowed(_object(known) if known else None):
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
        known = _known(c, bucket, name)
        # Like Cloud Storage's: microseconds, so that a name that was deleted never gets an old number again.
        generation = max(time.time_ns() // 1000, known["generation"] + 1 if known else 0)
        c.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (bucket, name, generation, seen.st_size, md5, json.dumps(dict(metadata)), *_mark(seen)[1:]),
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


def _seen(path: Path) -> os.stat_result | None:
    """What the folder says of a file; None where none lies."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _is(known: sqlite3.Row, seen: os.stat_result) -> bool:
    return (known["size"], known["mtime_ns"], known["inode"]) == _mark(seen)


def _mark(seen: os.stat_result) -> tuple[int, int, int]:
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def _known(c: sqlite3.Connection, bucket: str, name: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = c.execute(
        "SELECT * FROM objects WHERE bucket = ? AND name = ?", (bucket, name)
    ).fetchone()
    return row


def _object(row: sqlite3.Row) -> Object:
    return Object(
        row["bucket"], row["name"], row["generation"], row["size"], row["md5"], json.loads(row["metadata"])
    )
