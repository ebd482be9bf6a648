"""What a job is told to do, and what it says it did.

An order is written once and pins everything (revision, settings, shards): the job reads it and nothing else
of the world. A result is a job's last word, written after everything it names. `faults` in a result are the
person's (exit code 0); the cloud's failures are exit codes and have no result.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.errors import Fault
from schemas.layers import Resolved
from schemas.recipe import EvaluationOptions, ExportFormat
from schemas.samples import Kind
from schemas.sources import Source


class _Paper(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class BasePin(_Paper):
    """A base model at one revision. `hub`: a commit of a repository; `folder`: a digest of its files."""

    name: str = Field(description="As the person wrote it: owner/name, a bundled name, a folder.")
    where: Literal["hub", "folder"]
    location: str = Field(description="Repository id, or the folder's path on the machine.")
    revision: str = Field(description="Commit, or digest of the folder's files.")
    weight_bytes: int = Field(default=0, ge=0, description="Of its safetensors files; 0: not known.")
    weight_bits: int = Field(default=16, ge=1, description="Of one weight, as its config.json says.")

    @property
    def weights(self) -> float:
        """How many numbers the model has; 0: not known."""
        return self.weight_bytes * 8 / self.weight_bits


class Plan(_Paper):
    """The machine that a run was given, and how long it may take there for its money.

    All jobs of the run together are paid for `max_seconds`, which is what `max_cost_usd` buys; what is left
    of them is the scheduler's limit on a job. The trainer's own clock lies below: its last step ends before
    `train_seconds`, so that saving, measuring and the export are paid for too.
    """

    machine: str
    gpu: str | None
    spot: bool
    usd_per_hour: float = Field(gt=0, description="With its disk.")
    max_seconds: int = Field(ge=1, description="Paid for, of all jobs together.")
    train_seconds: int = Field(ge=1, description="Of those, counted from the first: the steps end by then.")
    start_seconds: int = Field(
        default=0, ge=0, description="That a machine is paid for before its job runs; every attempt has them."
    )
    export_seconds: int = Field(default=0, ge=0, description="Kept for the export, with its machine's start.")
    disk_gib: int = Field(ge=1)
    why: str = Field(description="A sentence: why this machine.")

    def paid(self, seconds: float, jobs: int) -> float:
        """Seconds that were paid for, where so many jobs began and ran for `seconds` together."""
        return seconds + jobs * self.start_seconds


class Shard(_Paper):
    """One Parquet file of a dataset, its columns as its kind has them; `samples.from_row` reads its rows.

    Of conversations `messages`; of preferences `prompt`, `chosen`, `rejected`; of feedback `prompt`,
    `completion`, `good`; of prompts `prompt`, `reference`; of texts `segments`; of stepwise `prompt`,
    `steps`. Also `line`; where there are such, `source`, `images` ({bytes, path}) and `tools`. A turn is
    {role, content}, or, where rows were read as conversations, also learn, thinking, tool_calls, name, parts.
    """

    path: str
    rows: int = Field(ge=0)


class Counts(_Paper):
    """Where every row went: read = kept + dropped, kept = train + test."""

    read: int = 0
    kept: int = 0
    dropped: int = 0
    train: int = 0
    test: int = 0


class Dataset(_Paper):
    """`dataset.json`: the truth about a prepared dataset, written once and last. Knows no base model."""

    id: str
    source: str = Field(description="The object it was read from.")
    made_of: Source
    kind: Kind
    images: bool = False
    tools: bool = Field(default=False, description="Some row calls tools, or holds what a tool answered.")
    thinking: bool = Field(default=False, description="Some turn holds what was thought before it.")
    options: dict[str, Any] = Field(default={}, description="How it was to be prepared: split, columns.")
    why: str = Field(description="A sentence: what was understood, and from what.")
    columns: dict[str, str] = Field(description="Role → column of the file.")
    unused: tuple[str, ...] = Field(default=(), description="Columns of the file that are not read.")
    attempt: str = Field(description="The try that won.")
    counts: Counts
    faults: tuple[Fault, ...] = Field(
        default=(), description="What was left out; each finding once, counted."
    )
    errors: str | None = Field(default=None, description="JSONL: every row left out, with the reason.")
    train: tuple[Shard, ...]
    test: tuple[Shard, ...]
    card: str = Field(description="The dataset's card, Markdown.")
    page: str = Field(description="The same as one self-contained HTML page.")


class Score(_Paper):
    """Measured on held-out rows; a figure that could not be computed is absent, never 0.

    loss: mean cross-entropy in nats per answer token, end token included. token_accuracy: share of those
    tokens that are the model's first choice. exact_match: share of greedy answers equal to the wanted one.
    """

    rows: int = Field(ge=1)
    exact_match: float | None = None
    loss: float | None = None
    token_accuracy: float | None = None


class Answer(_Paper):
    """One held-out row, asked before and after.

    Right is what the chat template writes as the wanted answer: many strip the white space around it.
    """

    question: str
    expected: str
    before: str
    after: str
    right_before: bool
    right_after: bool
    line: int


class _Order(_Paper):
    run_id: str
    base: BasePin
    dataset: Dataset
    evaluation: EvaluationOptions
    drop_name: str


class TrainOrder(_Order):
    """Train `base` on `dataset` with `settings`, measure before and after, keep the weights."""

    stage: Literal["train"] = "train"
    settings: Resolved
    plan: Plan | None = Field(default=None, description="None on a laptop: its own machine, for free.")


class ExportOrder(_Order):
    """Make `formats` of what one attempt at training left: an `adapter`, or a whole `model`.

    `answers` are that training's own. A whole model has to give them again when it is loaded anew; an adapter
    is asked itself, beside what was made of it.
    """

    stage: Literal["export"] = "export"
    adapter: str | None = Field(default=None, description="Prefix of the adapter in the outbox.")
    model: str | None = Field(default=None, description="Prefix of the whole model, after full fine-tuning.")
    answers: tuple[Answer, ...] = ()
    formats: tuple[ExportFormat, ...]

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.adapter is None) == (self.model is None):
            raise ValueError("an export is of an adapter or of a whole model")
        return self


Order = TrainOrder | ExportOrder


class TrainResult(_Paper):
    """What training did. Without faults its weights were saved before they were measured.

    They lie under `adapter` (LoRA: to be loaded beside the base) or `model` (full fine-tuning: a complete
    folder in the base's own precision); the other is None.
    """

    stage: Literal["train"] = "train"
    run_id: str
    attempt: int
    faults: tuple[Fault, ...] = ()
    adapter: str | None = None
    model: str | None = None
    before: Score | None = None
    after: Score | None = None
    answers: tuple[Answer, ...] = ()
    left_out: tuple[Fault, ...] = Field(default=(), description="Held-out rows that could not be asked.")
    effective: dict[str, str] = Field(default={}, description="Chosen on the machine: device, dtype, length.")
    steps: int = 0
    stopped_early: str | None = Field(
        default=None, description="A sentence, where the run's money was used up before its last step."
    )
    train_loss: float | None = None
    seconds: float = 0.0

    @property
    def weights(self) -> str | None:
        """Where the trained weights lie, whatever kind they are; None if there are none."""
        return self.adapter or self.model


class ExportResult(_Paper):
    """What the export made, and how the model under `merged` answered beside what training left."""

    stage: Literal["export"] = "export"
    run_id: str
    attempt: int
    faults: tuple[Fault, ...] = ()
    merged: str | None = None
    compared: int = Field(default=0, description="Prompts that both were asked.")
    same: int = Field(default=0, description="Prompts that both answered alike, character by character.")
    exact_match: float | None = Field(default=None, description="Of the merged model, reloaded.")
    seconds: float = 0.0


class PrepareResult(_Paper):
    """What a job did that prepared a file too big for a function: the dataset, or the person's faults."""

    drop_id: str
    attempt: int
    dataset_id: str | None = None
    faults: tuple[Fault, ...] = ()


Result = TrainResult | ExportResult
