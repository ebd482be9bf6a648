"""Follows one drop on the terminal while it is worked on: a bar where there is a screen, lines where not.

Nothing is printed to standard output: that belongs to results, so that `--json` stays one object.
"""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from functions.story import Story
from functions.verdict import current, doing
from schemas import layers


class Live:
    """Use as a context; call `show` as often as you like with the story as it is now."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._said: list[str] = []
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=28),
                TextColumn("{task.fields[detail]}"),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("starting", total=None, detail="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, line: str) -> None:
        """A line that stays, once."""
        if line not in self._said:
            self._said.append(line)
            self.console.print(line, highlight=False, markup=False)

    def show(self, told: Story | None) -> None:
        """Show how far a drop is."""
        if told is None:
            self._update("reading the file", None, None, "")
            return
        if told.dataset is not None and told.drop.of is None:  # a request is about what was learned before
            self.say(_rows(told))
        if told.drop.waiting and told.run is None:
            self.say(f"Trying again: {told.drop.waiting}")
        self._show_run(told)

    def _show_run(self, story: Story) -> None:
        run, progress = story.run, current(story)
        if run is None:
            self._update("finding the base model" if story.dataset else "reading the file", None, None, "")
            return
        self.say(f"Run {run.id}: base model {run.base.name}.")
        if run.over or run.state == "asked":
            return  # its last screen comes next
        if run.state == "waiting":
            self._update(f"waiting for its turn (number {story.position or 1})", None, None, "")
            return
        if run.tries > 1:
            self.say(f"This is attempt {run.tries} at {doing(story)}.")
        if run.trained and story.drop.of is None:
            self.say("Trained; the weights are saved.")
        if progress is None:
            state = "starting" if run.state == "running" else "in line for a machine"
            self._update(f"{doing(story).removeprefix('the ')}: {state}", None, None, "")
            return
        parts = []
        if progress.steps:
            parts.append(f"{progress.step}/{progress.steps}")
        if progress.loss is not None:
            parts.append(f"loss {progress.loss:.3f}")
        if progress.seconds_left is not None and progress.step < progress.steps:
            parts.append(f"{progress.seconds_left:.0f} s left")
        if not self.console.is_terminal:
            self.say(f"{progress.phase} …")
        self._update(progress.phase, progress.step, progress.steps or None, " · ".join(parts))

    def _update(self, what: str, done: int | None, total: int | None, detail: str) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what, completed=done or 0, total=total, detail=detail)


def _rows(told: Story) -> str:
    assert told.dataset is not None
    counts = told.dataset.counts
    left_out = f" ({counts.dropped} left out)" if counts.dropped else ""
    read = f"Dataset: {counts.kept} of {counts.read} rows{left_out}"
    if layers.resolve(told.drop.layers).recipe.generate.model:
        return f"{read}, to be answered."
    return f"{read}, {counts.train} to learn from, {counts.test} held out to measure with."
