"""A stand-in for a Terraform provider: it serves a schema and agrees with every configuration.

    with serving({"hashicorp/google": schema}) as served:
        subprocess.run(["terraform", "validate"], env=os.environ | served.variables)
        served.done    # what an apply made, updated and removed

Terraform speaks to its providers by gRPC, and takes one that is running already where TF_REATTACH_PROVIDERS
names it. So one server answers all commands, none is looked for in a registry, and misspelt, missing and
mistyped arguments, wrong blocks and dead references are found as with the real one. Tests with
`mock_provider` need no more; plans, applies and destroys are answered by `pretend.py`.

The few messages that it sends are written by hand, field by field as in Terraform's tfplugin6.proto.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import grpc

from tests.terraform.google import Schema
from tests.terraform.pretend import Pretence
from tests.terraform.wire import number, part

SOURCE: Final = "registry.terraform.io/hashicorp/google"
NESTING: Final = {"single": 1, "list": 2, "set": 3}
SERVICE: Final = "/tfplugin6.Provider/"
AGREED: Final = (
    "ValidateProviderConfig",
    "ValidateResourceConfig",
    "ValidateDataResourceConfig",
    "StopProvider",
)
LARGEST: Final = 64 << 20  # bytes of a message


class Served(NamedTuple):
    """The environment by which terraform finds the stand-in, and what was done through it, in order."""

    variables: dict[str, str]
    done: list[tuple[str, str, str]]


@contextmanager
def serving(known: Schema) -> Iterator[Served]:
    """Serve Google's provider, as `tests.terraform.google.schema` knows it, on a free loopback port."""
    pretence = Pretence(known)
    server = grpc.server(
        futures.ThreadPoolExecutor(8),
        options=[("grpc.max_send_message_length", LARGEST), ("grpc.max_receive_message_length", LARGEST)],
    )
    server.add_generic_rpc_handlers([_Answers(provider_schema(known), pretence)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    at = {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": os.getpid(),
        "Test": True,  # not to be stopped by who uses it
        "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
    }
    try:
        yield Served({"TF_REATTACH_PROVIDERS": json.dumps({SOURCE: at})}, pretence.done)
    finally:
        server.stop(grace=None).wait()


class _Answers(grpc.GenericRpcHandler):
    """The schema where it is asked for, an empty message where a yes is: no diagnostics."""

    def __init__(self, schema: bytes, pretence: Pretence) -> None:
        self._answers: dict[str, Callable[[bytes], bytes]] = {
            "GetProviderSchema": lambda _: schema,
            **{name: lambda _: b"" for name in AGREED},
            **pretence.answers(),
        }

    def service(self, asked: grpc.HandlerCallDetails) -> Any:
        answer = self._answers.get(asked.method.removeprefix(SERVICE))
        return answer and grpc.unary_unary_rpc_method_handler(lambda request, _: answer(request))


# ---------------------------------------------------------------- a schema as tfplugin6.proto has it


def provider_schema(known: Schema) -> bytes:
    """GetProviderSchema.Response. Of `known` as `tests.terraform.google.schema` gives it."""
    resources = [
        part(2, part(1, name) + part(2, _schema(block))) for name, block in known["resources"].items()
    ]
    data = [part(3, part(1, name) + part(2, _schema(block))) for name, block in known["data"].items()]
    return b"".join([part(1, _schema(known["provider"])), *resources, *data])


def _schema(block: Schema) -> bytes:
    return part(2, _block(block))


def _block(block: Schema) -> bytes:
    attributes = [part(2, _attribute(name, it)) for name, it in sorted(block["attributes"].items())]
    nested = [part(3, _nested(name, it)) for name, it in sorted(block["blocks"].items())]
    return b"".join([*attributes, *nested])


def _attribute(name: str, of: Schema) -> bytes:
    flags = number(4, of["required"]) + number(5, of["optional"]) + number(6, of["computed"])
    return part(1, name) + part(2, json.dumps(of["type"])) + flags


def _nested(name: str, of: Schema) -> bytes:
    least_and_most = number(4, of["min"]) + number(5, of["max"])
    return part(1, name) + part(2, _block(of["block"])) + number(3, NESTING[of["nesting"]]) + least_and_most
