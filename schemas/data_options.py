"""How a person's file becomes a dataset: what a recipe may say below `data`. Values only."""

from typing import Any, Literal

from pydantic import Field, field_validator

from schemas.strict import MAX_SEED, Strict


def _column(what: str) -> Any:
    return Field(default=None, min_length=1, description=f"The column that holds {what}.")


class Columns(Strict):
    """Which column plays which part, where Jinko cannot tell or should read it otherwise.

    One that is given is used or refused; the others are found as ever.
    """

    question: str | None = _column("what a person asks")
    answer: str | None = _column("the answer to learn")
    system: str | None = _column("how the assistant is to behave")
    context: str | None = _column("a text that the question is about")
    history: str | None = _column("earlier turns")
    messages: str | None = _column("whole conversations")
    tools: str | None = _column("the tools that may be called")
    chosen: str | None = _column("the better of two answers")
    rejected: str | None = _column("the worse of two answers")
    label: str | None = _column("whether the answer was liked")
    reference: str | None = _column("what answers are graded against")
    text: str | None = _column("a text to go on learning from")
    images: str | None = _column("the images of a row")
    split: str | None = _column("which rows are held out (train, test, validation)")


class Template(Strict):
    """How a row is written as turns: texts with columns in braces, as `Order {number}: {question}`.

    A doubled brace is a brace. A column that is not there is an error.
    """

    question: str = Field(min_length=1, description="What the person says.")
    answer: str = Field(min_length=1, description="What the assistant answers.")
    system: str | None = Field(default=None, min_length=1, description="How the assistant is to behave.")


class DataOptions(Strict):
    """How a file becomes a dataset. These, with the file's content, decide the dataset's id."""

    source: str | None = Field(
        default=None,
        alias="from",
        description="In a recipe: the data. A file of the inbox, a folder/ or wildcard of it, "
        "gs://bucket/name, hf://owner/name, or a dataset id.",
    )
    test_size: float = Field(
        default=0.1,
        ge=0,
        le=1_000_000,
        description="Rows held out for measuring: below 1 a share of them, from 1 on a number.",
    )
    sample_size: int | None = Field(
        default=None, ge=1, description="Use at most so many rows, drawn by the seed."
    )
    seed: int = Field(default=42, ge=0, le=MAX_SEED, description="Decides which rows are held out.")
    columns: Columns | None = Field(
        default=None, description="Which columns to read; found by their content if left out."
    )
    template: Template | None = Field(default=None, description="How a row is written as turns.")
    sheet: str | None = Field(
        default=None, min_length=1, description="Of a workbook: the sheet to read; all that fit, if left out."
    )
    config: str | None = Field(
        default=None, min_length=1, description="Of a Hugging Face dataset: the configuration to read."
    )
    split: str | None = Field(
        default=None, min_length=1, description="Of a Hugging Face dataset: the split to learn from."
    )

    purpose: Literal["learn", "answer"] = Field(
        default="learn",
        description="learn: rows to learn from. answer: prompts to be answered, all of them and in their "
        "order; so wherever generate.model is set.",
    )

    @field_validator("test_size")
    @classmethod
    def _share_or_count(cls, given: float) -> float:
        if given >= 1 and given != int(given):
            raise ValueError("write a share below 1, such as 0.1, or a whole number of rows")
        return given

    def prepare_options(self) -> dict[str, object]:
        """What shapes the dataset (and so its id): everything here but where the data lies."""
        plain = {"purpose"} if self.purpose == "learn" else set()
        return self.model_dump(exclude={"source", *plain})
