"""The recipe's settings as TRL's own, as far as all methods share them: every one is named, none left to TRL.

Not a program. Batches are chosen here, from the rows' own lengths.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from peft import LoraConfig
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, set_seed

from gpu_batch import model
from gpu_batch.methods.desk import Desk, Rows
from schemas.defaults import TOKENS_A_BATCH, rows_a_step
from schemas.training import TrainingOptions

# The rate stays after the warmup; transformers' plain `constant` would pass over the warmup silently.
SCHEDULERS = {"constant": "constant_with_warmup"}


class Batches(NamedTuple):
    """Rows in memory at once, and how many such batches one step gathers."""

    size: int
    gathered: int


def batches(options: TrainingOptions, rows: Rows, least: int = 1) -> Batches:
    """As the recipe says; else so many rows a step as suit the method, in batches of `TOKENS_A_BATCH` tokens.

    Packed rows count as the rows they are made of. At least `least` are in a batch.
    """
    assert options.method is not None
    wanted = min(rows_a_step(options.method, rows.count), rows.count)
    wanted = max(1, round(wanted * len(rows.lengths) / rows.count))
    size = options.batch_size or max(least, min(TOKENS_A_BATCH // max(1, rows.longest), wanted))
    chosen = 1 if options.batch_size else max(1, round(wanted / size))
    return Batches(size, options.gradient_accumulation or chosen)


def warmup(options: TrainingOptions, rows: Rows, shared: Batches) -> float:
    """The warmup as a number of steps: a share of them is rounded down.

    transformers rounds up, and its first step of a warmup has a rate of 0: of a single step nothing would be
    learned. GRPO counts its steps otherwise and keeps the share.
    """
    given = options.warmup_steps or 0.0
    if given >= 1 or options.method == "grpo":
        return given
    an_epoch = math.ceil(math.ceil(len(rows.lengths) / shared.size) / shared.gathered)
    return int(given * (options.max_steps or an_epoch * (options.epochs or 1)))


def common(desk: Desk, rows: Rows, shared: Batches) -> dict[str, Any]:
    """What every trainer of TRL is told."""
    options, recipe = desk.options, desk.order.settings.recipe
    on_gpu = desk.device.type == "cuda"
    scheduler = options.scheduler or "cosine"
    return {
        "output_dir": str(desk.scratch / "trainer"),
        "learning_rate": options.learning_rate,
        "num_train_epochs": options.epochs,
        "max_steps": options.max_steps or -1,
        "per_device_train_batch_size": shared.size,
        "gradient_accumulation_steps": shared.gathered,
        "warmup_steps": warmup(options, rows, shared),
        "lr_scheduler_type": SCHEDULERS.get(scheduler, scheduler),
        "weight_decay": options.weight_decay,
        "max_grad_norm": options.max_grad_norm,
        "seed": options.seed,
        "data_seed": options.seed,
        "save_strategy": "no",
        "logging_strategy": "steps",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,  # it would report a broken step as the last good one
        "report_to": ["wandb"] if recipe.wandb_project else [],
        "run_name": desk.order.drop_name,
        "disable_tqdm": True,
        "use_cpu": not on_gpu,
        "bf16": on_gpu,
        "gradient_checkpointing": on_gpu,
        "dataloader_pin_memory": on_gpu,
    }


def tokenizer(desk: Desk) -> PreTrainedTokenizerBase:
    """What TRL wants of a tokenizer, which is to say which token fills batches: never one that ends an
    answer."""
    made = AutoTokenizer.from_pretrained(desk.folder, local_files_only=True)
    made.pad_token = desk.chat.tokenizer.id_to_token(desk.chat.pad_id)
    return made


def before(desk: Desk, base: PreTrainedModel, lora: LoraConfig | None) -> None:
    """Right before a trainer is made: an adapter's first values are random, and eyes learn nothing."""
    set_seed(desk.options.seed)
    if lora is None:
        model.freeze_senses(base)


def after(desk: Desk, trainer: Any) -> Any:
    """Right after: no dictionary printed a step, and an adapter that names its base, not this machine's
    folder."""
    trainer.remove_callback(PrinterCallback)
    pin = desk.order.base
    for adapter in getattr(trainer.model, "peft_config", {}).values():
        adapter.base_model_name_or_path = pin.location if pin.where == "hub" else pin.name
    return trainer


def trainable(trained: Any) -> int:
    """How many numbers training may change."""
    return sum(parameter.numel() for parameter in trained.parameters() if parameter.requires_grad)


def columns(rows: Sequence[Any], *names: str) -> dict[str, list[Any]]:
    """Some fields of named tuples, as a dataset's columns."""
    return {name: [getattr(row, name) for row in rows] for name in names}
