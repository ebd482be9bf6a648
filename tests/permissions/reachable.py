"""Which calls of the four ports a program can come to: followed from its first function, name by name.

    port_calls(House(root), "functions.on_upload.main.on_upload")   # {PortCall("store.read", "outbox"), …}

A definition (a function, a class with all its methods, a value of a module) leads to every definition that it
names, wherever that is imported from; nothing is run. So this errs towards too much: who names a function
without calling it, or a class of which it needs one method, is counted as calling all of it. What is called
by a name that is computed is not seen; a program that does so is given with the modules that it starts.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

from infra import ports
from infra.reach import ROOMS
from schemas.events import TOPIC_OF

PORTS = {"store": ports.Store, "state": ports.State, "bus": ports.Bus, "jobs": ports.Jobs}
BEHIND = ("infra.gcp", "infra.local", "infra.ground")  # what fills the ports
READING = ("schemas.", "functions.edge")  # where messages become events
BUCKETS = ("inbox", "outbox")


class PortCall(NamedTuple):
    """A method of a port, and the bucket as far as it is named there: `inbox`, `outbox`, or empty."""

    method: str
    bucket: str


class Facts(NamedTuple):
    """What stands in one definition: `names` are (name, "") or (name, attribute)."""

    names: frozenset[tuple[str, str]]
    calls: frozenset[PortCall]
    events: frozenset[str]
    accounts: frozenset[str]


class House:
    """The rooms below a root, as definitions that name one another."""

    def __init__(self, root: Path) -> None:
        self._defined: dict[tuple[str, str], ast.stmt] = {}
        self._imported: dict[str, Mapping[str, tuple[str, str]]] = {}
        for file in (file for room in ROOMS for file in (root / room).rglob("*.py")):
            module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            defined, self._imported[module] = _read(file.read_bytes())
            self._defined |= {(module, name): node for name, node in defined.items()}

    def has(self, start: str) -> bool:
        """Whether there is such a definition."""
        return tuple(start.rpartition(".")[::2]) in self._defined

    def reached(self, *starts: str) -> Iterator[tuple[str, Facts]]:
        """Every definition from these on (`module.name`), themselves included, each with its module."""
        waiting = [(module, name) for module, _, name in (start.rpartition(".") for start in starts)]
        seen: set[tuple[str, str]] = set()
        while waiting:
            one = waiting.pop()
            if one in seen or one[0].startswith(BEHIND):
                continue
            seen.add(one)
            facts = _facts(self._defined[one])
            yield one[0], facts
            waiting += [
                found for name in facts.names if (found := self._whose(one[0], *name)) in self._defined
            ]

    def _whose(self, module: str, name: str, attribute: str) -> tuple[str, str]:
        """Where a name that stands in a module is defined; of `name.attribute`, where `name` is a module."""
        whence = self._imported[module].get(name)
        if not attribute:
            return whence or (module, name)
        return (".".join(filter(None, whence)), attribute) if whence else ("", "")


def port_calls(house: House, *starts: str) -> set[PortCall]:
    """The methods of ports that any of these programs can come to."""
    return {call for _, facts in house.reached(*starts) for call in facts.calls}


def topics(house: House, *starts: str) -> set[str]:
    """The topics of the events that these programs make, where they publish any.

    Reading a message is left out: that makes events too.
    """
    if PortCall("bus.publish", "") not in port_calls(house, *starts):
        return set()
    made = (facts.events for module, facts in house.reached(*starts) if not module.startswith(READING))
    return {TOPIC_OF[event] for events in made for event in events}


def accounts(house: House, *starts: str) -> set[str]:
    """As whom the jobs work that these programs submit; all, where it is not written as a word."""
    return {account for _, facts in house.reached(*starts) for account in facts.accounts}


# ---------------------------------------------------------------- reading


@cache
def _read(text: bytes) -> tuple[dict[str, ast.stmt], dict[str, tuple[str, str]]]:
    """The definitions of a module by name, and what each imported name means. The same text is read once."""
    tree = ast.parse(text)
    return {name: node for node in tree.body for name in _defines(node)}, dict(_imports(tree))


@cache
def _facts(definition: ast.stmt) -> Facts:
    names, calls, events, jobs = set(), set(), set(), set()
    arguments = {id(n.func): n.args for n in ast.walk(definition) if isinstance(n, ast.Call)}
    for node in ast.walk(definition):
        match node:
            case ast.Name(id=name):
                names.add((name, ""))
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                names.add((name, attribute))
            case ast.Call(func=ast.Name(id="JobSpec")):
                jobs |= _roles(node)
            case ast.Call(func=ast.Name(id=name)) if name in TOPIC_OF:
                events.add(name)
            case ast.Call(func=ast.Attribute(attr="changed")):  # run.changed(…)
                events.add("RunChanged")
        if method := _port_method(node):
            calls.add(PortCall(method, _bucket(arguments.get(id(node), []))))
    return Facts(frozenset(names), frozenset(calls), frozenset(events), frozenset(jobs))


def _roles(made: ast.Call) -> set[str]:
    role = next((one.value for one in made.keywords if one.arg == "role"), ast.Constant("trainer"))
    return {str(role.value)} if isinstance(role, ast.Constant) else set(get_args(ports.Role))


def _port_method(node: ast.AST) -> str:
    match node:
        case ast.Attribute(value=ast.Attribute(attr=port) | ast.Name(id=port), attr=method):
            return f"{port}.{method}" if method in vars(PORTS.get(port, object)) else ""
    return ""


def _bucket(arguments: list[ast.expr]) -> str:
    match arguments:
        case [ast.Attribute(attr=bucket), *_] if bucket in BUCKETS:
            return bucket
    return ""


def _imports(tree: ast.AST) -> Iterator[tuple[str, tuple[str, str]]]:
    """Local name → (module, name in it). A module that is imported from its package is such a name too."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                yield from ((one.asname or one.name, (module, one.name)) for one in names)
            case ast.Import(names=names):
                yield from ((one.asname, (one.name, "")) for one in names if one.asname)


def _defines(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
