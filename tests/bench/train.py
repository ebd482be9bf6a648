"""How fast our trainer is beside a bare TRL script: `make bench-train` prints medians of runs in turns.

    python -m tests.bench.train                       # 5 rounds of 60 steps each way, a few minutes
    python -m tests.bench.train --rounds 9 --steps 120

The same rows, model and arguments, LoRA on a CPU. The script is what a person would write: prompts and
completions, which TRL renders and masks. Ours has its labels, its clock, its metrics and its progress.
CPU-seconds are printed as well, since others may work on this machine; the last way also measures held-out
rows as it goes. Tokens and trained numbers show that all do the same.
"""

import argparse
import io
import os
import sys
import tempfile
import time
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from gpu_batch import model
from gpu_batch.clock import Clock
from gpu_batch.console import Teller
from gpu_batch.keeping import Keeper
from gpu_batch.progress import Watcher
from gpu_batch.ready import make_ready
from infra import ground
from infra.settings import Settings
from tests.gpu_batch.papers import TINY, dataset, tickets, train_order

LEAST = 0.98  # of the bare script's steps a second
SKIPPED = 5  # first steps, in which memory is laid out
ROWS, BATCH, SEED = 480, 8, 42


class Speed(NamedTuple):
    """Steps a second, by the clock and of CPU; what was learned from, so that nobody does less."""

    clock: float
    cpu: float
    tokens: float
    trainable: int


class Stopwatch(TrainerCallback):
    """Notes when the first steps were over, and the last."""

    def __init__(self) -> None:
        self.marks: list[tuple[int, float, float]] = []
        self.tokens = 0.0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Both clocks, twice."""
        if state.global_step in (SKIPPED, state.max_steps):
            self.marks.append((state.global_step, time.perf_counter(), time.process_time()))

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """TRL's count of tokens."""
        self.tokens = float((logs or {}).get("num_tokens", self.tokens))


def speed(trainer: Any, watch: Stopwatch) -> Speed:
    """Train, by the stopwatch."""
    learned = sum(one.numel() for one in trainer.model.parameters() if one.requires_grad)
    trainer.add_callback(watch)
    trainer.train()
    (first, start, cpu_start), (last, end, cpu_end) = watch.marks
    return Speed(
        (last - first) / (end - start), (last - first) / (cpu_end - cpu_start), watch.tokens, learned
    )


def bare(folder: Path, steps: int) -> Speed:
    """TRL as its documentation has it, with as many threads as ours."""
    torch.set_num_threads(model.threads_for(1_000_000, model.cores()))
    rows = [
        {
            "prompt": [{"role": "user", "content": row.prompt[0].content}],
            "completion": [{"role": "assistant", "content": row.answer}],
        }
        for row in tickets(0, ROWS)
    ]
    config = SFTConfig(
        output_dir=str(folder / "bare"),
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        learning_rate=2e-4,
        lr_scheduler_type="cosine",
        warmup_steps=0,
        max_length=512,
        seed=SEED,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        dataloader_pin_memory=False,
    )
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(TINY, dtype=torch.float32),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(TINY),
        peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    return speed(trainer, Stopwatch())


def jinko(folder: Path, steps: int, held_out: int = 0) -> Speed:
    """Our trainer with all that a job puts around it; no held-out rows, nothing measured on the way."""
    on = ground.cloud(Settings(home=folder / "home"))
    rows = dataset(on, tickets(0, ROWS), tickets(900, 900 + held_out), folder)
    training = {"max_steps": steps, "batch_size": BATCH, "warmup_steps": 0, "lora_rank": 16, "seed": SEED}
    training |= {"learning_rate": 2e-4, "scheduler": "cosine"}
    measuring = {"rows": held_out, "max_new_tokens": 32}
    order = train_order(on, rows, training=training, evaluation=measuring)
    teller, scratch = Teller(on, order.run_id, "train"), folder / "scratch"
    scratch.mkdir()
    ready = make_ready(order, on, scratch, teller)
    before = ready.method.measure(ready.desk, ready.base, ready.held, answers=False)
    keeper = Keeper(ready, before.score)
    watcher = Watcher(teller, scratch / "metrics.jsonl", lambda path: path, keeper)
    lora = model.lora_config(ready.desk.options, ready.base, order.base, ready.added)
    watchers = [Clock(on, order, 1), keeper, watcher]
    return speed(ready.method.trainer(ready.desk, ready.base, ready.rows, lora, watchers), Stopwatch())


WAYS = {
    "bare TRL": bare,
    "jinko": jinko,
    "jinko, measuring": partial(jinko, held_out=24),
}


def told(found: dict[str, list[Speed]]) -> int:
    """Print a line a way and the ratios; 1 if ours is slower than it may be by the clock and by CPU alike."""
    print(f"{'':20}{'steps/s':>9}{'/CPU-s':>9}{'tokens':>9}{'trained':>10}")
    medians = {
        name: Speed(*(median(each) for each in zip(*runs, strict=True))) for name, runs in found.items()
    }
    for name, one in medians.items():
        print(f"{name:20}{one.clock:9.2f}{one.cpu:9.2f}{one.tokens:9,.0f}{one.trainable:10,.0f}")
    script = medians.pop("bare TRL")
    for name, one in medians.items():
        print(
            f"  {name} ÷ bare TRL: {one.clock / script.clock:.3f}; by CPU-seconds {one.cpu / script.cpu:.3f}"
        )
    ours = medians["jinko"]
    return int(max(ours.clock / script.clock, ours.cpu / script.cpu) < LEAST)


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure training.")
    parser.add_argument("--rounds", type=int, default=5, help="of which the medians count")
    parser.add_argument("--steps", type=int, default=60)
    asked = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    found: dict[str, list[Speed]] = {name: [] for name in WAYS}
    with redirect_stdout(io.StringIO()):  # what jobs say
        for number in range(asked.rounds):  # they take turns: what else goes on here hits all of them
            for name in found if number % 2 else reversed(found):
                with tempfile.TemporaryDirectory(prefix="jinko-bench-") as folder:
                    found[name].append(WAYS[name](Path(folder), asked.steps))
    print(f"{asked.rounds} rounds of {asked.steps} steps of {BATCH} rows; at least {LEAST} of a bare script")
    return told(found)


if __name__ == "__main__":
    sys.exit(main())
