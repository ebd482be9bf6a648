"""One SQLite file for everything the local ground must remember, shared by several processes.

`writing` is a transaction that holds SQLite's one write lock from its start, so what it reads cannot change
before it writes; `reading` sees one moment. SQLite's own failures become Unavailable here.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schemas.errors import Unavailable

BUSY_SECONDS: Final = 30.0  # how long a writer waits for another; transactions here take milliseconds
TABLES: Final = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, name TEXT, generation INTEGER, size INTEGER, md5 TEXT, metadata TEXT,
    mtime_ns INTEGER, inode INTEGER, PRIMARY KEY (bucket, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT, id TEXT, data TEXT, version INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_state ON documents (json_extract(data, '$.state'));
CREATE INDEX IF NOT EXISTS documents_name ON documents (json_extract(data, '$.name'));
CREATE INDEX IF NOT EXISTS documents_run ON documents (json_extract(data, '$.run_id'));
CREATE INDEX IF NOT EXISTS documents_dataset ON documents (json_extract(data, '$.dataset_id'));
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, data BLOB, attributes TEXT, published REAL,
    attempts INTEGER DEFAULT 0, due REAL DEFAULT 0, dead INTEGER DEFAULT 0, error TEXT);
CREATE INDEX IF NOT EXISTS messages_due ON messages (dead, topic, due);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, arguments TEXT, environment TEXT, state TEXT, cancelled INTEGER DEFAULT 0,
    stopping INTEGER DEFAULT 0, detail TEXT DEFAULT '', lost INTEGER DEFAULT 0, number INTEGER,
    program TEXT DEFAULT 'gpu_batch') WITHOUT ROWID;
"""


class Database:
    """A SQLite file, one connection a thread. Opening makes what is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._threads = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as connection:
            for statement in TABLES.split(";"):
                connection.execute(statement)
            columns = [row["name"] for row in connection.execute("PRAGMA table_info(jobs)")]
            if "program" not in columns:  # an older home
                connection.execute("ALTER TABLE jobs ADD COLUMN program TEXT DEFAULT 'gpu_batch'")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "PRAGMA synchronous=FULL"
            )  # durable when a call returns, also after a power cut
            self._threads.connection = connection
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction with the write lock held from the start; rolled back if anything is raised."""
        with _translated(self.path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one moment and writes nothing."""
        with _translated(self.path):
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection; the next call opens another."""
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is not None:
            connection.close()
            del self._threads.connection


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(f"The local database {path} did not answer: {error}") from error
