"""The chat template of a base that has none: ChatML, with its two tokens, system, tools and thinking.

    chat = ChatText.from_folder(folder)
    if chat.added_template: complete(chat, folder_of_the_trained_model)

What was added has to be kept with what was trained, or nobody can talk to it: the template, the tokens, and
that `<|im_end|>` ends an answer. Embeddings of added tokens are the trainer's business.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Template
from tokenizers import AddedToken, Tokenizer

from gpu_batch.text.chatml import CHATML
from gpu_batch.text.files import read_json
from gpu_batch.text.template import compile_template

if TYPE_CHECKING:
    from gpu_batch.text.chat import ChatText

START: Final = "<|im_start|>"
END: Final = "<|im_end|>"


@cache
def compiled() -> Template:
    """The template, ready to render."""
    return compile_template(CHATML)


def add_tokens(tokenizer: Tokenizer) -> tuple[str, ...]:
    """Make the template's tokens control tokens of this tokenizer; those that it did not know at all."""
    unknown = tuple(text for text in (START, END) if tokenizer.token_to_id(text) is None)
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in (START, END)])
    return unknown


def complete(chat: "ChatText", folder: Path) -> None:
    """Write what was added into a trained model's folder; nothing where nothing was. A repeat is the same.

    `chat_template.jinja`, `tokenizer.json` with the tokens, `tokenizer_config.json` and
    `generation_config.json`, which say that `<|im_end|>` ends an answer. Other settings stay as they are.
    """
    if chat.added_template is None:
        return
    (folder / "chat_template.jinja").write_text(chat.added_template, encoding="utf-8")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    add_tokens(tokenizer)
    tokenizer.save(str(folder / "tokenizer.json"))
    stops = sorted(chat.stop_ids)
    _merge(folder / "generation_config.json", {"eos_token_id": stops}, chat.name)
    _merge(folder / "tokenizer_config.json", {"eos_token": END}, chat.name)


def _merge(file: Path, settings: dict[str, Any], name: str) -> None:
    merged = read_json(file, name) | settings
    file.write_text(json.dumps(merged, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
