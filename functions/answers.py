"""Doing a step's work for a drop so that its record says what came of it, also when nothing did.

Shared by the two steps that a drop goes through: `on_upload` works on one that is `received` or `preparing`,
`on_dataset_ready` on one that is `prepared`. What the work itself achieves, it writes into the record.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from infra import ledger
from infra.ports import Cloud
from schemas.errors import BadInput, Unavailable
from schemas.records import DropRecord


def answered(
    drop: DropRecord,
    at: Literal["received", "preparing", "prepared"],
    on: Cloud,
    work: Callable[[], DropRecord],
) -> DropRecord:
    """The drop after `work`, if it stands `at` that state; as it is, if it does not. Twice is once.

    A person's fault refuses the drop, with its faults. Raises Unavailable where trying again may help, once
    the reason is in the record and on the page.
    """
    if drop.state != at:
        return drop
    try:
        return work()
    except BadInput as error:
        faults = tuple(error.faults)

        def refused(it: DropRecord) -> DropRecord:
            return it.moved("refused", faults=faults, waiting=None) if it.state == at else it

        return ledger.move(on, drop, refused)
    except Unavailable as error:
        reason = str(error)

        def waiting(it: DropRecord) -> DropRecord:
            return it.moved(waiting=reason) if it.state == at else it

        ledger.move(on, drop, waiting)
        from functions import status  # brings all that a page tells; most answers write none

        status.refresh(on, drop.name)
        raise


@contextmanager
def told_anyway(tell: Callable[[], object]) -> Iterator[None]:
    """Bring pages up to date by `tell` where what is done here gets no answer, before it is tried again."""
    try:
        yield
    except (Unavailable, BadInput):
        tell()
        raise
