"""What SQLite knows of an object, beside what the folder says of its file. Neither is judged here."""

import json
import os
import sqlite3
import stat
from pathlib import Path

from infra.ports import Object


def look(path: Path) -> os.stat_result | None:
    """What the folder says of a file; None where none lies."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def row_of(c: sqlite3.Connection, bucket: str, name: str) -> sqlite3.Row | None:
    """What is known of an object; None of one that was never registered."""
    row: sqlite3.Row | None = c.execute(
        "SELECT * FROM objects WHERE bucket = ? AND name = ?", (bucket, name)
    ).fetchone()
    return row


def is_same(known: sqlite3.Row, seen: os.stat_result) -> bool:
    """Whether the file that lies there is the one that is known."""
    return (known["size"], known["mtime_ns"], known["inode"]) == mark(seen)


def mark(seen: os.stat_result) -> tuple[int, int, int]:
    """What tells one file from another at the same place: size in bytes, time in nanoseconds, inode."""
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def as_object(row: sqlite3.Row) -> Object:
    """The generation that is known."""
    return Object(
        row["bucket"], row["name"], row["generation"], row["size"], row["md5"], json.loads(row["metadata"])
    )
