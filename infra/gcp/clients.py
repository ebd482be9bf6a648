"""Opening the clients that Google generates: of Firestore, Pub/Sub and Batch, all over gRPC.

    lean("google.pubsub_v1", "google.pubsub_v1.services.publisher")
    from google.pubsub_v1.services.publisher.client import PublisherClient

    client = opened(PublisherClient, emulator="")

A user waits while a function that was asleep imports its clients. What each of these packages imports by
itself is mostly for others: asynchronous clients, other services, clients built over the generated one. To
leave them out saves a fifth of all that is imported of Google's (docs/decisions/0012-staging.md).
"""

import importlib.util
import sys
from types import ModuleType
from typing import Any, TypeVar

Client = TypeVar("Client")


class _Unrun(ModuleType):
    """A package whose own `__init__` runs when something of it is asked for that is none of its modules."""

    def __getattr__(self, name: str) -> Any:
        if importlib.util.find_spec(f"{self.__name__}.{name}") is not None:
            raise AttributeError(name)  # then it is imported as a module
        spec = self.__spec__
        assert spec is not None
        assert spec.loader is not None
        self.__class__ = ModuleType  # type: ignore[assignment]  # from here on, a package as any other
        spec.loader.exec_module(self)
        return getattr(self, name)


def lean(*packages: str) -> None:
    """Let modules of these packages be imported alone; what else the packages hold, when it is asked for.

    Outer packages first. One that is imported already stays as it is; twice is once.
    """
    for package in packages:
        if package in sys.modules or (spec := importlib.util.find_spec(package)) is None:
            continue
        module = importlib.util.module_from_spec(spec)
        module.__class__ = _Unrun
        sys.modules[package] = module
        parent, _, name = package.rpartition(".")
        setattr(sys.modules[parent], name, module)


def opened(client: type[Client], emulator: str) -> Client:
    """A client that begins to connect at once: meanwhile the next one is imported.

    `emulator` is `host:port` of what stands in for Google, asked without credentials; empty for Google
    itself, with the application default credentials.
    """
    import grpc  # type: ignore[import-untyped]

    kind: Any = client
    if emulator:
        made = kind(transport=kind.get_transport_class("grpc")(channel=grpc.insecure_channel(emulator)))
    else:
        made = kind()
    grpc.channel_ready_future(made.transport.grpc_channel)
    whole: Client = made
    return whole
