"""Which llama.cpp it is, and where it lies. The standard library alone: it is read before anything is
installed.
"""

import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

VERSION: Final = "v0.5.0"  # of llama.cpp, as the release below carries it; library.py has its structures
SAYS: Final = "0.5.0-dev"  # what its library calls itself


class Package(NamedTuple):
    """A package of npm, with the digest that npm writes into lock files."""

    name: str
    integrity: str


RELEASE: Final = "3.22.1"
SOURCE: Final = Package(
    "node-llama-cpp",
    "sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==",
)
# The machines that the release has a library for, by system and processor.
BUILDS: Final[Mapping[tuple[str, str], Package]] = {
    ("Linux", "x86_64"): Package(
        "@node-llama-cpp/linux-x64",
        "sha512-5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==",
    ),
    ("Linux", "aarch64"): Package(
        "@node-llama-cpp/linux-arm64",
        "sha512-W+7naKCXX9/eEjjFmRS8vvx91QyLXDbeFxexZc3bh/PtQABZgmRL3C0AtYYXn4YGTj/3Qor4lWZn2tpjZFPLdQ==",
    ),
}
FOLDER: Final = Path(sys.prefix) / "llama.cpp"
"""Where it is installed: beside the Python that asks."""


def build() -> Package | None:
    """The library's package for this machine; None if the release has none."""
    return BUILDS.get((platform.system(), platform.machine()))


def library(folder: Path = FOLDER) -> Path:
    """The folder of shared libraries."""
    return folder / "lib"


def converter(folder: Path = FOLDER) -> Path:
    """llama.cpp's own converter, a program."""
    return folder / "convert_hf_to_gguf.py"


def missing(folder: Path = FOLDER) -> str:
    """What is missing of it, in one line that names the command; empty if nothing is."""
    if build() is None:
        return f"llama.cpp is not to be had for {platform.system()} on {platform.machine()}: use Linux"
    stamp = folder / "version"
    if stamp.is_file() and stamp.read_text() == f"{VERSION}\n":
        return ""
    return f"llama.cpp {VERSION} is not installed: make llama (or: python -m gpu_batch.llama.install)"
