"""Records in the State: read, created once, moved by compare-and-set. The only writer of records.

`change` is the one way to alter a record: it reads, asks a pure function for the next one, and writes only if
nobody else wrote meanwhile; if somebody did, it reads again. `move` is the same for who has read it before. A
function that returns the record unchanged writes nothing, so a repeated step leaves no trace.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from infra.ports import Cloud, Doc
from schemas.errors import Unavailable
from schemas.records import Record

R = TypeVar("R", bound=Record)

CONTENTION_TRIES: Final = 20  # twenty writers on one document all got through in 0.16 s (see docs/decisions)


def find(on: Cloud, kind: type[R], id: str) -> R | None:
    """The record, or None."""
    doc = on.state.get(kind.kind, id)
    return _read(kind, doc) if doc else None


def _read(kind: type[R], doc: Doc) -> R:
    return kind.model_validate(doc.data).at_version(doc.version)


def load(on: Cloud, kind: type[R], id: str) -> R:
    """The record, which must be there. Raises Unavailable if it is not (yet): its writer may be late."""
    record = find(on, kind, id)
    if record is None:
        raise Unavailable(f"The record {kind.kind}/{id} is not there yet.")
    return record


def every(on: Cloud, kind: type[R], **equal: str) -> list[R]:
    """All records of a kind with these values, the newest first."""
    found = [_read(kind, doc) for doc in on.state.find(kind.kind, **equal)]
    return sorted(found, key=lambda record: (record.created, record.id), reverse=True)


def since(on: Cloud, kind: type[R], field: str, moment: datetime) -> list[R]:
    """All records of a kind whose `created` or `ended` is not before that moment, the newest first."""
    text = moment.replace(microsecond=0).astimezone(UTC).isoformat().removesuffix("+00:00")
    found = [_read(kind, doc) for doc in on.state.since(kind.kind, field, text)]
    later = [record for record in found if (at := getattr(record, field)) is not None and at >= moment]
    return sorted(later, key=lambda record: (record.created, record.id), reverse=True)


def create(on: Cloud, record: R) -> R:
    """Create it unless it exists; either way, the record that is there now."""
    made = on.state.create(record.kind, record.id, record.model_dump(mode="json"))
    return record.at_version(made) if made else load(on, type(record), record.id)


def change(on: Cloud, kind: type[R], id: str, to: Callable[[R], R]) -> R:
    """Move a record by compare-and-set; the record as it is afterwards.

    `to` may be called several times and must be pure. Raises ValueError for a move that the record's table
    does not allow, Unavailable if others keep writing.
    """
    for _ in range(CONTENTION_TRIES):
        before = load(on, kind, id)
        after = to(before)
        if after == before:
            return before
        if moved := _moved(on, before, after):
            return moved
    raise Unavailable(f"The record {kind.kind}/{id} is being written by many at once.")


def move(on: Cloud, record: R, to: Callable[[R], R]) -> R:
    """`change`, for whoever has the record: it is read again only where that is not the newest.

    Nothing is decided by what may be old: a record that `to` leaves as it is, is read again as well.
    """
    after = to(record)
    moved = _moved(on, record, after) if after != record else None
    return moved or change(on, type(record), record.id, to)


def _moved(on: Cloud, before: R, after: R) -> R | None:
    """The record as it was written, None where `before` is not what is there."""
    data = after.model_dump(mode="json")
    version = on.state.replace(before.kind, before.id, data, before.version) if before.version else None
    return after.at_version(version) if version else None


def tell(on: Cloud, record: R) -> None:
    """Write a record whatever was there: for progress, which has one writer and no moves."""
    if on.state.create(record.kind, record.id, record.model_dump(mode="json")):
        return
    doc = on.state.get(record.kind, record.id)
    if doc is not None:
        on.state.replace(record.kind, record.id, record.model_dump(mode="json"), doc.version)
