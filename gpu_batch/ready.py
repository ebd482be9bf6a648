"""Everything that a training needs, in memory and checked before the first step.

    ready = make_ready(order, on, scratch, teller)

Not a program; `train.py` goes on from here.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from transformers import PretrainedConfig, PreTrainedModel

from gpu_batch import methods, model
from gpu_batch.base import fetch
from gpu_batch.console import Teller
from gpu_batch.data import read_samples
from gpu_batch.engine import choose
from gpu_batch.methods import Desk, Held, Method, Rows
from gpu_batch.sight import Sight
from gpu_batch.text import ChatText, preview
from infra.ports import Cloud
from schemas.defaults import Known, filled
from schemas.errors import BadInput, Fault
from schemas.orders import TrainOrder
from schemas.results import Preview

PREVIEWS: Final = 5  # rows that the report shows with what is learned of them


class Ready(NamedTuple):
    """Everything that training needs, in memory and checked.

    `config` is as the base has it: the trainer writes into the one that the model holds. `dtype` is what is
    trained in, `own` the precision that a whole model is kept in; None where an adapter is trained. `added`
    are ids of tokens that the base has never seen.
    """

    desk: Desk
    method: Method
    base: PreTrainedModel
    config: PretrainedConfig
    dtype: torch.dtype
    own: torch.dtype | None
    added: list[int]
    rows: Rows
    held: Held
    previews: tuple[Preview, ...]


def make_ready(order: TrainOrder, on: Cloud, scratch: Path, teller: Teller) -> Ready:
    """Fetch, load and read. Raises BadInput for what cannot be trained on: up to twenty rows with their
    lines."""
    device, dataset = model.settle(), order.dataset
    known = Known(dataset.kind, dataset.counts.train, order.base.weights, dataset.images)
    options = filled(order.settings.recipe.training, known)
    if options.method is None:
        finding = "No method learns from rows of this kind."
        raise BadInput(Fault(place=dataset.source, finding=finding, next_step="Drop rows of another kind."))
    method = methods.of(options.method)
    teller.phase("fetching the base model", order.base.name)
    folder = fetch(order.base)
    chat = ChatText.from_folder(folder, order.base.name)
    sight = Sight.from_folder(folder, order.base.name, options.image_pixels) if dataset.images else None
    desk = Desk(order, options, on, scratch, teller, device, folder, chat, sight=sight, engine=choose(order))
    whole = options.finetuning == "full"
    own = model.own_dtype(folder) if whole else None
    # In bfloat16 a step of 2e-5 would be lost in the rounding; beside LoRA the base stays as it is.
    dtype = torch.float32 if whole else model.working_dtype(device)
    base = method.load(desk, dtype)
    added = model.make_room(base, chat)
    context = model.context_length(base)
    limits = [limit for limit in (options.max_length, context) if limit is not None]
    desk = desk._replace(limit=min(limits, default=None), context=context)
    teller.phase("reading the rows", f"{dataset.counts.train} of {dataset.source} to train on")
    samples = read_samples(on, dataset.train, scratch, kind=dataset.kind)
    rows = method.read(desk, samples)
    shown = _previews(desk, samples)
    at_most = order.evaluation.rows
    held = method.hold(desk, read_samples(on, dataset.test, scratch, at_most=at_most, kind=dataset.kind))
    for fault in held.left_out:
        teller.say(f"  left out of measuring: {fault}")
    return Ready(desk, method, base, copy.deepcopy(base.config), dtype, own, added, rows, held, shown)


def _previews(desk: Desk, samples: Sequence[Any]) -> tuple[Preview, ...]:
    """The first rows with what is learned of them; not of rows with images, whose text is not all of them,
    nor where the model learns from answers of its own."""
    if desk.sight is not None or desk.options.method == "grpo":
        return ()
    last_only = desk.options.sft.last_answer_only
    shown = (preview(desk.chat, one, source=desk.source, last_only=last_only) for one in samples[:PREVIEWS])
    return tuple(one for one in shown if one is not None)
