"""What a training left, made into what a person asked for, and asked the same questions as before.

    python -m gpu_batch --run RUN --stage export --attempt 1

`adapter` is there already. `merged` is one complete model folder. Of an adapter: the base with the adapter
added into its weights, in the base's own precision; both are loaded anew and asked the same held-out prompts.
Of full fine-tuning: the whole model that was kept, loaded anew and asked what it was asked right after
training. A model that answers otherwise is not handed out. Not here: GGUF, quantizing, publishing.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from peft import PeftModel

from gpu_batch import evaluate, model
from gpu_batch.base import fetch
from gpu_batch.console import Teller
from gpu_batch.data import read_samples
from gpu_batch.evaluate import Asked
from gpu_batch.folders import download_folder, upload_folder
from gpu_batch.text import ChatText
from infra.ports import Cloud
from schemas import names
from schemas.errors import Fault
from schemas.orders import ExportOrder
from schemas.results import ExportResult

ALLOWED_TO_DIFFER: Final = 0.1  # share of answers; rounding to bfloat16 may turn a close call


class Desk(NamedTuple):
    """Where an export works."""

    order: ExportOrder
    on: Cloud
    scratch: Path
    device: torch.device
    teller: Teller

    def held_out(self, chat: ChatText, limit: int | None, lines: set[int] | None = None) -> list[Asked]:
        """The held-out rows that can be asked; only those of some lines where these are given."""
        dataset, most = self.order.dataset, self.order.evaluation.rows
        rows = read_samples(self.on, dataset.test, self.scratch, at_most=most)
        wanted = [row for row in rows if lines is None or row.line in lines]
        return evaluate.choose(chat, wanted, limit, dataset.source)[0]

    def ask(self, asked_model: Any, chat: ChatText, asked: list[Asked]) -> list[str]:
        """A model's answers to these rows."""
        prompts = [one.prompt for one in asked]
        return evaluate.answer(asked_model, chat, prompts, self.order.evaluation.max_new_tokens)


class Made(NamedTuple):
    """A complete model folder, how many prompts it was asked, how many it answered alike, and right."""

    folder: Path
    prompts: int
    same: int
    right: int

    @property
    def differs(self) -> bool:
        """Whether more answers differ than rounding explains."""
        return self.prompts - self.same > ALLOWED_TO_DIFFER * self.prompts


def export(order: ExportOrder, attempt: int, on: Cloud, scratch: Path) -> ExportResult:
    """Do what the order says; what was made. All files of the result are in the outbox when this returns.

    A model that answers otherwise than what training left is told as a fault, with the numbers, and not
    uploaded. Raises BadInput and Unavailable as training does; a repeat makes it anew.
    """
    teller = Teller(on, order.run_id, "export")
    done = ExportResult(run_id=order.run_id, attempt=attempt)
    if "merged" not in order.formats:
        teller.phase("exported", "the trained weights are all that was asked for")
        return done
    desk = Desk(order, on, scratch, model.settle(), teller)
    made = _kept(desk, order.model) if order.model else _merged(desk, order.adapter or "")
    teller.say(f"  {made.same} of {made.prompts} answers alike, {made.right} exactly right")
    done = done.model_copy(
        update={
            "compared": made.prompts,
            "same": made.same,
            "exact_match": made.right / made.prompts if made.prompts else None,
        }
    )
    if made.differs:
        fault = _differs(made, order.model)
        return done.model_copy(update={"faults": (fault,), "seconds": round(teller.seconds, 3)})
    prefix = names.weights(order.run_id, "export", attempt, "merged")
    teller.phase("uploading the merged model", prefix)
    size = upload_folder(on, made.folder, prefix)
    teller.say(f"  {size / 1e6:.1f} MB")
    return done.model_copy(update={"merged": prefix, "seconds": round(teller.seconds, 3)})


# ---------------------------------------------------------------- of an adapter


def merge(folder: Path, adapter: Path, target: Path, device: torch.device) -> Path:
    """Write the merged model into `target`: weights in the base's own precision, text files as the base's.

    Added in float32, rounded once. Raises BadInput for a base with quantized weights.
    """
    dtype = model.own_dtype(folder)
    both = PeftModel.from_pretrained(model.load_model(folder, torch.float32, device), adapter)
    return model.save_whole(both.merge_and_unload(safe_merge=True).to(dtype), folder, target)


def _merged(desk: Desk, prefix: str) -> Made:
    """Base and adapter made one. Both are loaded, one after the other (two would not fit), and asked."""
    desk.teller.phase("fetching the base model and the adapter", desk.order.base.name)
    folder = fetch(desk.order.base)
    adapter = download_folder(desk.on, prefix, desk.scratch / "adapter")
    desk.teller.phase("merging the adapter into the base model")
    # On the CPU: in float32 it takes twice the memory that the accelerator was chosen for.
    merged = merge(folder, adapter, desk.scratch / "merged", torch.device("cpu"))
    chat = ChatText.from_folder(merged, desk.order.base.name)
    dtype = model.working_dtype(desk.device)
    base = model.load_model(folder, dtype, desk.device)
    asked = desk.held_out(chat, model.context_length(base))
    desk.teller.phase("asking the adapter and the merged model", f"{len(asked)} held-out rows")
    by_adapter = desk.ask(PeftModel.from_pretrained(base, adapter).eval(), chat, asked)
    del base
    return _compared(desk, merged, model.load_model(merged, dtype, desk.device), chat, asked, by_adapter)


# ---------------------------------------------------------------- of full fine-tuning


def _kept(desk: Desk, prefix: str) -> Made:
    """The whole model, as it was kept. It has to give the answers that the training's result holds."""
    desk.teller.phase("fetching the trained model", prefix)
    folder = download_folder(desk.on, prefix, desk.scratch / "merged")
    chat = ChatText.from_folder(folder, desk.order.base.name)
    whole = model.load_model(folder, model.working_dtype(desk.device), desk.device)
    given = {one.line: one.after for one in desk.order.answers}
    asked = desk.held_out(chat, model.context_length(whole), set(given))
    desk.teller.phase("asking the trained model again", f"{len(asked)} held-out rows")
    return _compared(desk, folder, whole, chat, asked, [given[one.sample.line] for one in asked])


# ---------------------------------------------------------------- of both


def _compared(
    desk: Desk, folder: Path, whole: Any, chat: ChatText, asked: list[Asked], expected: list[str]
) -> Made:
    answers = desk.ask(whole, chat, asked)
    same = sum(one == other for one, other in zip(expected, answers, strict=True))
    right = sum(evaluate.is_right(chat, one.sample, text) for one, text in zip(asked, answers, strict=True))
    return Made(folder, len(asked), same, right)


def _differs(made: Made, whole: str | None) -> Fault:
    other = f"answers {made.prompts - made.same} of {made.prompts} held-out prompts otherwise than"
    if whole:
        finding = f"The trained model, loaded anew, {other} right after training, so it is not handed out."
        next_step = f"Drop the file again to train anew. What was kept lies under {whole}."
    else:
        finding = f"The merged model {other} the adapter, so it is not handed out. The adapter is safe."
        next_step = "Use the adapter with its base model, or set export: adapter."
    return Fault(place="export: merged", finding=finding, next_step=next_step)
