"""A model folder as GGUF: llama.cpp's own converter, then its own quantizer, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

from gpu_batch.llama import pinned
from gpu_batch.llama.pieces import write_pieces
from gpu_batch.llama.questions import refused
from schemas.errors import BadInput, Fault
from schemas.exports import Quantization


def must_be_installed(run: str, folder: Path = pinned.FOLDER) -> None:
    """Raises BadInput, with the command that installs it, where llama.cpp is not."""
    if lacks := pinned.missing(folder):
        step = f"Then: jinko retry {run}. The trained weights and the merged model are safe."
        raise BadInput(Fault(place="export: gguf", finding=f"{lacks}.", next_step=step))


def convert(folder: Path, target: Path, scratch: Path) -> Path:
    """Write `target`, the model of the folder in 16-bit floats. Tensor after tensor: memory holds one.

    Raises BadInput with the converter's own words. The folder stays as it is: what the converter needs beside
    it is written into a folder of links in `scratch`.
    """
    seen = scratch / "to-convert"
    seen.mkdir()
    for file in folder.iterdir():
        (seen / file.name).symlink_to(file.resolve())
    write_pieces(seen)
    command = [
        sys.executable,
        str(pinned.converter()),
        str(seen),
        "--outtype",
        "f16",
        "--outfile",
        str(target),
    ]
    _run(command, target, "llama.cpp's converter refuses this model")
    return target


def quantize(source: Path, target: Path, quantization: Quantization) -> Path:
    """Write `target`, the quantized form of a 16-bit GGUF file. Raises BadInput with llama.cpp's own
    words.
    """
    command = [sys.executable, "-m", "gpu_batch.llama.quantize", str(source), str(target), quantization]
    _run(command, target, f"llama.cpp cannot quantize this model to {quantization}")
    return target


def _run(command: list[str], target: Path, failure: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode or not target.is_file():
        raise refused(target.name, failure, done.stderr, done.returncode)
