"""What a base model makes of a conversation: its chat template, its tokenizer, the tokens it stops at.

    chat = ChatText.from_folder(folder)
    chat.prompt_ids([Message(role="user", content="Hello")])

Renders and encodes as transformers does, without importing it. An image is a place in a text. A base without
a chat template gets ChatML (`added.py` says what has to be kept with the model then).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from jinja2 import Template, TemplateError
from tokenizers import Tokenizer

from gpu_batch.text.added import END, add_tokens, compiled
from gpu_batch.text.chatml import CHATML
from gpu_batch.text.files import read_json
from gpu_batch.text.shown import Shown, in_place
from gpu_batch.text.template import read_templates
from gpu_batch.text.tokens import load_tokenizer, special_tokens, stop_ids
from gpu_batch.text.turns import Form, as_turns, tools_of
from schemas.errors import BadInput, Fault
from schemas.samples import Message, ToolCall

# What a template's own expressions may raise besides jinja2's errors, e.g. adding a number to a text.
TEMPLATE_ERRORS: Final = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
_REMEMBERED: Final = 2000  # renderings: rows of one shape have one scaffold
_PROBE: Final = "Jinko"
_CALL: Final = ToolCall(name=_PROBE, arguments=f'{{"{_PROBE}": "{_PROBE}"}}')


@dataclass(frozen=True, eq=False)
class ChatText:
    """One base model's text side. `name` is how messages call the base; ids are token ids of its vocabulary.

    `special_tokens` maps transformers' names (`bos_token`) to texts. `stop_ids` are the tokens that end an
    answer. `control_ids` are the tokens that the tokenizer never makes of ordinary words. `text_start` are
    the ids that stand before a text that is no conversation.

    `added_template` is the template that the base was given because it has none, and `added_tokens` are the
    tokens that its tokenizer did not know (their ids follow the last; embeddings have to be made for them).
    Both have to be kept with the trained model: `added.complete` does that.
    """

    name: str
    tokenizer: Tokenizer
    template: Template
    special_tokens: Mapping[str, str]
    stop_ids: frozenset[int]
    control_ids: frozenset[int]
    tool_template: Template | None = None
    text_start: tuple[int, ...] = ()
    added_template: str | None = None
    added_tokens: tuple[str, ...] = ()
    _renderings: dict[Any, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_folder(cls, path: Path, name: str | None = None) -> Self:
        """Read the `TEXT_FILES` of a model folder. Raises BadInput where one is missing or does not parse."""
        name = name or path.name
        config = read_json(path / "tokenizer_config.json", name)
        tokenizer, text_start = load_tokenizer(path, name)
        special = special_tokens(config, read_json(path / "special_tokens_map.json", name))
        templates = read_templates(path, name, config)
        added = add_tokens(tokenizer) if not templates else ()
        return cls(
            name=name,
            tokenizer=tokenizer,
            template=templates.get("default") or compiled(),
            special_tokens=special,
            stop_ids=stop_ids(path, name, tokenizer, special, None if templates else END),
            control_ids=frozenset(i for i, t in tokenizer.get_added_tokens_decoder().items() if t.special),
            tool_template=templates.get("tool_use"),
            text_start=tuple(text_start),
            added_template=None if templates else CHATML,
            added_tokens=added,
        )

    def render(
        self, messages: Sequence[Message], add_generation_prompt: bool = False, tools: str | None = None
    ) -> str:
        """The conversation as the model reads it; with the opening of an answer if one is to be generated.

        `tools` are those that may be called, as in a sample. Raises BadInput if the template refuses the
        conversation, or a call's arguments or the tools are no JSON.
        """
        given = tools_of(tools)
        template = self.tool_template if given and self.tool_template else self.template
        try:
            return self._render(template, as_turns(messages, self.form), given, add_generation_prompt)
        except TEMPLATE_ERRORS as error:
            finding = f"The chat template of {self.name} refuses this conversation: {error}"
            next_step = "Change the turns so that they fit, or choose another base_model."
            raise BadInput(
                Fault(place=self.name, finding=f"{finding.rstrip('.')}.", next_step=next_step)
            ) from error

    def rendered_before(
        self, messages: tuple[Message, ...], add_generation_prompt: bool, tools: str | None
    ) -> str:
        """`render`, remembered: for conversations with marks in place of texts, which are soon all alike."""
        key = (messages, add_generation_prompt, tools)
        if key not in self._renderings:
            if len(self._renderings) >= _REMEMBERED:
                self._renderings.clear()
            self._renderings[key] = self.render(messages, add_generation_prompt, tools)
        return self._renderings[key]

    def _render(
        self, template: Template, turns: list[dict[str, Any]], tools: Any, add_generation_prompt: bool
    ) -> str:
        return template.render(
            messages=turns,
            tools=tools,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            **self.special_tokens,
        )

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids, and for each the characters [start, end) of `text` it stands for. Nothing is added."""
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def prompt_ids(
        self, messages: Sequence[Message], shown: Sequence[Shown] = (), tools: str | None = None
    ) -> list[int]:
        """Token ids of a prompt, up to where the model's answer begins. Raises BadInput as `render`.

        `shown` are the images of the turns, in their order.
        """
        rendering = self.render(messages, add_generation_prompt=True, tools=tools)
        return self.encode(in_place(rendering, shown, self.name)[0])[0]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, control tokens included."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=False)

    @cached_property
    def form(self) -> Form:
        """What this template wants of its turns, found by trying it."""
        asked = [Message(role="user", content=_PROBE)]
        called = [*asked, Message(role="assistant", content="", tool_calls=(_CALL,))]
        parts = _PROBE not in self._tried(asked, Form()) and _PROBE in self._tried(asked, Form(parts=True))
        as_objects = self._tried(called, Form(parts=parts))
        # Python's own writing of a dictionary is what a template makes that expects a text.
        if not as_objects or f"{{'{_PROBE}'" in as_objects:
            as_text = self._tried(called, Form(arguments_as_text=True, parts=parts))
            return Form(arguments_as_text=_CALL.arguments in as_text, parts=parts)
        return Form(parts=parts)

    @cached_property
    def opening(self) -> str:
        """What opens an answer after a question; empty where the template does not simply add it."""
        asked = [Message(role="user", content=_PROBE)]
        closed, opened = self._tried(asked, self.form), self._tried(asked, self.form, opened=True)
        return opened.removeprefix(closed) if closed and opened.startswith(closed) else ""

    def _tried(self, messages: Sequence[Message], form: Form, opened: bool = False) -> str:
        template = self.tool_template or self.template if len(messages) > 1 else self.template
        try:
            return self._render(template, as_turns(messages, form), None, opened)
        except TEMPLATE_ERRORS:
            return ""

    @cached_property
    def bos_id(self) -> int | None:
        """The token that begins a text, if this base has one."""
        return self._id("bos_token")

    @cached_property
    def eos_id(self) -> int:
        """The token that ends a text that is no conversation."""
        eos = self._id("eos_token")
        return eos if eos is not None else min(self.stop_ids)

    @cached_property
    def pad_id(self) -> int:
        """The token to fill batches with; it is always masked, so any will do that never ends an answer."""
        named = (self._id(name) for name in ("pad_token", "unk_token"))
        others = sorted(self.control_ids - {self.bos_id}), range(self.tokenizer.get_vocab_size())
        every = (one for some in (named, *others) for one in some)
        return next(one for one in every if one is not None and one not in self.stop_ids)

    @cached_property
    def control_starts(self) -> frozenset[str]:
        """First characters of control tokens: a text without any of them cannot hold one."""
        decoder = self.tokenizer.get_added_tokens_decoder()
        return frozenset(decoder[i].content[:1] for i in self.control_ids)

    def _id(self, token: str) -> int | None:
        text = self.special_tokens.get(token)
        return self.tokenizer.token_to_id(text) if text else None
