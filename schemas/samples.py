"""The shapes that one training row may have, whatever file it came from.

Every row of a dataset is of one kind (its manifest says which); images are no kind of their own: any turn may
show some. A sample knows nothing of any base model: no template, no token. Texts stand here exactly as they
stood in the file.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["conversation", "preference", "feedback", "prompts", "text", "stepwise"]
Role = Literal["system", "user", "assistant", "tool"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ToolCall(_Frozen):
    """A call that an assistant's turn makes. `arguments` is a JSON object as text."""

    name: str
    arguments: str = "{}"
    id: str | None = None


class Part(_Frozen):
    """A piece of a turn that shows images: a text, or the index of an image in the row's `images`."""

    text: str | None = None
    image: int | None = Field(default=None, ge=0)


class Message(_Frozen):
    """One turn. `content` is its text; where it shows images, `parts` says in which order they stand in it.

    `learn` is False for an assistant's turn that is context only (OpenAI's `weight: 0`).
    """

    role: Role
    content: str
    learn: bool = True
    thinking: str | None = Field(default=None, description="What the assistant thought before it answered.")
    tool_calls: tuple[ToolCall, ...] = ()
    name: str | None = Field(default=None, description="The tool whose result a tool's turn holds.")
    parts: tuple[Part, ...] = ()


class Image(_Frozen):
    """An image of a row: its bytes as they lay in the file, and what the file called it."""

    data: bytes = Field(repr=False)
    name: str = ""


class _Row(_Frozen):
    """`line` is the 1-based line (of a table without lines: the row) of the file where the row starts.

    `source` names the file where a dataset was read from several, or from inside an archive.
    """

    line: int = Field(ge=1)
    source: str | None = None
    images: tuple[Image, ...] = ()


class _Talk(_Row):
    tools: str | None = Field(default=None, description="The tools that may be called: a JSON list as text.")


class Conversation(_Talk):
    """Turns to learn the assistant's answers from; the last is the assistant's."""

    messages: tuple[Message, ...] = Field(min_length=2)

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


class Preference(_Talk):
    """Two ways to go on from the same prompt, the better and the worse. Neither repeats the prompt."""

    prompt: tuple[Message, ...] = Field(min_length=1)
    chosen: tuple[Message, ...] = Field(min_length=1)
    rejected: tuple[Message, ...] = Field(min_length=1)


class Feedback(_Talk):
    """One way to go on from a prompt, and whether people liked it."""

    prompt: tuple[Message, ...] = Field(min_length=1)
    completion: tuple[Message, ...] = Field(min_length=1)
    good: bool


class Prompts(_Talk):
    """A prompt to be answered by the model itself, and what its answers are graded against.

    `reference` holds the file's other columns, as JSON text of an object: graders name them.
    """

    prompt: tuple[Message, ...] = Field(min_length=1)
    reference: str = "{}"


class Segment(_Frozen):
    """A stretch of a text, and whether it is learned or only read."""

    text: str
    learn: bool = True


class Text(_Row):
    """A text to go on learning a language or a field from; mostly one segment."""

    segments: tuple[Segment, ...] = Field(min_length=1)

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(segment.text for segment in self.segments)


class Step(_Frozen):
    """One step of a solution, and whether it is right."""

    text: str
    good: bool


class Stepwise(_Row):
    """A problem and the steps of a solution, each judged."""

    prompt: tuple[Message, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)


Sample = Conversation | Preference | Feedback | Prompts | Text | Stepwise

_BY_KIND: Final[Mapping[Kind, type[Sample]]] = {
    "conversation": Conversation,
    "preference": Preference,
    "feedback": Feedback,
    "prompts": Prompts,
    "text": Text,
    "stepwise": Stepwise,
}


def from_row(kind: Kind, row: Mapping[str, Any]) -> Sample:
    """A row of a dataset's shard, as Parquet gives it, as the sample it was made of."""
    given = {key: _without_nulls(value) for key, value in row.items() if value is not None}
    if "images" in given:
        given["images"] = [
            {"data": image["bytes"], "name": image.get("path", "")} for image in given["images"]
        ]
    return _BY_KIND[kind].model_validate(given)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(element) for element in value]
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return value
