"""The best weights of a training so far, put aside while it goes on.

    best = Best(ready)
    best.take(model)        # in place of those that were taken before
    best.give_back(model)

An adapter's are kept in memory, a whole model's on the scratch disk, in the precision that they are going
to be kept in. Not a program; which are the best is `keeping.py`'s.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file


class Best:
    """Room for one set of trained weights. `own`: a whole model's precision; None for an adapter."""

    def __init__(self, own: torch.dtype | None, path: Path) -> None:
        self._own, self._path = own, path
        self._kept: dict[str, torch.Tensor] = {}

    def take(self, trained: Any) -> None:
        """Put the weights that training changes aside, as they are now."""
        learned = {
            name: one.detach().to("cpu", self._own or one.dtype, copy=True).contiguous()
            for name, one in trained.named_parameters()
            if one.requires_grad
        }
        if self._own is None:
            self._kept = learned
        else:
            save_file(learned, self._path)

    @torch.no_grad()
    def give_back(self, trained: Any) -> None:
        """Put what was taken last in its place again."""
        kept = self._kept if self._own is None else load_file(self._path)
        for name, one in trained.named_parameters():
            if name in kept:
                one.copy_(kept[name])
