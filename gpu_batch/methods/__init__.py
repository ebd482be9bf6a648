"""The methods of training, one module each, all with the same five functions (`desk.Method`).

    method = methods.of("dpo")

Each takes rows that `gpu_batch.text` made ready and gives TRL token ids: TRL neither renders, masks nor cuts
anything. Which method suits which rows is said in `schemas.methods`.
"""

from typing import assert_never

from gpu_batch.methods.desk import Desk, Held, Method, Rows
from schemas import methods as known

__all__ = ["Desk", "Held", "Method", "Rows", "of"]


def of(method: known.Method) -> Method:
    """The module of a method, imported now: each brings its own part of TRL."""
    if method == "sft":
        from gpu_batch.methods import sft as module
    elif method == "pretrain":
        from gpu_batch.methods import pretrain as module
    elif method == "dpo":
        from gpu_batch.methods import dpo as module
    elif method == "orpo":
        from gpu_batch.methods import orpo as module
    elif method == "kto":
        from gpu_batch.methods import kto as module
    elif method == "grpo":
        from gpu_batch.methods import grpo as module
    elif method == "reward":
        from gpu_batch.methods import reward as module
    else:
        assert_never(method)
    return module
