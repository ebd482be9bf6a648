"""Which requests the Google adapters send: every call, in their source, of a client's method that sends one.

Which methods send something is asked of Google's own classes: those that can be given a `timeout`. Whose
method a call is, is followed in the source: from where a client is made, or a transport opened, through
variables, properties and methods of the adapter, and through parameters that are annotated with a class of
Google's.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage
from google.cloud.batch_v1 import BatchServiceClient
from google.cloud.batch_v1.services.batch_service.transports import BatchServiceGrpcTransport
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.pubsub_v1 import SubscriberClient
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

CLASSES = (
    *(storage.Client, storage.Bucket, storage.Blob),
    *(FirestoreClient, PublisherClient, SubscriberClient, BatchServiceClient, AuthorizedSession),
)
OF_SESSIONS = {"get", "post", "put", "patch", "delete", "head"}  # they hand `timeout` on, unnamed
TRANSPORTS = (FirestoreGrpcTransport, PublisherGrpcTransport, BatchServiceGrpcTransport)
NAMES = {one.__name__ for one in (*CLASSES, *TRANSPORTS)}


@cache
def sending() -> frozenset[str]:
    """The names of methods that send a request."""
    return frozenset(
        name
        for one in CLASSES
        for name, method in inspect.getmembers(one, inspect.isroutine)
        if not name.startswith("_") and _takes_timeout(method)
    ) | frozenset(OF_SESSIONS)


def _takes_timeout(method: object) -> bool:
    try:
        return "timeout" in inspect.signature(method).parameters
    except (TypeError, ValueError):
        return False


class Module:
    """One file of the adapters: what each of its functions sends, and which of its functions it calls."""

    def __init__(self, file: Path) -> None:
        self.tree = ast.parse(file.read_bytes(), str(file))
        self._functions = {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}
        self._giving = self._that_give_googles()
        self.sends = {name: set(self._sent(node)) for name, node in self._functions.items()}

    def public(self) -> Iterator[str]:
        """The methods of its classes that others may call."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                names = (one.name for one in node.body if isinstance(one, ast.FunctionDef))
                yield from (name for name in names if not name.startswith("_"))

    def everything(self, name: str) -> set[str]:
        """What a function sends, with the functions of the same file that it calls."""
        waiting, seen = [name], set[str]()
        while waiting:
            if (one := waiting.pop()) not in seen:
                seen.add(one)
                named = (_own(node) for node in ast.walk(self._functions[one]))
                waiting += [other for other in named if other in self._functions]
        return set().union(*(self.sends[one] for one in seen))

    def _that_give_googles(self) -> set[str]:
        """Functions and properties that return something of Google's which can send."""
        giving: set[str] = set()
        while True:
            more = {name for name, node in self._functions.items() if self._gives(node, giving)}
            if more == giving:
                return giving
            giving = more

    def _gives(self, function: ast.FunctionDef, giving: set[str]) -> bool:
        variables = self._variables(function, giving)
        returned = (n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value)
        return any(_is_googles(value, giving, variables, outermost=True) for value in returned)

    def _variables(self, function: ast.FunctionDef, giving: set[str]) -> set[str]:
        found = {a.arg for a in function.args.args if a.annotation and _annotation(a.annotation) in NAMES}
        while True:
            more = set(found)
            for node in ast.walk(function):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        more |= {name} if _is_googles(value, giving, found, outermost=True) else set()
                    case ast.For(target=ast.Name(id=name), iter=value):
                        more |= {name} if _is_googles(value, giving, found, outermost=False) else set()
            if more == found:
                return found
            found = more

    def _sent(self, function: ast.FunctionDef) -> Iterator[str]:
        variables = self._variables(function, self._giving)
        for node in ast.walk(function):
            match node:
                case ast.Attribute(value=receiver, attr=name) if name in sending():
                    if _is_googles(receiver, self._giving, variables, outermost=False):
                        yield name


def _is_googles(value: ast.expr, giving: set[str], variables: set[str], *, outermost: bool) -> bool:
    """Whether a value comes of a client. The answer to a request does not, as a value: it is data."""
    match value:
        case ast.Call(func=ast.Attribute(attr=name)) if outermost and name in sending():
            return False
    for node in ast.walk(value):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in NAMES:
                return True
            case ast.Name(id=name) if name in variables or name in NAMES:  # `opened(Transport, …)`
                return True
        if _own(node) in giving:
            return True
    return False


def _own(node: ast.AST) -> str:
    """The name in `self.name` and in `name`."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) | ast.Name(id=name):
            return name
    return ""


def _annotation(node: ast.expr) -> str:
    text = node.value if isinstance(node, ast.Constant) else ast.unparse(node)
    return str(text).rpartition(".")[2]
