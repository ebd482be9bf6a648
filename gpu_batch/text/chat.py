"""What a base model makes of a conversation: its chat template, its tokenizer, the tokens it stops at.

    chat = ChatText.from_folder(folder)
    chat.prompt_ids([Message(role="user", content="Hello")])

Renders and encodes as transformers does, without importing it. Knows text only: no images, no tools.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from jinja2 import Template, TemplateError, TemplateSyntaxError
from tokenizers import Tokenizer
from tokenizers.processors import Sequence as NoProcessing

from gpu_batch.text.files import read_json
from gpu_batch.text.template import compile_template
from schemas.errors import BadInput, Fault
from schemas.samples import Message

TOKEN_NAMES: Final = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)
CHOOSE_ANOTHER: Final = "Choose a base_model that was made for chat (often named -it, -instruct or -chat)."
# What a template's own expressions may raise besides jinja2's errors, e.g. adding a number to a text.
TEMPLATE_ERRORS: Final = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


@dataclass(frozen=True, eq=False)
class ChatText:
    """One base model's text side. `name` is how messages call the base; ids are token ids of its vocabulary.

    `special_tokens` maps transformers' names (`bos_token`) to texts. `stop_ids` are the tokens that end an
    answer. `control_ids` are the tokens that the tokenizer never makes of ordinary words.
    """

    name: str
    tokenizer: Tokenizer
    template: Template
    special_tokens: Mapping[str, str]
    stop_ids: frozenset[int]
    control_ids: frozenset[int]

    @classmethod
    def from_folder(cls, path: Path, name: str | None = None) -> Self:
        """Read the `TEXT_FILES` of a model folder. Raises BadInput where one is missing or does not parse."""
        name = name or path.name
        config = read_json(path / "tokenizer_config.json", name)
        tokenizer = _tokenizer(path, name)
        special = _special_tokens(config, read_json(path / "special_tokens_map.json", name))
        return cls(
            name=name,
            tokenizer=tokenizer,
            template=_template(path, name, config),
            special_tokens=special,
            stop_ids=_stop_ids(path, name, tokenizer, special),
            control_ids=frozenset(i for i, t in tokenizer.get_added_tokens_decoder().items() if t.special),
        )

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = False) -> str:
        """The conversation as the model reads it; with the opening of an answer if one is to be generated.

        Raises BadInput if the template refuses the conversation.
        """
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return self.template.render(
                messages=turns,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **self.special_tokens,
            )
        except TEMPLATE_ERRORS as error:
            finding = f"The chat template of {self.name} refuses this conversation: {error}"
            next_step = "Change the turns so that they fit, or choose another base_model."
            raise BadInput(
                Fault(place=self.name, finding=f"{finding.rstrip('.')}.", next_step=next_step)
            ) from error

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids, and for each the characters [start, end) of `text` it stands for. Nothing is added."""
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a prompt, up to where the model's answer begins. Raises BadInput as `render`."""
        return self.encode(self.render(messages, add_generation_prompt=True))[0]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, control tokens included."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=False)

    @cached_property
    def bos_id(self) -> int | None:
        """The token that begins a text, if this base has one."""
        return self._id("bos_token")

    @cached_property
    def pad_id(self) -> int:
        """The token to fill batches with; it is always masked, so any token will do where none is named."""
        pad = self._id("pad_token")
        return pad if pad is not None else min(self.stop_ids)

    @cached_property
    def control_starts(self) -> frozenset[str]:
        """First characters of control tokens: a text without any of them cannot hold one."""
        decoder = self.tokenizer.get_added_tokens_decoder()
        return frozenset(decoder[i].content[:1] for i in self.control_ids)

    def _id(self, token: str) -> int | None:
        text = self.special_tokens.get(token)
        return self.tokenizer.token_to_id(text) if text else None


def _tokenizer(path: Path, name: str) -> Tokenizer:
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
    # It could only add tokens, which we never ask for, and it shortens offsets by leading spaces.
    tokenizer.post_processor = NoProcessing([])
    return tokenizer


def _parsed(file: Path, name: str) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:
        if type(error) is Exception:  # the library has no class of its own for a file it cannot read
            finding = f"The base model's tokenizer cannot be read: {error}."
            step = "Fetch the model anew, or choose another base_model."
            raise BadInput(Fault(place=f"{name}/{file.name}", finding=finding, next_step=step)) from error
        raise


def _template(path: Path, name: str, config: Mapping[str, Any]) -> Template:
    file = path / "chat_template.jinja"
    source = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if isinstance(source, list):  # several named templates: transformers takes the default one
        source = {str(one["name"]): one["template"] for one in source}.get("default")
    if not isinstance(source, str) or not source.strip():
        finding = "The base model has no chat template, so it is not known how it reads a conversation."
        raise BadInput(Fault(place=name, finding=finding, next_step=CHOOSE_ANOTHER))
    try:
        return compile_template(source)
    except TemplateSyntaxError as error:
        finding = f"The chat template of the base model does not parse: {error.message}"
        place = f"{name}/chat_template:{error.lineno}"
        raise BadInput(Fault(place=place, finding=finding, next_step="Choose another base_model.")) from error


def _special_tokens(*files: Mapping[str, Any]) -> dict[str, str]:
    """By transformers' names; the first file that speaks of a token is believed."""
    found: dict[str, str] = {}
    for token in TOKEN_NAMES:
        value = next((file[token] for file in files if token in file), None)
        text = value.get("content") if isinstance(value, dict) else value
        if isinstance(text, str):
            found[token] = text
    return found


def _stop_ids(path: Path, name: str, tokenizer: Tokenizer, special: Mapping[str, str]) -> frozenset[int]:
    """Every token that some file of the model says an answer ends with."""
    config = read_json(path / "config.json", name)
    told: list[Any] = [
        read_json(path / "generation_config.json", name).get("eos_token_id"),
        config.get("eos_token_id"),
        (config.get("text_config") or {}).get("eos_token_id"),
        tokenizer.token_to_id(special["eos_token"]) if "eos_token" in special else None,
    ]
    flat = [one for value in told for one in (value if isinstance(value, list) else [value])]
    stops = frozenset(one for one in flat if isinstance(one, int))
    if not stops:
        finding = "No file of the base model says which token ends an answer."
        next_step = "Set eos_token_id in its generation_config.json, or choose another base_model."
        raise BadInput(Fault(place=name, finding=finding, next_step=next_step))
    return stops
