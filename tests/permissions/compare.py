"""Differences in words: between the code and the table, and between what is needed and what is granted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path

from functions.launch import ROLES as ROLE_OF_STAGE
from infra.gcp.permissions import ASKS, GRANTS, PLATFORM, USES, Grant
from infra.gcp.roles import ROLES
from schemas.names import STAGES
from tests.permissions.granted import granted
from tests.permissions.reachable import House, accounts, port_calls, topics
from tests.permissions.requests import Module

ADAPTERS = ("store", "state", "bus", "jobs", "rest")
NEVER = "is in the table and never called"  # not told of who works for a stage that is not built yet
FUNCTIONS = ("on_upload", "on_dataset_ready", "on_job_done")


def starts() -> dict[str, tuple[str, ...]]:
    """Identity → the first functions of the programs that work as it."""
    jobs = {"trainer": ["gpu_batch.__main__.main"], "publisher": ["gpu_batch.__main__.main"]}
    jobs["worker"] = ["gpu_batch.__main__.main", "functions.on_upload.job.main"]
    for stage in STAGES:
        jobs[ROLE_OF_STAGE.get(stage, "trainer")] += [f"gpu_batch.{stage}.{stage}"]
    return {one: (f"functions.{one}.main.{one}",) for one in FUNCTIONS} | {
        one: tuple(of) for one, of in jobs.items()
    }


# ---------------------------------------------------------------- the code and the table


def of_requests(root: Path) -> list[str]:
    """Where an adapter sends something else than `ASKS` says, or anything is sent from elsewhere."""
    told = []
    for file in sorted((root / "infra" / "gcp").glob("*.py")):
        module, port = Module(file), file.stem
        if port not in ADAPTERS:
            told += [f"{port}.{name} sends {sent}" for name, sent in module.sends.items() if sent]
            continue
        for method in module.public():
            sent = module.everything(method)
            known = set(ASKS[f"{port}.{method}"].requests) if f"{port}.{method}" in ASKS else set()
            if sent != known:
                told.append(f"{port}.{method} sends {sorted(sent)}, the table says {sorted(known)}")
    return told


def of_uses(root: Path) -> list[str]:
    """Where an identity can come to a method that `USES` does not name, or never comes to one it names."""
    house, told = House(root), []
    for identity, first in starts().items():
        built = tuple(start for start in first if house.has(start))
        found = [f"{identity}: {what}" for what in _difference(house, identity, built)]
        told += [one for one in found if built == first or not one.endswith(NEVER)]
    return told


def _difference(house: House, identity: str, first: tuple[str, ...]) -> Iterator[str]:
    used = {on: set(methods.split()) for on, methods in USES[identity].items()}
    named = {on.partition(" ")[2] for on in used if on.startswith("topic ")}
    whom = {on.partition(" ")[2] for on in used if on.startswith("account ")}
    calls = port_calls(house, *first)
    buckets = {on.partition(" ")[2]: of for on, of in used.items() if on.startswith("bucket ")}
    called: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        if call.method.startswith("store.") and call.bucket:
            called[call.bucket].add(call.method)
        elif call.method.startswith("store.") and call.method not in set().union(*buckets.values()):
            yield f"{call.method} (a bucket) is called and not in the table"
    anywhere = {call.method for call in calls if not call.bucket}
    for bucket in {*buckets, *called}:
        yield from _sets(f"bucket {bucket}", called[bucket], buckets.get(bucket, set()), anywhere)
    others = {call.method for call in calls if not call.method.startswith(("store.", "bus."))}
    known = {m for on, of in used.items() if not on.startswith(("bucket ", "topic ")) for m in of}
    yield from _sets("records and jobs", others, known, set())
    yield from _sets("topics", topics(house, *first), named, set())
    yield from _sets("accounts of jobs", accounts(house, *first), whom, set())


def _sets(what: str, found: set[str], known: set[str], also: set[str]) -> Iterator[str]:
    yield from (f"{one} ({what}) is called and not in the table" for one in sorted(found - known))
    yield from (f"{one} ({what}) {NEVER}" for one in sorted(known - found - also))


# ---------------------------------------------------------------- needs and grants


Needs = dict[tuple[str, str], set[str]]


def needs() -> Needs:
    """(identity, what) → the permissions that are needed there."""
    found: Needs = defaultdict(set)
    for identity, of in USES.items():
        for on, methods in of.items():
            for method in methods.split():
                found[identity, on] |= set(ASKS[method].permissions[on.partition(" ")[0]])
    for identity, platform in PLATFORM.items():
        for need in platform:
            found[identity, need.on].add(need.permission)
    return found


def of_grants(grants: Iterable[Grant], needed: Needs) -> list[str]:
    """What is needed and not granted, granted and not needed, or wider than a role that would do."""
    granted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for grant in grants:
        granted[grant.identity, grant.on].add(grant.role)
    told = []
    for where in sorted({*granted, *needed}):
        told += [
            f"{where[0]} on {where[1]}: {what}" for what in _judged(granted[where], needed.get(where, set()))
        ]
    return told


def _judged(roles: set[str], needed: set[str]) -> Iterator[str]:
    unknown = roles - set(ROLES)
    if unknown:
        yield f"{sorted(unknown)} is not in the table of roles"
        return
    held = set().union(*(ROLES[role] for role in roles))
    for permission in sorted(needed - held):
        yield f"{permission} is needed and not granted"
    for role in sorted(roles):
        others = set().union(*(ROLES[one] for one in roles - {role}))
        if not (needed & ROLES[role]) - others:
            yield f"{role} is granted and nothing that is called needs it"
    better = smaller(held, needed) if needed and needed <= held else None
    if better:
        yield f"{sorted(roles)} is wider than what is called: {sorted(better)} would do"


def smaller(held: set[str], needed: set[str]) -> tuple[str, ...] | None:
    """A role, or two, that give what is needed and less besides; None if there are none."""
    for count in (1, 2):
        for chosen in combinations(sorted(ROLES), count):
            given = frozenset().union(*(ROLES[role] for role in chosen))
            if needed <= given and len(given) < len(held):
                return chosen
    return None


def of_lists(found: Iterable[Grant], name: str) -> list[str]:
    """Where a list of grants differs from the table's."""
    there = {(one.identity, one.role, one.on) for one in found}
    wanted = {(one.identity, one.role, one.on) for one in GRANTS}
    missing = [f"{name} does not grant {_words(one)}" for one in sorted(wanted - there)]
    return missing + [f"{name} grants {_words(one)}, the table does not" for one in sorted(there - wanted)]


def of_terraform(folder: Path) -> list[str]:
    """Every difference between what a module grants, what is needed, and the table."""
    found = granted(folder)
    return of_grants(found, needs()) + of_lists(found, "Terraform")


def _words(grant: tuple[str, str, str]) -> str:
    identity, role, on = grant
    return f"{role} on {on} to {identity}"
