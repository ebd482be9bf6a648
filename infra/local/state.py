"""State in SQLite: JSON documents with a version that a compare-and-set names."""

import json
from collections.abc import Mapping
from typing import Any

from infra.local.db import Database
from infra.ports import Doc


class LocalState:
    """The State port on one SQLite table."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def create(self, kind: str, id: str, data: Mapping[str, Any]) -> str | None:
        with self.db.writing() as c:
            made = c.execute(
                "INSERT INTO documents (kind, id, data, version) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING",
                (kind, id, json.dumps(data, ensure_ascii=False)),
            )
            return "1" if made.rowcount == 1 else None

    def get(self, kind: str, id: str) -> Doc | None:
        with self.db.reading() as c:
            row = c.execute("SELECT * FROM documents WHERE kind = ? AND id = ?", (kind, id)).fetchone()
        return Doc(row["id"], json.loads(row["data"]), str(row["version"])) if row else None

    def replace(self, kind: str, id: str, data: Mapping[str, Any], version: str) -> str | None:
        with self.db.writing() as c:
            made = c.execute(
                "UPDATE documents SET data = ?, version = version + 1 "
                "WHERE kind = ? AND id = ? AND version = ?",
                (json.dumps(data, ensure_ascii=False), kind, id, int(version)),
            )
            return str(int(version) + 1) if made.rowcount == 1 else None

    def find(self, kind: str, **equal: str) -> list[Doc]:
        # The field stands in the text, not in a parameter: only so an index on it is used (see `db`).
        clauses = "".join(f" AND json_extract(data, '$.{field}') = ?" for field in equal)
        query = f"SELECT * FROM documents WHERE kind = ?{clauses} ORDER BY id"
        with self.db.reading() as c:
            rows = c.execute(query, (kind, *equal.values())).fetchall()
        return [Doc(row["id"], json.loads(row["data"]), str(row["version"])) for row in rows]

    def since(self, kind: str, field: str, text: str) -> list[Doc]:
        query = f"SELECT * FROM documents WHERE kind = ? AND json_extract(data, '$.{field}') >= ? ORDER BY id"
        with self.db.reading() as c:
            rows = c.execute(query, (kind, text)).fetchall()
        return [Doc(row["id"], json.loads(row["data"]), str(row["version"])) for row in rows]
