"""What the command shows of what was found, measured and answered. Tables of drops are in `jinko.tables`."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from functions import figures, pages
from functions.on_dataset_ready.trainable import not_yet
from functions.on_upload.card_rows import rows
from functions.on_upload.check import Verdict
from functions.story import grouped
from schemas.errors import MAX_FAULTS, Fault
from schemas.methods import FITS
from schemas.methods import IN_WORDS as METHODS
from schemas.results import TrainResult
from schemas.samples import Prompts
from schemas.scores import Answer, Score

_ROWS = re.compile(r" (?=Line \d+: )")  # a question shows rows of the file, and begins each so
SIDE_BY_SIDE = 100  # columns a screen needs, so that three answers beside one another can be read


def faults(found: Sequence[Fault], console: Console) -> None:
    """Each fault as place, finding, next step; such as differ in their line and numbers alone are one."""
    for fault in grouped(found):
        often = f" ({fault.often})" if fault.often else ""
        console.print(Text.assemble((fault.place, "bold"), ": ", fault.finding, (often, "dim")))
        console.print(Padding(Text(f"→ {fault.next_step}", style="cyan"), (0, 0, 0, 2), expand=False))
    if len(found) >= MAX_FAULTS:
        console.print(Text("Only the first findings were gathered; there may be more.", style="dim"))


def scores(before: Score | None, after: Score | None) -> RenderableType:
    """The figures before and after, in the words of the pages; what was not measured is not shown."""
    rows = (after or before or Score(rows=1)).rows
    table = Table(title=f"On {rows} rows it never learned from", title_justify="left", title_style="bold")
    for column in ("", "before", "after"):
        table.add_column(column, justify="left" if not column else "right")
    for figure in figures.figures(before, after):
        table.add_row(figure.name, figure.before or "–", figure.after or "–")
    return table


def answers(shown: Sequence[Answer], width: int) -> RenderableType:
    """Questions with the answers before and after: side by side where the screen is wide enough."""
    title = "Three answers" if len(shown) == 3 else "Answers"
    wide = width >= SIDE_BY_SIDE
    table = Table(
        title=f"{title}, before and after", title_justify="left", title_style="bold", show_lines=wide
    )
    table.show_header = wide
    for column in ("asked", "before", "after", "should be") if wide else ("", ""):
        table.add_column(column, overflow="fold", ratio=1 if wide else None)
    for answer in shown:
        asked, wanted = Text(answer.question), Text(answer.expected)
        before = Text(answer.before or "(said nothing)", style="dim")
        after = Text(answer.after or "(said nothing)", style="green" if answer.right_after else "yellow")
        if wide:
            table.add_row(asked, before, after, wanted)
            continue
        lines = (("asked", asked), ("before", before), ("after", after), ("should be", wanted))
        for number, (name, said) in enumerate(lines, start=1):
            table.add_row(name, said, end_section=number == len(lines))
    return table


def outcome(trained: TrainResult | None, width: int) -> RenderableType:
    """The table and the answers of a run that trained."""
    if trained is None or trained.after is None:
        return Text("There were no held-out rows to ask it about, so nothing was measured.")
    parts = [scores(trained.before, trained.after)]
    said = [trained.comparison.sentence] if trained.comparison else []
    parts += [Text(sentence) for sentence in (*said, *([trained.forgot] if trained.forgot else ()))]
    if trained.answers:
        parts.append(answers(trained.answers[:3], width))
    return Group(*parts)


def proofs(made: Sequence[figures.Proven]) -> RenderableType:
    """How everything that was made of the weights answered, loaded anew."""
    table = Table(title="Loaded anew and asked", title_justify="left", title_style="bold")
    for column in ("made", "compared with", "tokens alike", "answers alike", "loss", "size"):
        table.add_column(column, justify="left" if column in ("made", "compared with") else "right")
    for one in made:
        size = pages.size(one.bytes) if one.bytes else "–"
        table.add_row(one.name, one.beside, one.choices, one.answers, one.loss or "–", size)
    return table


def places(paths: dict[str, str], console: Console) -> None:
    """Where everything lies, each path on one line, to be copied."""
    words = {
        "answers": "the answers",
        "table": "the answers, a table",
        "published": "published on the Hub",
        "gguf": "GGUF and Modelfile",
        "adapter": "the trained adapter",
        "model": "the model as trained",
        "merged": "the whole model, merged",
        "report": "the run's report",
        "card": "what became of the data",
        "status": "the status page",
    }
    console.print(Text("\nWhere everything lies", style="bold"))
    for what, said in words.items():
        if what in paths:
            console.print(f"  {said:<24} {paths[what]}", soft_wrap=True, highlight=False, markup=False)


def verdict(named: str, judged: Verdict, console: Console) -> None:
    """What `jinko check` tells a person."""
    name = named if "://" in named else Path(named).name or named
    if judged.code == 0:
        holds = _not_yet(judged)
        can = f"holds {holds}" if holds else "can be trained on"
        console.print(Text.assemble((f"{name} {can}. ", "bold green"), judged.why))
        console.print(_counted(judged), highlight=False)
        if judged.unused:
            console.print(f"Columns that are not read: {', '.join(judged.unused)}.", markup=False)
    elif judged.code == 3:
        console.print(Text(f"{name}: one question first.", style="bold yellow"))
    else:
        console.print(Text(f"{name} cannot be trained on as it is.", style="bold red"))
    if judged.code == 3:
        _readings(judged.findings, console)
    elif judged.findings:
        console.print()
        faults(judged.findings, console)
    if judged.sample:
        console.print()
        console.print(_samples(judged))
    if judged.code == 0:
        console.print(f"\n{_next_step(named, judged)}", highlight=False, markup=False, soft_wrap=True)


def _readings(found: Sequence[Fault], console: Console) -> None:
    """Each reading that may be meant, the rows as it has them below one another, and the option to say."""
    for fault in found:
        said, *rows = _ROWS.split(fault.finding)
        console.print()
        console.print(Text(said))
        for row in rows:
            console.print(Padding(Text(row), (0, 0, 0, 2), expand=False))
        console.print(Padding(Text(f"→ {fault.next_step}", style="cyan"), (0, 0, 0, 2), expand=False))


def _not_yet(judged: Verdict) -> str | None:
    return not_yet(judged.kind or "conversation", judged.images, judged.tools, judged.thinking)


def _next_step(named: str, judged: Verdict) -> str:
    holds = _not_yet(judged)
    if holds:
        return f"Jinko prepares rows that hold {holds}, and cannot train on them yet."
    how = FITS[judged.kind or "conversation"][0]
    graded = " --set training.graders=exact" if how == "grpo" else ""  # nothing else says what is good
    if graded and all(isinstance(one, Prompts) and not json.loads(one.reference) for one in judged.shown):
        return "Train on it by GRPO, with training.graders that need no right answers: no column holds any."
    if "://" in named:
        return f"Train on it: a recipe.yaml with `data: {{from: {named}}}`, then jinko drop recipe.yaml"
    by = "" if how == "sft" else f" by {METHODS[how]}"
    return f"Train on it{by}: jinko drop {named}{graded}"


def _counted(judged: Verdict) -> str:
    counts = judged.counts
    rows = f"{counts.read:,} row{'' if counts.read == 1 else 's'} read, {counts.dropped:,} left out."
    if not counts.test:
        return f"{rows} {counts.train:,} to learn from, none held out: nothing would be measured."
    return f"{rows} {counts.train:,} to learn from, {counts.test:,} held out to measure with."


def _samples(judged: Verdict) -> RenderableType:
    title = (
        "How they were read"
        if judged.code
        else "As prepared"
        if _not_yet(judged)
        else "As they will be trained"
    )
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=True)
    table.add_column("line", justify="right")
    table.add_column("who says what", overflow="fold")
    for row, given in zip(rows(judged.source, judged.shown), judged.shown, strict=True):
        said = (f"{who}: {''.join(pages.shown(text, 300))}" for who, text in row.flat)
        table.add_row(str(given.line), Text(pages.visible("\n".join(said))))
    return table
