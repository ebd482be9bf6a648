"""The chat templates of the trl wheel, each with a tokenizer of a few kilobytes with its control tokens.

Only the training floor has the wheel. No tests here.
"""

import json
import re
from importlib.metadata import distribution
from pathlib import Path

from tokenizers import Tokenizer

from tests.gpu_batch.bases import make_base, write_json

# Family → the tokens that its generation_config.json calls ends; all others end a turn with <|im_end|>.
ENDS = {
    "cohere": "<|END_OF_TURN_TOKEN|>",
    "deepseek": "<｜end▁of▁sentence｜>",
    "diffusion_gemma": "<turn|> <|tool_response>",
    "gemma": "<end_of_turn>",
    "gemma4": "<turn|> <|tool_response>",
    "glm4moe": "<|user|> <|observation|>",
    "gptoss": "<|return|> <|call|>",
    "idefics3": "<end_of_utterance>",
    "llama3": "<|eot_id|> <|eom_id|>",
    "llava_next": "</s>",
    "muse_glimmer": "<|eot|>",
    "phi3": "<|end|>",
}
CONTROL = re.compile(r"<[|｜][^<>|｜ '\"{}]+[|｜]>|<(?:start|end)_of_\w+>|<\|[a-z_\"]+>|<\|\"\|>|<[a-z_]+\|>")
TRAINING = "_training"


def folder() -> Path:
    """Where the wheel keeps its templates."""
    return Path(str(distribution("trl").locate_file("trl/chat_templates")))


def families() -> list[str]:
    """Every stock template's name."""
    return sorted(path.stem for path in folder().glob("*.jinja") if not path.stem.endswith(TRAINING))


def source(family: str) -> str:
    """A template's own text."""
    return (folder() / f"{family}.jinja").read_text(encoding="utf-8")


def ends(family: str) -> list[str]:
    """The tokens that end a turn of this family, its own first."""
    known = [name for name in ENDS if family.startswith(name)]
    return (ENDS[max(known, key=len)] if known else "<|im_end|>").split()


def make_family(at: Path, family: str, template: str | None = None) -> Path:
    """A base with this family's template (or another text in its place), its control tokens and its ends."""
    text = source(family)
    first, *others = ends(family)
    control = sorted({*CONTROL.findall(text), *others} - {first})
    made = make_base(at, text if template is None else template, [first, *control], end=first)
    tokenizer = Tokenizer.from_file(str(made / "tokenizer.json"))
    write_json(
        made / "generation_config.json",
        {"eos_token_id": [tokenizer.token_to_id(one) for one in [first, *others]]},
    )
    return made


def expected(family: str) -> dict[str, list[str] | str]:
    """What is learned of each shape, as a person marked it in `spans/`: texts, or words of the refusal."""
    found: dict[str, list[str] | str] = {}
    text = (Path(__file__).parent / "spans" / f"{family}.txt").read_text(encoding="utf-8")
    for block in text.strip().split("\n\n"):
        shape, *lines = block.splitlines()
        refused = len(lines) == 1 and lines[0].startswith("refused: ")
        found[shape] = lines[0].removeprefix("refused: ") if refused else [json.loads(one) for one in lines]
    return found
