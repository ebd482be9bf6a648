"""Which package an import asks for, and what a lock installs."""

import re
import sys

from tests.house.tree import read

# Where an import's name is not its package's.
PACKAGE_OF = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "grpc": "grpcio",
    "odf": "odfpy",
    "yaml": "pyyaml",
}
GOOGLES = {
    "google.api_core": "google-api-core",
    "google.auth": "google-auth",
    "google.oauth2": "google-auth",
    "google.protobuf": "protobuf",
    "google.pubsub_v1": "google-cloud-pubsub",
    "google.rpc": "googleapis-common-protos",
}
# For `python -c`: imports modules, and names that others import from them. The folder comes first.
IMPORTER = """
import importlib, sys
folder, *names = sys.argv[1:]
sys.path.insert(0, folder)
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        module, _, thing = name.rpartition(".")
        if error.name != name or not module or not hasattr(importlib.import_module(module), thing):
            raise
"""


def normal(package: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def packages(imported):
    """The packages that dotted imports need; the standard library left out."""
    return {package for name in imported if (package := package_of(name))}


def package_of(name):
    first, *rest = name.split(".")
    if first in sys.stdlib_module_names:
        return None
    if first != "google":
        return normal(PACKAGE_OF.get(first, first))
    if rest[:1] == ["cloud"]:
        return f"google-cloud-{rest[1].removesuffix('_v1')}" if len(rest) > 1 else None
    return GOOGLES[".".join([first, *rest[:1]])] if rest else None


def locked(name):
    """{package: version} of a lock, the lines for other systems too."""
    lines = (line.partition("#")[0].partition(";")[0].strip() for line in read(name).splitlines())
    return dict(normal_pin(line) for line in lines if line)


def normal_pin(pin):
    package, _, version = pin.partition("==")
    return normal(package), version
