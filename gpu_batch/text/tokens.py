"""The tokenizer of a model folder, and what the folder's files say of its tokens.

Not a program; `chat.py` puts them together. It reads `TEXT_FILES` alone and changes no file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer
from tokenizers.processors import Sequence as NoProcessing

from gpu_batch.text.files import read_json
from schemas.errors import BadInput, Fault

TOKEN_NAMES: Final = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)


def load_tokenizer(path: Path, name: str) -> tuple[Tokenizer, list[int]]:
    """The tokenizer as we use it, adding nothing by itself, and the ids it would put before a plain text.

    Raises BadInput where there is none, or it cannot be read.
    """
    file = path / "tokenizer.json"
    if not file.is_file():
        finding = "The base model has no tokenizer.json, so its tokens are not known."
        next_step = "Choose a base_model that has one (all newer ones do)."
        raise BadInput(Fault(place=f"{name}/tokenizer.json", finding=finding, next_step=next_step))
    read_json(file, name)  # says where it is broken; the tokenizer itself would not
    tokenizer = _parsed(file, name)
    # A saved tokenizer may carry settings to cut and pad; here nothing is ever cut.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with_its_own = tokenizer.encode("a").ids
    # It could only add tokens, which we add ourselves, and it shortens offsets by leading spaces.
    tokenizer.post_processor = NoProcessing([])
    alone = tokenizer.encode("a").ids
    before = next((n for n in range(len(with_its_own)) if with_its_own[n : n + len(alone)] == alone), 0)
    return tokenizer, with_its_own[:before]


def _parsed(file: Path, name: str) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:
        if type(error) is Exception:  # the library has no class of its own for a file it cannot read
            finding = f"The base model's tokenizer cannot be read: {error}."
            step = "Fetch the model anew, or choose another base_model."
            raise BadInput(Fault(place=f"{name}/{file.name}", finding=finding, next_step=step)) from error
        raise


def special_tokens(*files: Mapping[str, Any]) -> dict[str, str]:
    """By transformers' names; the first file that speaks of a token is believed."""
    found: dict[str, str] = {}
    for token in TOKEN_NAMES:
        value = next((file[token] for file in files if token in file), None)
        text = value.get("content") if isinstance(value, dict) else value
        if isinstance(text, str):
            found[token] = text
    return found


def stop_ids(
    path: Path, name: str, tokenizer: Tokenizer, special: Mapping[str, str], end: str | None
) -> frozenset[int]:
    """Every token that some file of the model says an answer ends with, and `end`, if one was added.

    Raises BadInput where there is none.
    """
    config = read_json(path / "config.json", name)
    told: list[Any] = [
        read_json(path / "generation_config.json", name).get("eos_token_id"),
        config.get("eos_token_id"),
        (config.get("text_config") or {}).get("eos_token_id"),
        tokenizer.token_to_id(special["eos_token"]) if "eos_token" in special else None,
        tokenizer.token_to_id(end) if end else None,
    ]
    flat = [one for value in told for one in (value if isinstance(value, list) else [value])]
    stops = frozenset(one for one in flat if isinstance(one, int))
    if not stops:
        finding = "No file of the base model says which token ends an answer."
        next_step = "Set eos_token_id in its generation_config.json, or choose another base_model."
        raise BadInput(Fault(place=name, finding=finding, next_step=next_step))
    return stops
