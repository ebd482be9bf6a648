"""Speaking to Firestore, Pub/Sub and Batch: what Google generates for each, all over gRPC.

    lean("google.pubsub_v1.services.publisher")
    from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport

    publisher = opened(PublisherGrpcTransport, emulator="")
    publisher.publish({"topic": topic, "messages": [message]}, retry=again, timeout=30.0)

A user waits while a function that was asleep imports its clients. What each of these packages imports by
itself is mostly for others: asynchronous clients and clients over REST, other services, clients built over
the generated one; and what signs with a key file, which a function has none of. To leave them out saves a
third of all that is imported of Google's (docs/decisions/0012-staging.md).
"""

import importlib.util
import sys
import threading
from collections.abc import Iterable, Mapping
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

ROUTED: Final = ("name", "parent", "database", "topic")  # what a request is about, whichever it has
_ONE_AT_A_TIME: Final = threading.RLock()
_RUNS: Final = "_jinko_runs"
# What all of Google's clients import, and a function never asks anything of.
UNASKED: Final = (
    "google.auth._service_account_info",  # these three sign, with cryptography, where there is a key file;
    "google.auth.iam",  # a function's credentials come from the metadata server, and are never signed with
    "google.auth.jwt",
    "google.protobuf.internal.python_message",  # messages in plain Python, where no compiled ones are
    "grpc_status.rpc_status",  # errors' details, for those who look for them
    "charset_normalizer",  # guesses the encoding of an answer that does not say it
    "opentelemetry.metrics",  # for those who switched it on
    "opentelemetry.trace",
    "email.policy",  # of requests that are sent as one batch
    "xml.etree.ElementTree",  # of uploads in parts, as S3 has them
)


class _Unrun(ModuleType):
    """A module that runs when something of it is asked for, unless a module of its own is being imported."""

    def __getattr__(self, name: str) -> Any:
        if sys._getframe(1).f_globals.get("__name__") == "importlib._bootstrap" and _Unrun._has(self, name):
            raise AttributeError(name)  # then it is imported
        if name == "__version__" and _Unrun._has(self, "version"):  # whoever imports it looks at that
            return importlib.import_module(f"{self.__name__}.version").__version__
        with _ONE_AT_A_TIME:
            # Not where a part of it asks while it runs, nor where another thread has run it meanwhile.
            if type(self) is _Unrun and _RUNS not in self.__dict__:
                self._run()
        if name not in self.__dict__:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return self.__dict__[name]

    def _has(self, name: str) -> bool:
        """Whether it is a package that has a module of this name."""
        package = self.__dict__["__spec__"].submodule_search_locations is not None
        return package and importlib.util.find_spec(f"{self.__name__}.{name}") is not None

    def _run(self) -> None:
        """Run it; as it was, where that fails, as a module that cannot be imported leaves nothing."""
        before, ran = dict(self.__dict__), False
        self.__dict__[_RUNS] = True
        try:
            self.__dict__["__spec__"].loader.exec_module(self)
            ran = True
        finally:
            if not ran:
                self.__dict__.clear()
                self.__dict__.update(before)
            self.__dict__.pop(_RUNS, None)
        self.__class__ = ModuleType  # type: ignore[assignment]  # a module as any other


def lean(service: str = "") -> None:
    """Let the transport of this service (`google.pubsub_v1.services.publisher`) be imported alone.

    The packages around it, and what all of Google's clients import and never ask (`UNASKED`), are there
    without being run; each runs when something that it holds is asked for. What is imported already stays as
    it is; twice is once.
    """
    around = (service.rpartition(".services.")[0], service, f"{service}.transports") if service else ()
    for name in (*UNASKED, *around):
        parent, _, last = name.rpartition(".")
        spec = None if name in sys.modules else _found(name)
        if spec is None or name in sys.modules:  # to find it may have imported it
            continue
        module = importlib.util.module_from_spec(spec)
        module.__class__ = _Unrun
        sys.modules[name] = module
        if parent:
            setattr(sys.modules[parent], last, module)


def _found(name: str) -> ModuleSpec | None:
    """Where a module is; None where it, or the package that it belongs to, is not installed."""
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None


class Service:
    """A service of Google's: its methods, by the names that they have in Google's own client.

        service.get_document({"name": name}, retry=again, timeout=30.0)

    What is asked travels as the generated client sends it, over that client's own transport, with the header
    by which Google finds the right server; errors are those of google.api_core.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from google.api_core.gapic_v1 import method, routing_header

        asked = method.wrap_method(getattr(self._transport, name))  # type: ignore[no-untyped-call]

        def ask(
            request: Mapping[str, Any], retry: Any, timeout: float, metadata: Iterable[tuple[str, str]] = ()
        ) -> Any:
            about = [(field, request[field]) for field in ROUTED if field in request]
            route = routing_header.to_grpc_metadata(about)  # type: ignore[no-untyped-call]
            return asked(request, retry=retry, timeout=timeout, metadata=[route, *metadata])

        setattr(self, name, ask)
        return ask


def opened(transport: Any, emulator: str) -> Service:
    """The service of a generated transport, which begins to connect at once: meanwhile the next is imported.

    `emulator` is `host:port` of what stands in for Google, asked without credentials; empty for Google
    itself, with the application default credentials.
    """
    import grpc  # type: ignore[import-untyped]

    given = {"channel": grpc.insecure_channel(emulator)} if emulator else {"always_use_jwt_access": True}
    made = transport(**given)
    grpc.channel_ready_future(made.grpc_channel)
    return Service(made)
