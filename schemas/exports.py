"""What may be made of trained weights: formats, and which of them are GGUF files of llama.cpp."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from schemas.strict import Strict

Quantization = Literal["f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m"]
ExportFormat = Literal["adapter", "merged", "f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m"]
QUANTIZATIONS: Final[tuple[Quantization, ...]] = get_args(Quantization)
MODELFILE: Final = "Modelfile"  # Ollama's, beside GGUF files
GGUF: Final = "q4_k_m"  # what `gguf` alone means: what Ollama's own library serves


def _listed(value: object) -> object:
    """Metadata is text: `adapter,merged` is a list of two."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return parts
    return [GGUF if part == "gguf" else part.lower() if isinstance(part, str) else part for part in parts]


def _each_once(formats: tuple[ExportFormat, ...]) -> tuple[ExportFormat, ...]:
    return tuple(dict.fromkeys(formats))


Exports = Annotated[tuple[ExportFormat, ...], BeforeValidator(_listed), AfterValidator(_each_once)]


def quantizations(formats: tuple[ExportFormat, ...]) -> tuple[Quantization, ...]:
    """Those of the formats that are GGUF files, the most exact first."""
    return tuple(one for one in QUANTIZATIONS if one in formats)


def taking(modelfile: str, files: Sequence[str]) -> str:
    """An Ollama Modelfile for these GGUF files beside it: the last is taken, the others are comments."""
    lines = modelfile.splitlines()
    named = [line for line in lines if line.removeprefix("# ").startswith("FROM ")]
    first = lines.index(named[0]) if named else 0
    *others, taken = files
    wanted = [*(f"# FROM ./{name}" for name in others), f"FROM ./{taken}"]
    rest = [line for line in lines[first:] if line not in named]
    return "\n".join([*lines[:first], *wanted, *rest]) + "\n"


def gguf_file(quantization: str) -> str:
    """As repositories of such files call them: tools find a quantization by the file's name."""
    return f"model-{quantization.upper()}.gguf"


class ProofOptions(Strict):
    """How far a model that was made of another may differ from it before it is not handed out.

    Both are measured with the very same texts: token after token, what would the one have chosen after what
    the other wrote. Whole answers would say less: one close call in the middle changes all that follows.
    """

    threshold: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of the tokens of a model's answers that one made of it may choose otherwise.",
    )
    loss: float = Field(
        default=0.1,
        ge=0,
        le=100,
        description="How much higher its loss on wanted answers may be, in nats per token.",
    )
