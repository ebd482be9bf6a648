"""Papers of the outbox: manifests, orders and results, read back by whoever goes on from them."""

from functools import lru_cache
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from infra.ports import Cloud, Gone, Store

Paper = TypeVar("Paper", bound=BaseModel)
REMEMBERED: Final = 64  # papers of a few kB


def read(on: Cloud, name: str, paper: type[Paper]) -> Paper | None:
    """A paper of the outbox, or None if it is not there.

    One that does not parse (another version wrote it) is None as well: the page must still tell what the
    records know, and the step that owns the paper says what is wrong with it.
    """
    try:
        return paper.model_validate_json(on.store.read(on.outbox, name))
    except (Gone, ValidationError):
        return None


def read_once(on: Cloud, name: str, paper: type[Paper]) -> Paper | None:
    """`read`, for a paper that is never written again once it is there: an order, the result of an attempt.

    One event reads the same few several times over, and each reading is a request. Found, a paper is
    remembered, also where somebody removes it meanwhile; not found, it is asked for the next time.
    """
    try:
        found = _remembered(on.store, on.outbox, name, paper)  # type: ignore[arg-type]  # a store is itself
    except (Gone, ValidationError):
        return None
    assert isinstance(found, paper)
    return found


@lru_cache(maxsize=REMEMBERED)
def _remembered(store: Store, bucket: str, name: str, paper: type[BaseModel]) -> BaseModel:
    return paper.model_validate_json(store.read(bucket, name))
