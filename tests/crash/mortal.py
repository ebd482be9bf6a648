"""The four ports, watched: every call that changes the world is counted, and a hook may stop or kill it.

    fate = dies(7, "before")
    on = watched(ground.cloud, fate)      # the seventh change raises Died; what was called is in fate.calls

`Died` is as sudden as a power cut: nothing of ours catches it. A call that changes nothing passes untouched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from infra.ports import Cloud
from schemas.events import Event

Side = Literal["before", "after"]
SIDES: Final[tuple[Side, Side]] = ("before", "after")
CHANGES: Final[Mapping[str, frozenset[str]]] = {
    "store": frozenset({"write", "write_once", "write_if", "upload", "delete"}),
    "state": frozenset({"create", "replace"}),
    "bus": frozenset({"publish"}),
    "jobs": frozenset({"submit", "cancel"}),
}
READS: Final[Mapping[str, frozenset[str]]] = {
    "store": frozenset({"stat", "open", "read", "download", "list"}),
    "state": frozenset({"get", "find", "since"}),
    "bus": frozenset(),
    "jobs": frozenset({"status"}),
}
Hook = Callable[[int, Side], None]


class Died(BaseException):
    """The process is gone at this very moment."""


@dataclass
class Fate:
    """What a worker did to the world, and what happens to it around each of its changes."""

    hook: Hook = lambda number, side: None
    calls: list[str] = field(default_factory=list)
    published: list[Event] = field(default_factory=list)


def dies(at: int, side: Side) -> Fate:
    """The fate of dying before, or after, change number `at` (from 1)."""

    def hook(number: int, now: Side) -> None:
        if (number, now) == (at, side):
            raise Died

    return Fate(hook)


def watched(on: Cloud, fate: Fate) -> Cloud:
    """The same ground, seen through ports that count."""
    ports: dict[str, Any] = {name: _Port(name, getattr(on, name), fate) for name in CHANGES}
    return replace(on, **ports)


class _Port:
    """One port whose changes are counted."""

    def __init__(self, name: str, port: Any, fate: Fate) -> None:
        self.name, self.port, self.fate = name, port, fate

    def __getattr__(self, method: str) -> Any:
        act = getattr(self.port, method)
        if method not in CHANGES[self.name]:
            return act
        return lambda *args, **kwargs: self._call(method, act, args, kwargs)

    def _call(self, method: str, act: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        self.fate.calls.append(f"{self.name}.{method}({_what(method, args)})")
        number = len(self.fate.calls)
        self.fate.hook(number, "before")
        answer = act(*args, **kwargs)
        if method == "publish":
            self.fate.published.append(args[0])
        self.fate.hook(number, "after")
        return answer


def _what(method: str, args: Any) -> str:
    """What a call was about, for a table: the object, the record, the event, the job."""
    if method == "publish":
        return str(args[0].type)
    if method in ("submit", "cancel"):
        return str(args[0] if method == "cancel" else args[0].id)
    if method in ("create", "replace"):
        state = args[2].get("state", "")
        return f"{args[0]} {state}".strip()
    return str(args[1])
