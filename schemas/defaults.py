"""What is chosen where nobody says anything: by the method, the rows, and the size of the base.

    filled(options, Known(kind="preference", rows=4000, weights=8e9))

Every choice has its source beside it; those without one are ours and say so. All can be overridden. Chosen
later, on the machine, because they follow from the rows' own lengths: `max_length` (the longest row, so that
no answer is cut), `batch_size` and `gradient_accumulation` (`rows_a_step` rows in batches of
`TOKENS_A_BATCH`).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.methods import FITS, Method
from schemas.samples import Kind
from schemas.training import TrainingOptions

TOKENS_A_BATCH: Final = 4096
"""What one pass through the model takes at most, unless a single row is longer: what `plan.py` reckons
with."""

FULL_RATES: Final[Mapping[Method, float]] = {
    "sft": 2e-5,
    "pretrain": 2e-5,
    "dpo": 5e-7,
    "orpo": 8e-6,
    "kto": 5e-7,
    "grpo": 1e-6,
    "reward": 1e-5,
}
"""Peak learning rates of the whole model. sft, dpo, kto: as TRL's own scripts are called (`trl sft`, …).
grpo: TRL's default. pretrain: as sft, whose loss it is. orpo: its paper's (Hong et al. 2024). reward: a
tenth of TRL's default, which is an adapter's."""

LORA_FACTOR: Final = 10
"""An adapter wants ten times the rate of the whole model, for supervised and for reinforcement learning alike
(Schulman et al., "LoRA Without Regret", 2025; TRL's guide of that name)."""

LARGE: Final = 20e9
"""From so many weights on, adapters take half that rate: 1e-4 for 33 and 65 billion, 2e-4 for 7 and 13
(Dettmers et al., QLoRA, 2023, table 9)."""

RANKS: Final[Mapping[Method, int]] = {"pretrain": 64}
"""16 is PEFT's and TRL's usual; new knowledge needs more (Biderman et al., "LoRA Learns Less and Forgets
Less", 2024: ranks of 64 and 256 come near to full training there, 16 does not)."""
USUAL_RANK: Final = 16

_EPOCHS: Final[Mapping[Method, tuple[tuple[int, float], ...]]] = {
    "sft": ((200, 10), (1_000, 5), (100_000, 3)),
    "pretrain": ((1_000, 4),),
    "dpo": ((1_000, 3), (10_000, 2)),
    "orpo": ((10_000, 3),),
    "kto": ((1_000, 3), (10_000, 2)),
    "grpo": ((200, 10), (1_000, 4), (5_000, 2)),
    "reward": ((1_000, 2),),
}
"""Up to so many rows, so many epochs; one above the last step (sft: two).

sft: 15 epochs on 1,000 rows (Zhou et al., LIMA, 2023), 3 on 52,000 (Alpaca), 2 on 939,000 (Tülu 3).
pretrain: up to 4 epochs are nearly as good as new text (Muennighoff et al. 2023). dpo: 1 to 3 (Zephyr, Tülu
3). orpo: 3 on 7,000 (the alignment handbook). reward: one, since more overfits (Ouyang et al. 2022; Llama
2). kto and grpo, and what is below 1,000 rows, are choices of ours: enough steps for something to be learned
at all."""

_ROWS_A_STEP: Final[Mapping[Method, tuple[int, int]]] = {
    "sft": (8, 32),
    "pretrain": (8, 32),
    "dpo": (8, 32),
    "orpo": (8, 32),
    "kto": (16, 32),
    "grpo": (64, 64),
    "reward": (8, 64),
}
"""Rows that one step learns from: with few rows, and with 10,000 or more (16 between 1,000 and 10,000).

Adapters suffer from batches above 32 ("LoRA Without Regret"). kto: 16 at least, since good and bad answers
are to meet in every batch (its paper: 8 to 128). reward: 64 (Ouyang et al. 2022). grpo: answers, not prompts
(8 to each of 8 prompts); a choice of ours."""

_WARMUP: Final[Mapping[Method, float]] = {"sft": 0.03, "pretrain": 0.03, "reward": 0.03, "grpo": 0.0}
"""Share of the steps. 3%: Alpaca and QLoRA. None: TRL's GRPO. Preferences 10%: Zephyr, Tülu 3, TRL's script
for KTO."""
PREFERENCES_WARMUP: Final = 0.1

PATIENCE: Final = 3
"""Measurings without a better one, of ten at most, before a training stops: PyTorch Lightning's default. In
grpo never: rewards may stay where they are for long before they rise."""


class Known(NamedTuple):
    """What is known of a run's rows and base before it is ordered. `weights` 0: how many, nobody knows."""

    kind: Kind
    rows: int
    weights: float = 0.0
    images: bool = False


def method_of(options: TrainingOptions, kind: Kind) -> Method | None:
    """The method: as named, or what suits these rows. None where nothing can be learned from them."""
    fitting = FITS[kind]
    return options.method or (fitting[0] if fitting else None)


def rows_a_step(method: Method, rows: int) -> int:
    """How many rows one step of the optimizer learns from, where nobody says."""
    few, many = _ROWS_A_STEP[method]
    return few if rows < 1_000 else many if rows >= 10_000 else min(max(few, 16), many)


def learning_rate(method: Method, finetuning: str, weights: float) -> float:
    """The peak learning rate, where nobody says."""
    whole = FULL_RATES[method]
    if finetuning == "full":
        return whole
    rate = whole * LORA_FACTOR
    return float(f"{rate / 2 if weights >= LARGE else rate:.3g}")


def epochs(method: Method, rows: int) -> float:
    """Passes over so many rows, where nobody says."""
    often = next((often for most, often in _EPOCHS[method] if rows <= most), None)
    return often if often is not None else (2.0 if method == "sft" else 1.0)


def filled(options: TrainingOptions, known: Known) -> TrainingOptions:
    """The options with everything chosen that can be before the rows' lengths are known.

    Twice is once. Rows that nothing can be learned from leave the method open, and everything else.
    """
    method = method_of(options, known.kind)
    if method is None:
        return options
    rank = options.lora_rank or RANKS.get(method, USUAL_RANK)
    chosen = {
        "method": method,
        "lora_rank": rank,
        "lora_alpha": 2 * rank,  # as TRL's ModelConfig and PEFT's guides have it
        "learning_rate": learning_rate(method, options.finetuning, known.weights),
        "epochs": epochs(method, known.rows),
        "warmup_steps": _WARMUP.get(method, PREFERENCES_WARMUP),
        "scheduler": "constant"
        if method == "grpo"
        else "cosine",  # DeepSeekMath keeps its rate; QLoRA, Zephyr
        "early_stopping": 0 if method == "grpo" else PATIENCE,
        "packing": method == "pretrain" if method in ("sft", "pretrain") else None,
    }
    missing = {name: value for name, value in chosen.items() if getattr(options, name) is None}
    return options.model_copy(update=missing)
