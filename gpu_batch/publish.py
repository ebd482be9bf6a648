"""What a run made, published on the Hugging Face Hub as one commit of one repository, with its card.

    python -m gpu_batch --run RUN --stage publish --attempt 1
    python -m gpu_batch publish --check      whom the Hub knows the token as, and what it may write to

The only job with a token that may write (HF_TOKEN); on a laptop it is the person's own. Nothing that did not
pass its proof is published, nor into what is somebody else's. A repeat finds the commit by its mark, the run
and the digest of the order, and makes no second one. Not here: talking to the Hub (`infra.hub_publish`),
which files (`publishing.contents`), the card (`publishing.card`).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gpu_batch.console import Teller
from gpu_batch.publishing import card
from gpu_batch.publishing.contents import gather
from gpu_batch.publishing.metadata import Licence, known_licence
from infra import hub, hub_publish
from infra.hub_publish import Target
from infra.ports import Cloud
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.orders import BasePin, PublishOrder
from schemas.results import PublishResult
from schemas.version import VERSION

SAFE: Final = "What was trained is safe."


def publish(order: PublishOrder, attempt: int, on: Cloud, scratch: Path) -> PublishResult:
    """Do what the order says; where it lies now.

    Raises BadInput for what a person can mend (the token, the name, a repository that is not ours), and
    Unavailable where the Hub does not answer; either way the run's own files stay as they are. A repeat goes
    on where this one was: what was uploaded is not sent again, what was committed is found.
    """
    try:
        return _published(order, attempt, on, scratch)
    except BadInput as error:
        safe = [one.model_copy(update={"next_step": f"{one.next_step} {SAFE}"}) for one in error.faults]
        raise BadInput(safe) from error


def _published(order: PublishOrder, attempt: int, on: Cloud, scratch: Path) -> PublishResult:
    teller = Teller(on, order.run_id, "publish")
    target = _target(order)
    _must_be_proven(order)
    teller.phase("asking the Hub who we are", target.repository)
    seen = hub_publish.see_token(on, target.again)
    hub_publish.must_be_allowed(target, seen, on.publish_namespaces)
    found = hub_publish.standing(target)
    hub_publish.must_be_free(target, found)
    mark = f"Run {order.run_id}, order {names.digest(order.model_dump(mode='json'))}"
    commit = hub_publish.committed(target, mark) if found else None
    if commit is None:
        folder = scratch / "repository"
        teller.phase("fetching what is published")
        contents = gather(order, on, folder)
        card.write(order, contents, _licence_of(order.base), folder)
        found = found or hub_publish.create(target)
        teller.phase("publishing", f"{'private' if found.private else 'public'} {target.repository}")
        facts = {"run": order.run_id, "jinko": VERSION, "base": order.base.model_dump(include={"revision"})}
        commit = hub_publish.put(target, found, folder, mark, facts)
    url = hub_publish.page(target.repository)
    teller.say(f"  {url} at {commit}")
    return PublishResult(
        run_id=order.run_id,
        attempt=attempt,
        repository=target.repository,
        commit=commit,
        url=url,
        private=order.publish.private,
        seconds=round(teller.seconds, 3),
    )


def check(on: Cloud) -> int:
    """Look at the token and record what it may do; say so. Raises BadInput for one that is of no use."""
    seen = hub_publish.see_token(on)
    may = ", ".join((*seen.namespaces, *seen.repositories))
    if not may:
        finding = f"The Hub's token of {seen.user} may write to nothing."
        step = "Make one that may write to the namespace you publish to, and give Jinko that one."
        raise BadInput(Fault(place="HF_TOKEN", finding=finding, next_step=step))
    limit = f", limited to {', '.join(on.publish_namespaces)}" if on.publish_namespaces else ""
    print(f"The Hub's token is {seen.user}'s and may write to {may}{limit}.", flush=True)
    return 0


def command(arguments: Sequence[str], on: Cloud) -> int:
    """`publish --check` of the front door; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m gpu_batch publish")
    parser.add_argument(
        "--check", action="store_true", required=True, help="look at the token, publish nothing"
    )
    parser.parse_args(arguments)
    return check(on)


def _target(order: PublishOrder) -> Target:
    if order.publish.repository is None:
        finding, step = "It is not said where to publish to.", "Set publish.repository: owner/name."
        raise BadInput(Fault(place=f"run {order.run_id}", finding=finding, next_step=step))
    again = f"Then: jinko retry {order.run_id}."
    otherwise = f"publish it under another name: jinko publish {order.run_id} OWNER/NAME."
    return Target(order.publish.repository, order.publish.private, again, otherwise)


def _must_be_proven(order: PublishOrder) -> None:
    """Raises BadInput where what was made did not pass its proof, or nothing was made."""
    made = (order.trained, order.exported, order.gguf)
    faults = [fault for paper in made if paper for fault in paper.faults]
    if faults or order.trained.weights is None:
        finding = f"What was made did not pass its proof: {faults[0].finding if faults else 'no weights.'}"
        step = f"It stays in the outbox. {faults[0].next_step if faults else 'Drop the file again.'}"
        raise BadInput(Fault(place=f"run {order.run_id}", finding=finding, next_step=step))


def _licence_of(base: BasePin) -> Licence:
    """The base's licence, from its own card; unknown where that is not to be had."""
    from huggingface_hub import metadata_load

    if base.where == "hub":
        try:
            return known_licence(hub.card_of(base.location, base.revision), base)
        except BadInput:  # gone, or not for this token: the weights are ours all the same
            return Licence()
    readme = Path(base.location) / "README.md"
    return known_licence((metadata_load(readme) if readme.is_file() else None) or {}, base)
