"""What a job says it did: its last word, written after everything it names.

`faults` are the person's (exit code 0); the cloud's failures are exit codes and have no result. What could
not be measured is absent, never 0.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from schemas.errors import Fault
from schemas.names import Stage
from schemas.scores import Answer, Check, Comparison, Glimpse, Proof, Reply, Score
from schemas.strict import Paper

COLLAPSE_NATS: Final = 1.0  # a text that became e times less likely, token by token


class Stretch(Paper):
    """Neighbouring tokens of a row as text, all learned or all only read."""

    text: str
    learned: bool


class Preview(Paper):
    """A row as it was trained on: all of it, from the very tokens and labels. `source` as in the sample."""

    line: int
    source: str | None = None
    stretches: tuple[Stretch, ...]


class TrainResult(Paper):
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
    comparison: Comparison | None = None
    preview: tuple[Preview, ...] = Field(default=(), description="The first rows: what of each was learned.")
    left_out: tuple[Fault, ...] = Field(default=(), description="Held-out rows that could not be asked.")
    effective: dict[str, str] = Field(default={}, description="Chosen on the machine: device, dtype, length.")
    steps: int = 0
    stopped_early: str | None = Field(
        default=None, description="A sentence, where the run's money was used up before its last step."
    )
    cut_short: str | None = Field(
        default=None, description="A sentence, where held-out rows, or the loss, said to stop before the end."
    )
    kept_step: int | None = Field(
        default=None, description="The step whose weights are kept, if not the last."
    )
    checks: tuple[Check, ...] = Field(default=(), description="Held-out rows, measured while it trained.")
    glimpses: tuple[Glimpse, ...] = Field(default=(), description="Answers while it trained, by step.")
    train_loss: float | None = None
    seconds: float = 0.0

    @property
    def weights(self) -> str | None:
        """Where the trained weights lie, whatever kind they are; None if there are none."""
        return self.adapter or self.model

    @property
    def forgot(self) -> str | None:
        """A sentence, where the model got much worse at a text that has nothing to do with the data."""
        before, after = (score.general_loss if score else None for score in (self.before, self.after))
        if before is None or after is None or after - before < COLLAPSE_NATS:
            return None
        return (
            f"It may have forgotten general language: its loss on a fixed everyday text rose from "
            f"{before:.2f} to {after:.2f}. A lower training.learning_rate or fewer epochs forget less."
        )


class ExportResult(Paper):
    """What the export made, and how the model under `merged` answered beside what training left."""

    stage: Literal["export"] = "export"
    run_id: str
    attempt: int
    faults: tuple[Fault, ...] = ()
    merged: str | None = None
    compared: int = Field(default=0, description="Prompts that both were asked.")
    same: int = Field(default=0, description="Prompts that both answered alike, character by character.")
    exact_match: float | None = Field(default=None, description="Of the merged model, reloaded.")
    proof: Proof | None = None
    replies: tuple[Reply, ...] = Field(default=(), description="Of the merged model.")
    seconds: float = 0.0


class PrepareResult(Paper):
    """What a job did that prepared a file too big for a function: the dataset, or the person's faults."""

    drop_id: str
    attempt: int
    dataset_id: str | None = None
    faults: tuple[Fault, ...] = ()


class Quantized(Paper):
    """One GGUF file, and how a real llama.cpp answered from it beside the model that it was made of."""

    format: str = Field(description="f16, q8_0, q4_k_m, …")
    path: str = Field(description="In the outbox.")
    size: int = Field(ge=0, description="Bytes.")
    compared: int = Field(default=0, description="Prompts that both were asked.")
    same: int = Field(default=0, description="Prompts that both answered alike, character by character.")
    exact_match: float | None = Field(default=None, description="Of this file's own answers.")
    loss: float | None = Field(default=None, description="Nats per answer token, where it was measured.")
    proof: Proof | None = None


class GgufResult(Paper):
    """What the GGUF stage made: files that passed the proof, under `folder` with their Modelfile."""

    stage: Literal["gguf"] = "gguf"
    run_id: str
    attempt: int
    faults: tuple[Fault, ...] = ()
    folder: str | None = Field(default=None, description="Prefix in the outbox.")
    files: tuple[Quantized, ...] = ()
    refused: tuple[Fault, ...] = Field(default=(), description="Formats that did not pass, where others did.")
    llama_cpp: str = Field(default="", description="The version that converted, quantized and answered.")
    seconds: float = 0.0


class PublishResult(Paper):
    """What was published: one commit of one repository of the Hugging Face Hub."""

    stage: Literal["publish"] = "publish"
    run_id: str
    attempt: int
    faults: tuple[Fault, ...] = ()
    repository: str | None = None
    commit: str | None = None
    url: str | None = None
    private: bool = True
    seconds: float = 0.0


class GenerateResult(Paper):
    """What answering a file of prompts came to: answered + failed = rows."""

    stage: Literal["generate"] = "generate"
    run_id: str
    attempt: int
    faults: tuple[Fault, ...] = Field(default=(), description="Why nothing was answered at all.")
    answers: str | None = Field(default=None, description="JSON Lines in the outbox, in the file's order.")
    table: str | None = Field(default=None, description="The same as CSV, where a CSV was dropped.")
    rows: int = 0
    answered: int = 0
    failed: tuple[Fault, ...] = Field(default=(), description="Rows that were not, each finding counted.")
    tuned: bool = Field(default=False, description="By what a run made of the base, not by the base itself.")
    metrics: dict[str, float] = Field(default={}, description="Beside references, where the file has them.")
    seconds: float = 0.0


Result = TrainResult | ExportResult | GgufResult | PublishResult | GenerateResult
RESULTS: Final[Mapping[Stage, type[Result]]] = {
    "train": TrainResult,
    "export": ExportResult,
    "gguf": GgufResult,
    "publish": PublishResult,
    "generate": GenerateResult,
}
