"""The recipe's settings as TRL's and PEFT's own: every one is named, none left to a default of theirs.

Not a program; `train.py` calls it. TRL is given token ids and labels that are ready, so it neither renders,
masks nor cuts anything.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoTokenizer, PreTrainedModel, PrinterCallback, TrainerCallback, set_seed
from trl import SFTConfig, SFTTrainer

from gpu_batch.text import Labelled
from schemas.orders import BasePin
from schemas.training import TrainingOptions

# Parts that see or hear: rows are text, so nothing there would ever get a gradient.
OTHER_SENSES: Final = r".*(vision|audio|multi_modal_projector).*"


def make_trainer(
    base: PreTrainedModel,
    folder: Path,
    rows: Sequence[Labelled],
    config: SFTConfig,
    lora: LoraConfig | None,
    base_name: str,
    watchers: Sequence[TrainerCallback],
) -> SFTTrainer:
    """A trainer ready to start. `base` is changed: an adapter is made on it, from the seed; without `lora`
    all of it trains, but for what sees or hears."""
    set_seed(config.seed)  # before the adapter is made: its first values are random
    if lora is None:
        for name, parameter in base.named_parameters():
            parameter.requires_grad_(re.fullmatch(OTHER_SENSES, name) is None)
    ids = {"input_ids": [row.input_ids for row in rows], "labels": [row.labels for row in rows]}
    trainer = SFTTrainer(
        model=base,
        args=config,
        train_dataset=Dataset.from_dict(ids),
        processing_class=AutoTokenizer.from_pretrained(folder, local_files_only=True),
        peft_config=lora,
        callbacks=list(watchers),
    )
    trainer.remove_callback(PrinterCallback)  # it prints a dictionary a step
    if lora is not None:
        # PEFT wrote where the base lies on this machine; whoever takes the adapter elsewhere needs its name.
        for adapter in trainer.model.peft_config.values():
            adapter.base_model_name_or_path = base_name
    return trainer


def sft_config(
    options: TrainingOptions,
    longest: int,
    device: torch.device,
    scratch: Path,
    report_to: list[str],
    run_name: str,
) -> SFTConfig:
    """TRL's settings. `longest` is the longest row's length in tokens, the limit where none is given."""
    on_gpu = device.type == "cuda"
    return SFTConfig(
        output_dir=str(scratch / "trainer"),
        learning_rate=options.learning_rate,
        num_train_epochs=options.epochs,
        max_steps=options.max_steps or -1,
        per_device_train_batch_size=options.batch_size,
        gradient_accumulation_steps=options.gradient_accumulation,
        warmup_steps=options.warmup_steps,
        lr_scheduler_type=options.scheduler,
        weight_decay=options.weight_decay,
        max_length=options.max_length or longest,
        seed=options.seed,
        data_seed=options.seed,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},  # rows come with labels; nothing is to be cut
        save_strategy="no",
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,  # it would report a broken step as the last good one
        report_to=report_to,
        run_name=run_name,
        disable_tqdm=True,
        use_cpu=not on_gpu,
        bf16=on_gpu,
        gradient_checkpointing=on_gpu,
        dataloader_pin_memory=on_gpu,
    )


def lora_config(options: TrainingOptions, base: PreTrainedModel, pin: BasePin) -> LoraConfig:
    """The adapter: every linear layer of the language model, which is named as the order pins it."""
    senses = any(hasattr(base.config, name) for name in ("vision_config", "audio_config"))
    return LoraConfig(
        r=options.lora_rank,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.lora_dropout,
        target_modules="all-linear",
        exclude_modules=OTHER_SENSES if senses else None,
        bias="none",
        task_type="CAUSAL_LM",
        revision=pin.revision if pin.where == "hub" else None,
    )


def trainable_parameters(model: Any) -> int:
    """How many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
