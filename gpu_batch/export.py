"""An adapter made into what a person asked for, and asked the same questions as before it was made.

    python -m gpu_batch --run RUN --stage export --attempt 1

`adapter` is there already. `merged` is one complete model folder: the base with the adapter added into its
weights, in the base's own precision. Both are loaded anew and asked the same held-out prompts: a merged model
that answers otherwise is not handed out. Not here: GGUF, quantizing, publishing.
"""

import shutil
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from peft import PeftModel

from gpu_batch import evaluate, model
from gpu_batch.base import fetch
from gpu_batch.console import Teller
from gpu_batch.data import read_samples
from gpu_batch.folders import download_folder, upload_folder
from gpu_batch.text import ChatText
from infra.ports import Cloud
from schemas import names
from schemas.errors import Fault
from schemas.orders import ExportOrder, ExportResult

ALLOWED_TO_DIFFER: Final = 0.1  # share of answers; rounding to bfloat16 may turn a close call
WRITTEN_BY_THE_MODEL: Final = ("config.json", "README.md")
KEPT_SUFFIXES: Final = (".json", ".jinja", ".model", ".txt")
KEPT_NAMES: Final = ("LICENSE", "NOTICE")


class Compared(NamedTuple):
    """How many prompts both were asked, how many they answered alike, how many the merged model got right."""

    prompts: int
    same: int
    right: int

    @property
    def differs(self) -> bool:
        """Whether more answers differ than rounding explains."""
        return self.prompts - self.same > ALLOWED_TO_DIFFER * self.prompts


def export(order: ExportOrder, attempt: int, on: Cloud, scratch: Path) -> ExportResult:
    """Do what the order says; what was made. All files of the result are in the outbox when this returns.

    A merged model that answers otherwise than base and adapter is told as a fault, with the numbers, and not
    uploaded. Raises BadInput and Unavailable as training does; a repeat makes it anew.
    """
    teller = Teller(on, order.run_id, "export")
    done = ExportResult(run_id=order.run_id, attempt=attempt)
    if "merged" not in order.formats:
        teller.phase("exported", "the adapter is all that was asked for")
        return done
    device = model.settle()
    teller.phase("fetching the base model and the adapter", order.base.name)
    folder = fetch(order.base)
    adapter = download_folder(on, order.adapter, scratch / "adapter")
    teller.phase("merging the adapter into the base model")
    merged = merge(folder, adapter, scratch / "merged", device)
    compared = _compare(order, folder, adapter, merged, on, scratch, device, teller)
    done = done.model_copy(
        update={
            "compared": compared.prompts,
            "same": compared.same,
            "exact_match": compared.right / compared.prompts if compared.prompts else None,
        }
    )
    if compared.differs:
        return done.model_copy(update={"faults": (_differs(compared),), "seconds": round(teller.seconds, 3)})
    prefix = names.weights(order.run_id, "export", attempt, "merged")
    teller.phase("uploading the merged model", prefix)
    size = upload_folder(on, merged, prefix)
    teller.say(f"  {size / 1e6:.1f} MB")
    return done.model_copy(update={"merged": prefix, "seconds": round(teller.seconds, 3)})


def merge(folder: Path, adapter: Path, target: Path, device: torch.device) -> Path:
    """Write the merged model into `target`: weights in the base's own precision, text files as the base's.

    Added in float32, rounded once. Raises BadInput for a base with quantized weights.
    """
    dtype = model.own_dtype(folder)
    both = PeftModel.from_pretrained(model.load_model(folder, torch.float32, device), adapter)
    one = both.merge_and_unload(safe_merge=True).to(dtype)
    one.save_pretrained(target)
    for file in folder.iterdir():
        kept = file.suffix in KEPT_SUFFIXES or file.name.startswith(KEPT_NAMES)
        ours = file.name in WRITTEN_BY_THE_MODEL or file.name.endswith(".index.json")
        if file.is_file() and kept and not ours and not file.name.startswith("."):
            shutil.copyfile(file, target / file.name)
    return target


def _compare(
    order: ExportOrder,
    folder: Path,
    adapter: Path,
    merged: Path,
    on: Cloud,
    scratch: Path,
    device: torch.device,
    teller: Teller,
) -> Compared:
    """Load both anew, one after the other (two would not fit), and ask both the same held-out prompts."""
    chat = ChatText.from_folder(merged, order.base.name)
    dtype = model.working_dtype(device)
    base = model.load_model(folder, dtype, device)
    held_out = read_samples(on, order.dataset.test, scratch, at_most=order.evaluation.rows)
    asked, _ = evaluate.choose(chat, held_out, model.context_length(base), order.dataset.source)
    teller.phase("asking the adapter and the merged model", f"{len(asked)} held-out rows")
    prompts = [one.prompt for one in asked]
    by_adapter = _ask(PeftModel.from_pretrained(base, adapter).eval(), chat, prompts, order)
    del base
    by_merged = _ask(model.load_model(merged, dtype, device), chat, prompts, order)
    same = sum(one == other for one, other in zip(by_adapter, by_merged, strict=True))
    right = sum(evaluate.is_right(chat, one.sample, text) for one, text in zip(asked, by_merged, strict=True))
    teller.say(f"  {same} of {len(asked)} answers alike; the merged model has {right} exactly right")
    return Compared(len(asked), same, right)


def _ask(asked_model: Any, chat: ChatText, prompts: list[list[int]], order: ExportOrder) -> list[str]:
    return evaluate.answer(asked_model, chat, prompts, order.evaluation.max_new_tokens)


def _differs(compared: Compared) -> Fault:
    other = compared.prompts - compared.same
    return Fault(
        place="export: merged",
        finding=f"The merged model answers {other} of {compared.prompts} held-out prompts otherwise than the "
        "adapter, so it is not handed out. The adapter is safe.",
        next_step="Use the adapter with its base model, or set export: adapter.",
    )
