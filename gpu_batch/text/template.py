"""A chat template compiled as transformers compiles it, without transformers.

Not a program. The environment is jinja2's immutable sandbox: a template comes with a downloaded model and may
compute text, but not reach into Python.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gpu_batch.text.files import read_json
from schemas.errors import BadInput, Fault


class GenerationTag(Extension):
    """`{% generation %}…{% endgeneration %}` marks the assistant's part. Here it does nothing."""

    tags = {"generation"}  # noqa: RUF012 (the attribute that jinja2 reads)

    def parse(self, parser: Parser) -> nodes.Node:
        """A call block and not the bare body, so that `{% set %}` inside stays inside as in transformers."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_through"), [], [], body).set_lineno(line)

    def _through(self, caller: Callable[[], str]) -> str:
        return caller()


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """jinja2's own filter escapes for HTML, which no model was trained on."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def compile_template(source: str) -> Template:
    """The template, ready to render. Raises jinja2.TemplateSyntaxError where it does not parse."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    # Local time, as the model's makers render it; one moment for all rows, also of a run past midnight.
    environment.globals["strftime_now"] = datetime.now().strftime
    return environment.from_string(source)


def read_templates(path: Path, name: str, config: Mapping[str, Any]) -> dict[str, Template]:
    """A model folder's templates by name, `default` among them; none where it has no default one.

    `config` is its tokenizer_config.json. Raises BadInput where one does not parse.
    """
    file = path / "chat_template.jinja"
    source = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if source is None:  # older models that see keep it with their processor
        source = read_json(path / "chat_template.json", name).get("chat_template")
    if isinstance(source, list):  # several named ones: transformers takes the default, or the one for tools
        sources = {str(one["name"]): one["template"] for one in source}
    else:
        sources = {"default": source}
    named = {key: text for key, text in sources.items() if isinstance(text, str) and text.strip()}
    if "default" not in named:
        return {}
    return {key: _compiled(named[key], name) for key in ("default", "tool_use") if key in named}


def _compiled(source: str, name: str) -> Template:
    try:
        return compile_template(source)
    except TemplateSyntaxError as error:
        finding = f"The chat template of the base model does not parse: {error.message}"
        place = f"{name}/chat_template:{error.lineno}"
        raise BadInput(Fault(place=place, finding=finding, next_step="Choose another base_model.")) from error
