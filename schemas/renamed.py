"""What settings are called elsewhere: in TRL, transformers, Axolotl, LLaMA-Factory, Unsloth, OpenAI's API.

A name of theirs is taken for ours, and the table of settings says so (`recipe, as lora_r`). Only where both
mean the same; what means something else is no setting, and the nearest is suggested.
"""

from collections.abc import Mapping
from typing import Final

RENAMED: Final[Mapping[str, str]] = {
    "model": "base_model",
    "model_name": "base_model",
    "model_name_or_path": "base_model",
    "training.n_epochs": "training.epochs",
    "training.num_epochs": "training.epochs",
    "training.num_train_epochs": "training.epochs",
    "training.lr": "training.learning_rate",
    "training.micro_batch_size": "training.batch_size",
    "training.per_device_train_batch_size": "training.batch_size",
    "training.train_batch_size": "training.batch_size",
    "training.gradient_accumulation_steps": "training.gradient_accumulation",
    "training.warmup_ratio": "training.warmup_steps",
    "training.lr_scheduler": "training.scheduler",
    "training.lr_scheduler_type": "training.scheduler",
    "training.max_seq_length": "training.max_length",
    "training.max_seq_len": "training.max_length",
    "training.sequence_len": "training.max_length",
    "training.cutoff_len": "training.max_length",
    "training.block_size": "training.max_length",
    "training.sample_packing": "training.packing",
    "training.early_stopping_patience": "training.early_stopping",
    "training.gradient_clipping": "training.max_grad_norm",
    "training.r": "training.lora_rank",
    "training.lora_r": "training.lora_rank",
    "training.rank": "training.lora_rank",
    "training.adapter": "training.finetuning",
    "training.finetuning_type": "training.finetuning",
    "training.finetuning_method": "training.finetuning",
    "training.rl": "training.method",
    "training.trainer": "training.method",
    "training.stage": "training.method",
    "training.data_seed": "training.seed",
    "training.random_seed": "training.seed",
    "training.random_state": "training.seed",
    "training.num_generations": "training.grpo.generations",
    "training.max_completion_length": "training.grpo.max_new_tokens",
    "training.desirable_weight": "training.kto.good_weight",
    "training.undesirable_weight": "training.kto.bad_weight",
    "training.center_rewards_coefficient": "training.reward.centre",
    "training.reward.center": "training.reward.centre",
    "training.dpo.loss_type": "training.dpo.losses",
    "training.dpo.loss": "training.dpo.losses",
    "training.kto.loss_type": "training.kto.loss",
    "training.grpo.loss_type": "training.grpo.loss",
    "training.grpo.num_generations": "training.grpo.generations",
    "training.grpo.max_completion_length": "training.grpo.max_new_tokens",
    "training.grpo.num_iterations": "training.grpo.iterations",
    "training.grpo.importance_sampling_level": "training.grpo.ratio",
    "training.grpo.mask_truncated_completions": "training.grpo.leave_out_cut",
    "training.kto.desirable_weight": "training.kto.good_weight",
    "training.kto.undesirable_weight": "training.kto.bad_weight",
}

VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "training.method": {
        "cpt": "pretrain",
        "pt": "pretrain",
        "supervised": "sft",
        "rm": "reward",
        "reward_model": "reward",
    },
    "training.scheduler": {"constant_with_warmup": "constant"},
    "training.packing": {"yes": "true", "no": "false"},
}
"""Values by another name; `training.method: rm` is `reward`."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "assistant_only_loss": "Leave it out: only answers are learned, always.",
    "completion_only_loss": "Leave it out: only answers are learned, always.",
    "train_on_inputs": "Leave it out: only answers are learned, always.",
    "bf16": "Leave it out: the machine's own precision is used.",
    "fp16": "Leave it out: the machine's own precision is used.",
    "eval_steps": "Leave it out: held-out rows are measured up to ten times on the way.",
    "gradient_checkpointing": "Leave it out: it is on where a GPU trains.",
    "load_in_4bit": "Set training.finetuning: qlora, which holds the base in 4 bits.",
    "load_in_8bit": "Set training.finetuning: qlora, which holds the base in 4 bits.",
    "logging_steps": "Leave it out: every step is logged.",
    "lora_target_modules": "Leave it out: every linear layer of the language model is learned.",
    "target_modules": "Leave it out: every linear layer of the language model is learned.",
    "loss_type": "Set training.dpo.losses, training.kto.loss or training.grpo.loss.",
    "max_prompt_length": "Leave it out: no prompt is cut. training.max_length bounds whole rows.",
    "optim": "Leave it out: AdamW is used.",
    "optimizer": "Leave it out: AdamW is used.",
    "reward_funcs": "Set training.graders: they grade answers.",
    "report_to": "Set wandb_project, or leave it out.",
    "save_steps": "Leave it out: the best step of a training is kept.",
}
"""What is no setting here, and what to do instead: by the last part of its name."""
_WORDS: Final = frozenset(("training.method", "training.finetuning", "training.scheduler"))  # in any case


def ours(key: str, known: frozenset[str]) -> str:
    """Our name for a setting; the same where it is ours already, or nobody's.

    Names that stand in no section elsewhere may stand in none here either: `lora_r`, `training.lora_r`.
    """
    if key in known:
        return key
    return RENAMED.get(key) or RENAMED.get(f"training.{key}") or key


def value(key: str, given: object) -> object:
    """A setting's value as we call it."""
    if not isinstance(given, str):
        return given
    plain = given.strip().lower()
    return VALUES.get(key, {}).get(plain, plain if key in _WORDS else given)
