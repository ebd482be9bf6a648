"""The machine that a model works on: its device, its precision, its threads, and libraries that keep quiet.

Not a program.
"""

import logging
import os
import warnings
from typing import Final

import datasets
import torch
import transformers

SMALL: Final = 50_000_000  # parameters; under this, threads would wait for one another more than they work


def settle() -> torch.device:
    """Make the libraries quiet and choose the device: a GPU if there is one."""
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    for noisy in ("trl", "peft", "accelerate"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


def threads_for(parameters: int, cores: int) -> int:
    """How many threads a CPU should work with: half of its cores, since others use them too.

    One for a small model or on two cores, where a second thread made the tiny base many times slower.
    """
    return 1 if cores <= 2 or parameters < SMALL else cores // 2


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def working_dtype(device: torch.device) -> torch.dtype:
    """The precision to train and to answer in: bfloat16 on a GPU, float32 on a CPU."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32
