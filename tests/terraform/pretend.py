"""What a provider would answer that makes things, without making any: the other half of the stand-in.

A plan leaves unknown what Google would choose; an apply makes that up; a destroy forgets. Terraform keeps the
state itself, so nothing is kept here but `done`: what was created, updated, deleted, imported. That is enough
for a real `terraform apply`, `import` and `destroy` of the whole module, in the order of its dependencies.

Values travel in MessagePack, an unknown one as an extension of its own. Numbers of fields are those of
Terraform's tfplugin6.proto. Nothing is refused, nothing takes time, names are free.
"""

from collections.abc import Callable
from typing import Any, Final

import msgpack

from tests.terraform.google import Schema
from tests.terraform.wire import fields, number, part

UNKNOWN: Final = msgpack.ExtType(0, b"\x00")
EMPTY: Final = {"string": "", "number": 0, "bool": False, "list": [], "set": [], "map": {}}
NAMES: Final = ("account_id", "repository_id", "secret_id", "service", "collection", "name", "bucket")


class Pretence:
    """Answers for one provider. `done` is a list of (what was done, the type, its name)."""

    def __init__(self, known: Schema) -> None:
        self._known = known
        self.done: list[tuple[str, str, str]] = []

    def answers(self) -> dict[str, Callable[[bytes], bytes]]:
        """By the names of Terraform's requests."""
        return {
            "ConfigureProvider": lambda _: b"",
            "PlanResourceChange": self._plan,
            "ApplyResourceChange": self._apply,
            "ReadResource": lambda asked: part(1, fields(asked)[2]),
            "ReadDataSource": self._look,
            "ImportResourceState": self._import,
            "UpgradeResourceState": lambda asked: part(1, part(2, fields(fields(asked)[3])[1])),
        }

    def _plan(self, asked: bytes) -> bytes:
        given = fields(asked)
        block = self._known["resources"][given[1].decode()]
        wanted = _value(given[3])
        planned = None if wanted is None else _completed(block, wanted, lambda *_: UNKNOWN)
        return part(1, _told(planned)) + number(
            5, 1
        )  # as providers of the older kind: not held to every null

    def _apply(self, asked: bytes) -> bytes:
        given = fields(asked)
        kind, before, planned = given[1].decode(), _value(given[2]), _value(given[3])
        self.done.append((_verb(before, planned), kind, _name(planned or before)))
        made = (
            None if planned is None else _known_now(self._known["resources"][kind], planned, _name(planned))
        )
        return part(1, _told(made)) + number(4, 1)

    def _look(self, asked: bytes) -> bytes:
        given = fields(asked)
        block, wanted = self._known["data"][given[1].decode()], _value(given[2])
        found = _completed(block, wanted, lambda name, of: _made_up(name, of, _name(wanted)))
        return part(1, _told(found))

    def _import(self, asked: bytes) -> bytes:
        given = fields(asked)
        kind, id_ = given[1].decode(), given[2].decode()
        block = self._known["resources"][kind]
        name = id_.rpartition("/")[2]
        self.done.append(("imported", kind, name))
        state = dict.fromkeys(block["attributes"]) | {
            name: None if it["nesting"] == "single" else [] for name, it in block["blocks"].items()
        }
        return part(1, part(1, kind) + part(2, _told({**state, "id": id_, "name": name})))


def _verb(before: Any, planned: Any) -> str:
    if before is None:
        return "created"
    return "deleted" if planned is None else "updated"


def _name(of: Any) -> str:
    return next((str(of[it]) for it in NAMES if isinstance(of.get(it), str)), "")


def _completed(block: Schema, value: dict[str, Any], fill: Callable[[str, Any], Any]) -> dict[str, Any]:
    """A value with something in the place of what was left to the provider."""
    done = dict(value)
    for name, of in block["attributes"].items():
        if of["computed"] and value.get(name) is None:
            done[name] = fill(name, of["type"])
    for name, nested in block["blocks"].items():
        if isinstance(inner := value.get(name), list):
            done[name] = [_completed(nested["block"], one, fill) for one in inner]
    return done


def _known_now(block: Schema, value: dict[str, Any], whose: str) -> dict[str, Any]:
    """The same with nothing unknown in it."""
    done = {
        name: _made_up(name, block["attributes"][name]["type"], whose)
        if it == UNKNOWN and name in block["attributes"]
        else it
        for name, it in value.items()
    }
    for name, nested in block["blocks"].items():
        if isinstance(inner := value.get(name), list):
            done[name] = [_known_now(nested["block"], one, whose) for one in inner]
    return done


def _made_up(attribute: str, of: Any, whose: str) -> Any:
    if of == "string":
        return f"{whose}/{attribute}"
    return EMPTY[of if isinstance(of, str) else of[0]]


def _value(dynamic: bytes) -> Any:
    return msgpack.unpackb(fields(dynamic)[1], strict_map_key=False)


def _told(value: Any) -> bytes:
    return part(1, msgpack.packb(value))
