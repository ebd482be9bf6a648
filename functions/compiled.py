"""Where pages find their templates: as they are written, or as Python, where staging has compiled them.

    python -m functions.compiled DIR     # writes each template of functions/templates into DIR as a module

Compiling them took a function 40 milliseconds of its first answer. `infra.stage` puts the modules beside the
code instead of the templates, as functions/compiled_templates; a clone has no such folder. The same templates
make the same modules.
"""

import sys
from pathlib import Path
from typing import Final, Literal

from jinja2 import BaseLoader, FileSystemLoader, ModuleLoader

Form = Literal["html", "md"]
TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
COMPILED: Final = TEMPLATES.with_name("compiled_templates")


def loader() -> BaseLoader:
    """Of the modules where they are, else of the templates themselves."""
    return ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(TEMPLATES)


def write(to: str) -> None:
    """Compile every template into a folder, each for the form that it is of. Raises TemplateError."""
    from functions import pages

    def is_markdown(name: str) -> bool:
        return name.endswith(".md.jinja")

    def is_html(name: str) -> bool:
        return not is_markdown(name)

    # Not Jinja's own choice for either: one archive of all, and templates that do not compile left out.
    pages.environment("md").compile_templates(to, None, is_markdown, zip=None, ignore_errors=False)
    pages.environment("html").compile_templates(to, None, is_html, zip=None, ignore_errors=False)


if __name__ == "__main__":
    write(sys.argv[1])
