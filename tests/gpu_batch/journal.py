"""A ground that notes what is written to it, in order. No tests here."""

from dataclasses import dataclass, field, replace
from typing import Any

from infra.ports import Cloud

WRITES = ("write", "write_once", "upload", "delete")


@dataclass
class Journal:
    """Notes each write of the store as its object's name, and each told phase as `phase: …`."""

    lines: list[str] = field(default_factory=list)

    def watching(self, on: Cloud) -> Cloud:
        """The same ground, watched."""
        return replace(on, store=Watched(on.store, self._stored), state=Watched(on.state, self._told))

    def _stored(self, method: str, *arguments: Any) -> None:
        if method in WRITES:
            self.lines.append(arguments[1])

    def _told(self, method: str, *arguments: Any) -> None:
        if method in ("create", "replace") and arguments[0] == "progress":
            self.lines.append(f"phase: {arguments[2]['phase']}")

    def at(self, line: str) -> int:
        """When this was first noted."""
        return next(number for number, noted in enumerate(self.lines) if line in noted)


class Watched:
    """A port whose calls are noted before they are made."""

    def __init__(self, port: Any, note: Any) -> None:
        self._port, self._note = port, note

    def __getattr__(self, method: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self._note(method, *arguments)
            return getattr(self._port, method)(*arguments, **named)

        return call
