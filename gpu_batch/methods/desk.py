"""What the methods have in common: the types that pass between them and `train.py`, and reading rows.

Not a program. `Desk` is where a training works; `Rows` are ready to be learned from; `Held` is what is
measured.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PreTrainedModel, TrainerCallback

from gpu_batch.console import Teller
from gpu_batch.engine import PLAIN, Engine
from gpu_batch.evaluate import Asked, Measured
from gpu_batch.sight import Sight
from gpu_batch.text import ChatText
from infra.ports import Cloud
from schemas.errors import MAX_FAULTS, BadInput, Fault
from schemas.orders import TrainOrder
from schemas.samples import Sample
from schemas.training import TrainingOptions

T = TypeVar("T")


class Desk(NamedTuple):
    """Where a training works. `options` are the order's, with everything chosen that can be by now.

    `limit`: tokens of the longest row, None where nothing bounds them. `context`: what the base reads at
    once.
    """

    order: TrainOrder
    options: TrainingOptions
    on: Cloud
    scratch: Path
    teller: Teller
    device: torch.device
    folder: Path
    chat: ChatText
    limit: int | None = None
    context: int | None = None
    sight: Sight | None = None
    engine: Engine = PLAIN

    @property
    def source(self) -> str:
        """The file's name in messages."""
        return self.order.dataset.source


class Rows(NamedTuple):
    """Rows ready to be learned from. `lengths`: tokens that a row takes in a batch, all its texts together.

    `count` is how many rows of the file they are; packed, fewer are left. `collator` makes batches of them,
    where the trainer's own does not. `read` are the rows as the method read them, where it needs them later.
    """

    data: Dataset
    lengths: list[int]
    count: int
    collator: Any = None
    read: Sequence[Any] = ()

    @property
    def longest(self) -> int:
        """Of the rows, in tokens."""
        return max(self.lengths)


class Held(NamedTuple):
    """Held-out rows: those that are asked, why others could not be used, and the method's own (`rows`)."""

    asked: list[Asked]
    left_out: list[Fault]
    rows: list[Any]


class Method(Protocol):
    """One way to train; each module beside this one is one. Called in the order in which they stand here."""

    def load(self, desk: Desk, dtype: torch.dtype) -> PreTrainedModel:
        """The base, as this method trains it."""

    def read(self, desk: Desk, samples: Sequence[Sample]) -> Rows:
        """All rows, ready. Raises BadInput with the first twenty that cannot be trained on."""

    def hold(self, desk: Desk, samples: Sequence[Sample]) -> Held:
        """The held-out rows that can be measured."""

    def measure(self, desk: Desk, now: Any, held: Held, answers: bool = True) -> Measured:
        """How good the model is as it is now; without its `answers` this is quick."""

    def trainer(
        self,
        desk: Desk,
        base: PreTrainedModel,
        rows: Rows,
        lora: LoraConfig | None,
        watchers: Sequence[TrainerCallback],
    ) -> Any:
        """TRL's trainer, ready to start. `base` is changed: an adapter is made on it, from the seed."""


def each(desk: Desk, samples: Sequence[Sample], one: Callable[[Sample], T]) -> list[T]:
    """Every row made ready. Raises BadInput with the first twenty that cannot be; none is left out."""
    made: list[T] = []
    faults: list[Fault] = []
    for sample in samples:
        try:
            made.append(one(sample))
        except BadInput as error:
            faults += error.faults
        if len(faults) >= MAX_FAULTS:
            break
    if not faults and not made:
        finding, step = "There are no rows to train on.", "Drop a file with more rows."
        faults.append(Fault(place=desk.source, finding=finding, next_step=step))
    if faults:
        raise BadInput(faults)
    return made


def those_that_can(samples: Sequence[Sample], one: Callable[[Sample], T]) -> tuple[list[T], list[Fault]]:
    """The rows that can be made ready, and why the others cannot."""
    made: list[T] = []
    left_out: list[Fault] = []
    for sample in samples:
        try:
            made.append(one(sample))
        except BadInput as error:
            left_out += error.faults
    return made, left_out
