"""The shapes that one training row may have, whatever file it came from.

The first walk knows conversations; `Kind` names what later readers will add, so that reports and manifests
need not change their form. A sample knows nothing of any base model: no template, no token.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["conversation", "preference", "feedback", "prompts", "text"]
Role = Literal["system", "user", "assistant"]


class Message(BaseModel):
    """One turn, text exactly as it stood in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    content: str


class Sample(BaseModel):
    """One row as it will be trained: turns that end in the assistant's, and the line it came from.

    `line` is the 1-based line of the source file where the row starts (a quoted cell may span several).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: tuple[Message, ...] = Field(min_length=2)
    line: int = Field(ge=1)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Everything before the last answer: what a model is shown."""
        return self.messages[:-1]

    @property
    def answer(self) -> str:
        """The last assistant turn: what a model should say."""
        return self.messages[-1].content

    def characters(self) -> int:
        """The length of all turns together, in characters (no base model, so no tokens)."""
        return sum(len(message.content) for message in self.messages)
