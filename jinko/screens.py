"""What the command shows a person: tables, faults, answers side by side."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from functions.on_upload.check import Verdict
from functions.story import Story, phase
from schemas.errors import Fault
from schemas.orders import Answer, Score, TrainResult


def faults(found: Sequence[Fault], console: Console) -> None:
    """Each fault as place, finding, next step."""
    for fault in found:
        often = f" ({fault.often})" if fault.often else ""
        console.print(Text.assemble((fault.place, "bold"), ": ", fault.finding, (often, "dim")))
        console.print(Padding(Text(f"→ {fault.next_step}", style="cyan"), (0, 0, 0, 2), expand=False))


def scores(before: Score | None, after: Score | None) -> RenderableType:
    """The figures before and after; what was not measured is not shown."""
    table = Table(title="On rows it was not trained on", title_justify="left", title_style="bold")
    for column in ("", "before", "after"):
        table.add_column(column, justify="left" if not column else "right")
    for label, key, form in (
        ("answers right, word for word", "exact_match", "{:.0%}"),
        ("tokens right", "token_accuracy", "{:.1%}"),
        ("loss per token", "loss", "{:.3f}"),
    ):
        values = [getattr(score, key) if score else None for score in (before, after)]
        if any(value is not None for value in values):
            table.add_row(label, *("" if value is None else form.format(value) for value in values))
    if after is not None:
        table.caption = f"{after.rows} held-out rows"
    return table


def answers(shown: Sequence[Answer]) -> RenderableType:
    """Questions with the answers before and after, side by side."""
    table = Table(
        title="Three answers, side by side", title_justify="left", title_style="bold", show_lines=True
    )
    for column in ("asked", "before", "after", "wanted"):
        table.add_column(column, overflow="fold", ratio=1)
    for answer in shown:
        after = Text(answer.after, style="green" if answer.right_after else "yellow")
        table.add_row(Text(answer.question), Text(answer.before, style="dim"), after, Text(answer.expected))
    return table


def outcome(trained: TrainResult | None) -> RenderableType:
    """The table and the answers of a run that trained."""
    if trained is None or trained.after is None:
        return Text("There were no held-out rows, so nothing was measured.")
    return Group(scores(trained.before, trained.after), answers(trained.answers[:3]))


def places(paths: dict[str, str], console: Console) -> None:
    """Where everything lies, each path on one line, to be copied."""
    words = {
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


def verdict(path: Path, judged: Verdict, console: Console) -> None:
    """What `jinko check` tells a person."""
    rows = judged.rows
    if judged.code == 0:
        console.print(Text.assemble((f"{path.name} can be trained on. ", "bold green"), judged.why))
        console.print(f"{rows.read} rows read, {rows.kept} kept, {rows.dropped} left out.")
        if judged.unused:
            console.print(f"Columns that are not read: {', '.join(judged.unused)}.", markup=False)
    elif judged.code == 3:
        console.print(Text(f"{path.name}: one question first.", style="bold yellow"))
    else:
        console.print(Text(f"{path.name} cannot be trained on as it is.", style="bold red"))
    if judged.findings:
        console.print()
        faults(judged.findings, console)
    if judged.sample:
        console.print()
        console.print(_samples(judged))


def _samples(judged: Verdict) -> RenderableType:
    table = Table(title="As they will be trained", title_justify="left", title_style="bold", show_lines=True)
    table.add_column("line", justify="right")
    table.add_column("turns", overflow="fold")
    for row in judged.sample:
        turns = row["messages"]
        assert isinstance(turns, list)
        text = "\n".join(f"{turn['role']}: {turn['content'][:300]}" for turn in turns)
        table.add_row(str(row["line"]), Text(text))
    return table


def status(told: Sequence[Story], console: Console) -> None:
    """Every drop on a line, the newest first."""
    if not told:
        console.print("Nothing was dropped here yet. Drop a file: jinko drop FILE")
        return
    console.print(drops(told))


def drops(told: Sequence[Story]) -> Table:
    """Drops as a table: where each stands and how far its job is."""
    table = Table()
    for column in ("drop", "state", "stage", "progress", "loss", "time left", "run"):
        table.add_column(column)
    for one in told:
        run = one.run
        progress = one.progress if run and run.state == "running" and one.progress else None
        if progress and run and progress.stage != run.stage:
            progress = None
        left = progress.seconds_left if progress and progress.step < progress.steps else None
        table.add_row(
            Text(one.drop.name, overflow="fold"),
            word(one),
            run.stage if run and not run.over else "",
            f"{progress.step}/{progress.steps}"
            if progress and progress.steps
            else progress.phase
            if progress
            else "",
            f"{progress.loss:.3f}" if progress and progress.loss is not None else "",
            f"{left:.0f} s" if left is not None else "",
            one.drop.run_id or "",
        )
    return table


def word(one: Story) -> str:
    """Where a drop stands, in a word or three."""
    return f"waiting, number {one.position}" if one.position else phase(one)
