"""What grades a model's own answers when it learns by reinforcement (GRPO): options only, never code.

A recipe names graders and their settings; `gpu_batch.graders` is what does the grading. Every score is from 0
(wrong) to 1 (right). Where several graders are named, an answer's reward is the mean of their scores by
weight, and 0 where a score lies below its grader's gate.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from schemas.strict import END, Strict

MAX_PATTERN: Final = 1000  # characters of a regular expression


class _Grader(Strict):
    """What every grader may be told besides its own settings."""

    weight: float = Field(default=1.0, gt=0, le=1000, description="How much its score counts among others.")
    gate: float | None = Field(
        default=None, gt=0, le=1, description="An answer that scores below this gets no reward at all."
    )


class _Part(_Grader):
    """A grader of an answer's words, and of which."""

    tag: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][\w-]{0,63}" + END,
        description="Grade what stands between <tag> and </tag>; if left out, all after the thinking.",
    )


class _Compared(_Part):
    """A grader that holds an answer beside the file's own. A list in the file: any of it will do."""

    column: str | None = Field(
        default=None,
        min_length=1,
        description="The file's column with the right answer; if left out, the only one besides the prompt.",
    )


class Exact(_Compared):
    """The right answer, character by character; white space around it does not count."""

    grader: Literal["exact"] = "exact"


class Normalised(_Compared):
    """The right answer, whatever its case, punctuation, accents' encoding and white space."""

    grader: Literal["normalised"] = "normalised"


class Contains(_Compared):
    """The right answer stands somewhere in it. A list: `all` of it, or any."""

    grader: Literal["contains"] = "contains"
    ignore_case: bool = Field(default=False, description="Whether capitals count as small letters.")
    all: bool = Field(default=False, description="Of a list in the file, all must be found, not just one.")


class Pattern(_Part):
    """A regular expression finds something in the answer; one that takes too long scores 0."""

    grader: Literal["regex"] = "regex"
    pattern: str = Field(min_length=1, max_length=MAX_PATTERN, description="The regular expression.")
    whole: bool = Field(default=False, description="It must match the whole answer, not a part of it.")
    seconds: float = Field(default=0.5, gt=0, le=10, description="The longest it may take for an answer.")


class Number(_Compared):
    """The last number in the answer is the right one, within a tolerance."""

    grader: Literal["number"] = "number"
    absolute: float = Field(default=1e-9, ge=0, description="How far off it may be.")
    relative: float = Field(default=1e-9, ge=0, lt=1, description="The same as a share of the right number.")


class Mathematics(_Compared):
    """The answer is mathematically equal to the right one: `1/2`, `0.5` and `$\\frac{1}{2}$` are the same."""

    grader: Literal["math"] = "math"
    seconds: float = Field(default=5.0, gt=0, le=60, description="The longest it may take for an answer.")


class JsonFields(_Compared):
    """The answer is JSON of the right form and with the right fields.

    Not JSON, or not as `schema` says: 0. Otherwise the share of `fields` that are as in the file's answer.
    """

    grader: Literal["json"] = "json"
    form: dict[str, Any] | None = Field(
        default=None, alias="schema", description="A JSON Schema that the answer must fulfil."
    )
    fields: tuple[str, ...] = Field(
        default=(), description="Fields that must be as in the column's JSON; `a.b` is b inside a."
    )

    @model_validator(mode="after")
    def _checks_something(self) -> Self:
        if self.column is not None and not self.fields:
            raise ValueError("a column is given and no fields to compare with it")
        return self


class Tags(_Grader):
    """Reasoning tags: each once, in this order, something in each, and nothing but white space outside."""

    grader: Literal["tags"] = "tags"
    tags: tuple[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]{0,63}" + END)], ...] = Field(
        default=("think", "answer"), min_length=1, max_length=16, description="The tags' names."
    )
    opened: bool = Field(
        default=False, description="The prompt itself ends in the first tag, so answers begin inside it."
    )
    after: bool = Field(default=False, description="Words may stand behind the last tag.")


class Length(_Part):
    """The answer's length: 1 within the bounds, falling evenly to 0 at nothing and at twice the most."""

    grader: Literal["length"] = "length"
    unit: Literal["words", "characters"] = Field(default="words", description="What is counted.")
    least: int = Field(default=0, ge=0, le=10_000_000, description="Not shorter than this.")
    most: int | None = Field(default=None, ge=1, le=10_000_000, description="Not longer than this.")

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.most is None and self.least == 0:
            raise ValueError("give the least length, the most, or both")
        if self.most is not None and self.most < self.least:
            raise ValueError("the most is less than the least")
        return self


class Similarity(_Compared):
    """How alike the answer and the right one are as strings of characters, by edits."""

    grader: Literal["similarity"] = "similarity"
    ignore_order: bool = Field(default=False, description="Whether the order of the words does not count.")


class Overlap(_Compared):
    """How much of the right answer's wording the answer has, as translation and summaries are measured.

    METEOR compares words and their English stems, not synonyms.
    """

    grader: Literal["chrf", "rouge1", "rouge2", "rougeL", "meteor"]


class Endpoint(_Grader):
    """A service of your own that grades, over HTTPS. Its host must be on your allow-list.

    The allow-list is JINKO_GRADER_HOSTS, where Jinko runs; a recipe cannot add to it.
    """

    grader: Literal["endpoint"] = "endpoint"
    url: str = Field(
        pattern=r"^https://[^\s/?#@]+(?:[/?][^\s#]*)?" + END, max_length=2000, description="Where."
    )
    seconds: float = Field(default=10.0, gt=0, le=120, description="The longest that one call may take.")
    tries: int = Field(default=3, ge=1, le=10, description="How often it is asked before the run stops.")


Grader = Annotated[
    Exact
    | Normalised
    | Contains
    | Pattern
    | Number
    | Mathematics
    | JsonFields
    | Tags
    | Length
    | Similarity
    | Overlap
    | Endpoint,
    Field(discriminator="grader"),
]
Graders = tuple[Grader, ...]
"""What stands under `training.graders`: at most sixteen, each with its own settings."""
