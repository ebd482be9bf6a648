"""What a job is told to do.

An order is written once and pins everything (revision, settings, shards): the job reads it and nothing else
of the world. What it says it did is in `schemas.results`.
"""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from schemas.errors import Fault
from schemas.exports import ExportFormat, ProofOptions, Quantization
from schemas.layers import Resolved
from schemas.publishing import PublishOptions
from schemas.recipe import EvaluationOptions
from schemas.results import ExportResult, GgufResult, TrainResult
from schemas.samples import Kind
from schemas.scores import Answer, Reply
from schemas.sources import Source
from schemas.strict import Paper


class BasePin(Paper):
    """A base model at one revision. `hub`: a commit of a repository; `folder`: a digest of its files."""

    name: str = Field(description="As the person wrote it: owner/name, a bundled name, a folder.")
    where: Literal["hub", "folder"]
    location: str = Field(description="Repository id, or the folder's path on the machine.")
    revision: str = Field(description="Commit, or digest of the folder's files.")
    weight_bytes: int = Field(default=0, ge=0, description="Of its safetensors files; 0: not known.")
    weight_bits: int = Field(default=16, ge=1, description="Of one weight, as its config.json says.")
    architecture: str | None = Field(default=None, description="Its model class, as its config.json says.")
    sees: bool = Field(default=False, description="It reads images beside texts.")
    leaves_out: tuple[str, ...] = Field(
        default=(), description="What its chat template drops of a conversation: tools, thoughts."
    )
    quantized: str | None = Field(
        default=None, description="How its weights are stored, where that is in fewer than 16 bits."
    )
    whole: str | None = Field(
        default=None,
        description="Where it is quantized: the same model in 16 bits (repository@commit), into which an "
        "adapter is merged, and whose size is told.",
    )

    @property
    def weights(self) -> float:
        """How many numbers the model has; 0: not known."""
        return self.weight_bytes * 8 / self.weight_bits


class Plan(Paper):
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


class Shard(Paper):
    """One Parquet file of a dataset, its columns as its kind has them; `samples.from_row` reads its rows.

    Of conversations `messages`; of preferences `prompt`, `chosen`, `rejected`; of feedback `prompt`,
    `completion`, `good`; of prompts `prompt`, `reference`; of texts `segments`; of stepwise `prompt`,
    `steps`. Also `line`; where there are such, `source`, `images` ({bytes, path}) and `tools`. A turn is
    {role, content}, or, where rows were read as conversations, also learn, thinking, tool_calls, name, parts.
    """

    path: str
    rows: int = Field(ge=0)


class Counts(Paper):
    """Where every row went: read = kept + dropped, kept = train + test."""

    read: int = 0
    kept: int = 0
    dropped: int = 0
    train: int = 0
    test: int = 0


class Dataset(Paper):
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


class _Order(Paper):
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
    proof: ProofOptions = Field(default_factory=ProofOptions.model_construct)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.adapter is None) == (self.model is None):
            raise ValueError("an export is of an adapter or of a whole model")
        return self


class GgufOrder(_Order):
    """Convert the merged model to GGUF, quantize it, and ask each file in a real llama.cpp.

    `replies` are what the merged model answered, or, where it was not asked, the training's own `answers`;
    `loss` is the merged model's.
    """

    stage: Literal["gguf"] = "gguf"
    merged: str = Field(description="Prefix of the merged model, or of the whole one, in the outbox.")
    quantizations: tuple[Quantization, ...] = Field(min_length=1)
    proof: ProofOptions = Field(default_factory=ProofOptions.model_construct)
    answers: tuple[Answer, ...] = ()
    replies: tuple[Reply, ...] = ()
    loss: float | None = None


class PublishOrder(_Order):
    """Publish what a run made as one commit of one repository, with a card that says how it was made."""

    stage: Literal["publish"] = "publish"
    publish: PublishOptions
    settings: Resolved
    trained: TrainResult
    exported: ExportResult | None = None
    gguf: GgufResult | None = None
    plan: Plan | None = None


class GenerateOrder(_Order):
    """Answer a file of prompts (`dataset`, all of its rows) with a model: a base, or what a run made of it.

    At most one of `adapter` and `model` is given; without any the base answers.
    """

    stage: Literal["generate"] = "generate"
    adapter: str | None = None
    model: str | None = Field(default=None, description="Prefix of a whole model: merged, or fully tuned.")
    settings: Resolved
    plan: Plan | None = None


Order = TrainOrder | ExportOrder | GgufOrder | PublishOrder | GenerateOrder
