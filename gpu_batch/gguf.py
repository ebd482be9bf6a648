"""The merged model as GGUF files for Ollama and llama.cpp, each asked in a real llama.cpp before it is kept.

    python -m gpu_batch --run RUN --stage gguf --attempt 1 --order KEY

llama.cpp's own converter makes one file of 16-bit floats, its own quantizer the others of that one. The
16-bit file is compared with the merged model, the others with the 16-bit file (`proof.py`). What does not
pass is not uploaded; where others pass, the result says which did not. Needs no GPU, and memory for one file
at a time.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpu_batch.console import Teller
from gpu_batch.exam import Exam, examined, first_exam, next_exam
from gpu_batch.folders import download_folder, upload_folder
from gpu_batch.llama import pinned
from gpu_batch.llama.convert import convert, must_be_installed, quantize
from gpu_batch.llama.questions import Asked
from gpu_batch.modelfile import modelfile
from gpu_batch.text import ChatText
from infra.ports import Cloud
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.exports import Quantization, gguf_file
from schemas.orders import GgufOrder
from schemas.results import GgufResult, Quantized

KEPT_BESIDE: Final = ("chat_template.jinja", "generation_config.json", "LICENSE")


class Desk(NamedTuple):
    """Where the work is done."""

    order: GgufOrder
    on: Cloud
    scratch: Path
    teller: Teller
    prefix: str


def gguf(order: GgufOrder, attempt: int, on: Cloud, scratch: Path) -> GgufResult:
    """Do what the order says; what was made. All files of the result are in the outbox when this returns.

    Raises BadInput where llama.cpp is not installed, or refuses the model; Unavailable as training does. A
    repeat makes everything anew, under its own attempt.
    """
    must_be_installed(order.run_id)
    prefix = names.weights(order.run_id, "gguf", attempt, "gguf")
    desk = Desk(order, on, scratch, Teller(on, order.run_id, "gguf"), prefix)
    desk.teller.phase("fetching the merged model", order.merged)
    folder = download_folder(on, order.merged, scratch / "merged")
    exam = first_exam(order, on, scratch, folder)
    desk.teller.phase("converting to GGUF", f"llama.cpp {pinned.VERSION}")
    made = scratch / "gguf"
    made.mkdir()
    exact = convert(folder, made / gguf_file("f16"), scratch)
    beside = _kept_beside(folder)
    for weights in folder.glob("*.safetensors"):  # fetched for this alone; a disk holds so much
        weights.unlink()
    first, told, faults = _asked(desk, "f16", exact, exam)
    done = GgufResult(run_id=order.run_id, attempt=attempt, llama_cpp=pinned.VERSION)
    if faults:
        return done.model_copy(update={"faults": tuple(faults), "seconds": desk.teller.seconds})
    files, refused = _all(desk, exact, first, next_exam(exam, told, first.proof))
    if not files:
        return done.model_copy(update={"faults": tuple(refused), "seconds": desk.teller.seconds})
    _write_beside(desk, made, files, exam.chat, beside)
    return done.model_copy(
        update={
            "folder": prefix,
            "files": tuple(files),
            "refused": tuple(refused),
            "seconds": round(desk.teller.seconds, 3),
        }
    )


def _all(desk: Desk, exact: Path, first: Quantized, exam: Exam) -> tuple[list[Quantized], list[Fault]]:
    """Every quantization that was asked for, one after the other: made, asked, sent, and removed here."""
    files: list[Quantized] = []
    refused: list[Fault] = []
    for quantization in desk.order.quantizations:
        if quantization == "f16":
            files.append(_sent(desk, first, exact))
            continue
        target = exact.with_name(gguf_file(quantization))
        try:
            refused += _quantized(desk, quantization, exact, target, exam, files)
        except BadInput as error:  # in llama.cpp's own words; the other formats may go well
            refused += error.faults
        target.unlink(missing_ok=True)
    return files, refused


def _quantized(
    desk: Desk,
    quantization: Quantization,
    exact: Path,
    target: Path,
    exam: Exam,
    files: list[Quantized],
) -> list[Fault]:
    """Make one file, ask it, and send it unless there is something against it; what that is."""
    desk.teller.phase(f"quantizing to {quantization}")
    quantize(exact, target, quantization)
    file, _, faults = _asked(desk, quantization, target, exam)
    if not faults:
        files.append(_sent(desk, file, target))
    return faults


def _asked(
    desk: Desk, quantization: Quantization, path: Path, exam: Exam
) -> tuple[Quantized, Asked, list[Fault]]:
    desk.teller.phase(f"asking {path.name} in llama.cpp", f"{len(exam.questions)} prompts")
    file, told, faults = examined(desk.order, quantization, path, exam, desk.prefix)
    if found := file.proof:
        tokens = f"{found.alike} of {found.choices} tokens alike"
        desk.teller.say(f"  {tokens}, {found.same} of {found.compared} answers")
    return file, told, faults


def _sent(desk: Desk, file: Quantized, path: Path) -> Quantized:
    desk.teller.phase(f"uploading {path.name}", f"{file.size / 1e6:.1f} MB")
    desk.on.store.upload(desk.on.outbox, file.path, path)
    return file


# ---------------------------------------------------------------- beside the files


def _kept_beside(folder: Path) -> list[Path]:
    return [folder / name for name in KEPT_BESIDE if (folder / name).is_file()]


def _write_beside(
    desk: Desk, made: Path, files: Sequence[Quantized], chat: ChatText, beside: Sequence[Path]
) -> None:
    """Modelfile, chat template and generation settings, for whoever takes the folder."""
    folder = made / "beside"
    folder.mkdir()
    sampling: dict[str, Any] = {}
    for file in beside:
        shutil.copyfile(file, folder / file.name)
        if file.name == "generation_config.json":
            sampling = json.loads(file.read_bytes())
    (folder / "Modelfile").write_text(
        modelfile([Path(one.path) for one in files], chat, sampling), encoding="utf-8"
    )
    upload_folder(desk.on, folder, desk.prefix)
