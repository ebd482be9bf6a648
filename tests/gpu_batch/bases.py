"""Base models without weights, made on the spot: byte-level tokenizer, chat template. No tests here."""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from tests.gpu_batch.papers import TINY

GEMMA3 = (TINY / "chat_template.jinja").read_text(encoding="utf-8")
CHATML = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
# One merge in byte-level letters: two line breaks are one token, as in every large vocabulary.
MERGES = [("Ċ", "Ċ")]


def make_base(folder: Path, template: str | None, control: Sequence[str], end: str) -> Path:
    """Write the text files of a base. `control` are its control tokens, `end` the one that ends a turn."""
    folder.mkdir(parents=True)
    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *("".join(pair) for pair in MERGES)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=MERGES))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<bos>", "<eos>", "<pad>", *control])
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"}
    write_json(folder / "tokenizer_config.json", names)
    write_json(folder / "generation_config.json", {"eos_token_id": [tokenizer.token_to_id(end)]})
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return folder


def write_json(path: Path, value: object) -> None:
    """Write one of a model's settings files."""
    path.write_text(json.dumps(value), encoding="utf-8")
