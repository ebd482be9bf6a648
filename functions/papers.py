"""Papers of the outbox: manifests, orders and results, read back by whoever goes on from them."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from infra.ports import Cloud, Gone

Paper = TypeVar("Paper", bound=BaseModel)


def read(on: Cloud, name: str, paper: type[Paper]) -> Paper | None:
    """A paper of the outbox, or None if it is not there.

    One that does not parse (another version wrote it) is None as well: the page must still tell what the
    records know, and the step that owns the paper says what is wrong with it.
    """
    try:
        return paper.model_validate_json(on.store.read(on.outbox, name))
    except (Gone, ValidationError):
        return None
