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
import threading
from types import ModuleType
from typing import Any, Final, TypeVar

Client = TypeVar("Client")
_ONE_AT_A_TIME: Final = threading.RLock()
_RUNS: Final = "_jinko_runs"


class _Unrun(ModuleType):
    """A package whose own `__init__` runs when something of it is asked for that is none of its modules."""

    def __getattr__(self, name: str) -> Any:
        if importlib.util.find_spec(f"{self.__name__}.{name}") is not None:
            raise AttributeError(name)  # then it is imported as a module
        with _ONE_AT_A_TIME:
            held = self.__dict__
            if name not in held and not held.get(_RUNS):  # asked by a part of it while it runs: not there yet
                held[_RUNS] = True
                try:
                    assert self.__spec__ is not None
                    assert self.__spec__.loader is not None
                    self.__spec__.loader.exec_module(self)
                    self.__class__ = ModuleType  # type: ignore[assignment]  # a package as any other
                finally:
                    del held[_RUNS]
            if name not in held:
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            return held[name]


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
