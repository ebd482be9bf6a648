"""Pages that people read: Jinja templates rendered to self-contained HTML or to Markdown.

`html("card", ...)` renders `templates/card.html.jinja`, `markdown("card", ...)` its `.md.jinja` sibling. Both
are safe by default: whatever a template prints is escaped for the page's form, so a row's text can neither
end a table nor start a script; None prints nothing, since what is absent stays absent. Text is shown as it
stands, except that control characters become visible ones and long texts are cut, saying so.

Not here: what a page says (its own module and template), Markdown to HTML, files.
"""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from functions.compiled import Form, loader

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
_QUOTED: Final = re.compile(r"`([^`]+)`")
# What starts inline syntax in GitHub's Markdown. A _ or # inside a word and a lone & start nothing, and stay
# readable in the raw file.
_INLINE: Final = re.compile(r"[\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<!\S)#")
# What starts a block when it opens a line: a list, a rule, an underline.
_OPENING: Final = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)](?:\s|$)))")


def html(template: str, **values: object) -> str:
    """The page as one HTML document that needs nothing else."""
    return environment("html").get_template(f"{template}.html.jinja").render(**values)


def markdown(template: str, **values: object) -> str:
    """The page as Markdown that reads well both raw and rendered."""
    return environment("md").get_template(f"{template}.md.jinja").render(**values)


@cache
def environment(form: Form) -> Environment:
    """One per form, since `finalize` escapes every printed value, and filters write marks, for that form."""
    made = Environment(
        loader=loader(),
        autoescape=True,  # in Markdown too: it makes macros return Markup, which finalize leaves alone
        finalize=_finalizer(form),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"n": number, "percent": percent, "size": size, "shown": shown}
    made.filters |= {"duration": duration, "moment": moment}
    marks = {"prose": prose, "code": code, "fence": fence, "aligned": aligned}
    made.filters |= marks if form == "md" else {"prose": prose_html}
    return made


def _finalizer(form: Form) -> Callable[[object], object]:
    def finalize(value: object) -> object:
        if value is None or isinstance(value, Markup):
            return "" if value is None else value
        return visible(str(value)) if form == "html" else escaped(str(value))

    return finalize


# ---------------------------------------------------------------- text of people's data


class Shown(NamedTuple):
    """As much of a text as a page shows, and what it says of the rest (empty if there is none)."""

    text: str
    more: str


def visible(text: str) -> str:
    """Control characters as their pictures (␛): a page read in a terminal must not steer it."""
    return _CONTROL.sub(
        lambda c: chr(0x2400 + ord(c[0])) if c[0] < " " else "\N{REPLACEMENT CHARACTER}", text
    )


def shown(text: str, limit: int = 600) -> Shown:
    """The first `limit` characters. A rest is always told: `… (12 more characters)`."""
    rest = len(text) - limit
    if rest <= 0:
        return Shown(text, "")
    return Shown(text[:limit], f"… ({rest:,} more character{'s' if rest > 1 else ''})")


def _one_line(text: str) -> str:
    return _NEWLINE.sub("↵", visible(text))


def escaped(text: str) -> Markup:
    """Text inside a Markdown line, heading or table cell: it reads as it stands. Line breaks show as ↵."""
    line = _INLINE.sub(lambda mark: "\\" + mark[0], _one_line(text))
    if opening := _OPENING.match(line):
        end = opening.end()
        line = f"{line[:end]}\\{line[end:]}" if line[0].isdigit() else f"\\{line}"
    return Markup(line)


def code(text: str) -> Markup:
    """A Markdown code span, for names and paths. Not for table cells, where a | would end it."""
    line = _one_line(text)
    if not line.strip():
        return Markup("(empty)")
    ticks = "`" * (_longest_ticks(line) + 1)
    pad = " " if line.startswith(("`", " ")) or line.endswith(("`", " ")) else ""
    return Markup(f"{ticks}{pad}{line}{pad}{ticks}")


def fence(text: str, language: str = "text") -> Markup:
    """A fenced block that no text of its own can end."""
    ticks = "`" * max(3, _longest_ticks(text) + 1)
    return Markup("\n".join([ticks + language, *_NEWLINE.split(visible(text)), ticks]))


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def aligned(pairs: Iterable[tuple[str, str]], limit: int = 400) -> Markup:
    """Named texts below one another in one fenced block, so that the eye compares them column by column."""
    rows = list(pairs)
    margin = max(len(name) for name, _ in rows) + 2
    lines: list[str] = []
    for name, text in rows:
        first, *others = _NEWLINE.split("".join(shown(text, limit)))
        lines += [name.ljust(margin) + first, *(" " * margin + line for line in others)]
    return fence("\n".join(lines))


def prose(text: str) -> Markup:
    """A sentence of ours in Markdown: what it quotes in `backticks` stays code, all else is escaped."""
    parts = _QUOTED.split(text.strip())
    return Markup("").join(code(part) if i % 2 else escaped(part) for i, part in enumerate(parts))


def prose_html(text: str) -> Markup:
    """The same for HTML."""
    parts = _QUOTED.split(visible(text.strip()))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part) for i, part in enumerate(parts)
    )


# ---------------------------------------------------------------- figures in words


def number(value: float) -> str:
    """1000 → `1,000`; 0.031251 → `0.03125`, four digits that count."""
    return f"{int(value):,}" if value == int(value) else f"{value:.4g}"


def percent(share: float) -> str:
    """0.96 → `96%`. Not quite all is never `100%`, not quite nothing never `0%`."""
    if 0 < share < 1:
        share = min(max(share, 0.001), 0.999)
    return f"{share * 100:.1f}".removesuffix(".0") + "%"


def duration(seconds: float) -> str:
    """`42 seconds`, `3 minutes 5 seconds`, `2 hours 10 minutes`: the two largest units."""
    if seconds < 1:
        return "under a second"
    left, parts = round(seconds), []
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count:,} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2])


def moment(at: datetime) -> str:
    """`2026-10-14 09:30 UTC`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def size(count: int) -> str:
    """Bytes: `94 kB`, `1.2 GB` (powers of 1000)."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    power = min(int(math.log10(count)) // 3, 4)
    return f"{count / 1000**power:.3g} {' kMGT'[power]}B"


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5, 10, … that divides `span` into at most `most` steps."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(power * m for m in (1, 2, 5, 10) if power * m * most >= span * (1 - 1e-9))
