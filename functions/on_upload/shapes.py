"""Samples as columns of Arrow: what the shards of each kind hold.

| kind | columns |
| --- | --- |
| conversation | `messages` |
| preference | `prompt`, `chosen`, `rejected` |
| feedback | `prompt`, `completion`, `good` |
| prompts | `prompt`, `reference` (JSON text) |
| text | `segments`: {text, learn} |
| stepwise | `prompt`, `steps`: {text, good} |

and in all of them `line`; `source`, where the rows come from several files or from inside an archive;
`images`: {bytes, path}, where rows show some; `tools` (JSON text) in the first four, but not in plain
conversations. Turns are lists of {role, content}; those of plain conversations, which were read from columns
of texts, have nothing more, all others also learn, thinking, tool_calls, name and parts.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa

from schemas.samples import Image, Kind, Message, Sample

PLAIN_TURN: Final = pa.struct([("role", pa.string()), ("content", pa.string())])
CALL: Final = pa.struct([("name", pa.string()), ("arguments", pa.string()), ("id", pa.string())])
PART: Final = pa.struct([("text", pa.string()), ("image", pa.int32())])
TURN: Final = pa.struct(
    [
        ("role", pa.string()),
        ("content", pa.string()),
        ("learn", pa.bool_()),
        ("thinking", pa.string()),
        ("tool_calls", pa.list_(CALL)),
        ("name", pa.string()),
        ("parts", pa.list_(PART)),
    ]
)
IMAGE: Final = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
SEGMENT: Final = pa.struct([("text", pa.string()), ("learn", pa.bool_())])
STEP: Final = pa.struct([("text", pa.string()), ("good", pa.bool_())])

OWN: Final[Mapping[Kind, tuple[tuple[str, pa.DataType], ...]]] = {
    "conversation": (("messages", pa.list_(TURN)),),
    "preference": (
        ("prompt", pa.list_(TURN)),
        ("chosen", pa.list_(TURN)),
        ("rejected", pa.list_(TURN)),
    ),
    "feedback": (("prompt", pa.list_(TURN)), ("completion", pa.list_(TURN)), ("good", pa.bool_())),
    "prompts": (("prompt", pa.list_(TURN)), ("reference", pa.string())),
    "text": (("segments", pa.list_(SEGMENT)),),
    "stepwise": (("prompt", pa.list_(TURN)), ("steps", pa.list_(STEP))),
}


class Shape(NamedTuple):
    """What decides the columns of a dataset's shards."""

    kind: Kind
    plain: bool = False
    images: bool = False
    several: bool = False

    def schema(self) -> pa.Schema:
        """The columns, in order."""
        own = (("messages", pa.list_(PLAIN_TURN)),) if self.plain else OWN[self.kind]
        fields = [*own, ("line", pa.int64())]
        if self.several:
            fields.append(("source", pa.string()))
        if self.images:
            fields.append(("images", pa.list_(IMAGE)))
        if not self.plain and self.kind not in ("text", "stepwise"):
            fields.append(("tools", pa.string()))
        return pa.schema(fields)

    def table(self, samples: Sequence[Sample], source: str) -> pa.Table:
        """These samples, read from one source, as columns."""
        schema = self.schema()
        columns = [
            pa.array([_cell(sample, name, source, self.plain) for sample in samples], schema.field(name).type)
            for name in schema.names
        ]
        return pa.Table.from_arrays(columns, schema=schema)


def _cell(sample: Sample, column: str, source: str, plain: bool) -> Any:
    if column == "source":
        return source
    value = getattr(sample, column)
    if not isinstance(value, tuple):
        return value
    return [_element(element, plain) for element in value]


def _element(element: Any, plain: bool) -> dict[str, Any]:
    if isinstance(element, Image):
        return {"bytes": element.data, "path": element.name}
    if isinstance(element, Message) and plain:
        return {"role": element.role, "content": element.content}
    shown: dict[str, Any] = element.model_dump()
    return shown
