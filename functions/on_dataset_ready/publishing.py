"""Whether what a run is going to make can be published where it is asked to be: said before it is trained.

Without any secret: the Hub is asked as anybody may ask it, and what the writing token is good for is read
from the record that `python -m gpu_batch publish --check` and every publishing job leave. On a laptop that
token is the person's own, in the person's own process, so it is asked about here. A private repository of
somebody cannot be told from a free name in this way; the publishing job looks again, with its token.
"""

from infra import hub_publish, ledger
from infra.hub_publish import Target
from infra.ports import Cloud
from schemas.errors import BadInput, Fault
from schemas.publishing import PublishOptions
from schemas.records import Publisher

AGAIN = "Then drop the file again."


def must_be_publishable(place: str, options: PublishOptions, on: Cloud, again: str = AGAIN) -> None:
    """Raises BadInput where publishing is asked for and would fail. `place` is the drop.

    Raises Unavailable where the Hub does not answer. Nothing is asked of it where nothing is to be published.
    """
    if options.repository is None:
        return
    try:
        target = Target(options.repository, options.private, again, f"choose another name. {again}")
        seen = hub_publish.see_token(on, again) if on.folders else _seen(on, again)
        hub_publish.must_be_allowed(target, seen, on.publish_namespaces)
        hub_publish.must_be_free(target, hub_publish.standing(target, as_anybody=True))
    except BadInput as error:
        faults = [one.model_copy(update={"place": f"{place}, {one.place}"}) for one in error.faults]
        raise BadInput(faults) from error


def _seen(on: Cloud, again: str) -> Publisher:
    """The token as it was last seen. Raises BadInput where nobody has looked yet."""
    seen = ledger.find(on, Publisher, "hub")
    if seen is None:
        finding = (
            "Nobody has looked yet what the Hub's writing token of this project may do, if there is one."
        )
        step = f"Run `jinko doctor --publishing`, which looks and says what is missing. {again}"
        raise BadInput(Fault(place="publish.repository", finding=finding, next_step=step))
    return seen
