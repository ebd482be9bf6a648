"""How a verb that works on a run ends: the story's last screen, and the exit code."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from functions import figures
from functions.story import Story, faults, phase
from functions.verdict import verdict
from jinko import screens
from jinko.here import Here
from jinko.story import artifacts

KEPT = ("published", "gguf", "merged", "adapter", "model", "status")  # of a run that was stopped
STOPPED_WATCHING = 130  # what a shell calls a command that Ctrl-C ended


def conclude(here: Here, work: Callable[[], Story], wish: str = "succeeded") -> int:
    """Do the work, show how it ended, and give the exit code: 0 as wished, 1 not so, 2 refused."""
    out = Console()
    try:
        story = work()
    except KeyboardInterrupt:
        out.print("\nStopped watching. What runs goes on; the next jinko command takes its result.")
        out.print("See how it stands: jinko status. To stop it: jinko cancel, and the run's id (above).")
        return STOPPED_WATCHING
    at = phase(story)
    ended(here, story, out)
    return 0 if at in ("succeeded", "asked", wish) else 2 if at == "refused" else 1


def ended(here: Here, story: Story, out: Console) -> None:
    """The last screen of a story: how it went, what to do next, where everything lies."""
    at, run = phase(story), story.run
    paths = artifacts(here, story)
    out.print()
    if at == "succeeded":
        out.print(Text(f"{verdict(story)}.", style="bold green"))
        if run and run.drop_id != story.drop.id and story.drop.of is None:
            out.print("Trained before, from the same file with the same settings: nothing is trained twice.")
            out.print("To train anew all the same, drop it with: --set again=true")
        if run and run.first == "train" and story.drop.of is None:
            out.print(screens.outcome(story.trained, out.width))
        if made := figures.proven(story.exported, story.gguf):
            out.print(screens.proofs(made))
    elif at in ("refused", "failed"):
        screens.faults(faults(story), out)
        if run and at == "failed" and run.trained:
            out.print("\nThe trained weights are safe. Mend what is named here, then go on where it stopped:")
            out.print(f"jinko retry {run.id}", highlight=False)
        elif story.drop.of:
            out.print("\nMend what is named here, then ask again.")
        else:
            out.print("\nMend what is named here, then drop the file again.")
        if run and at == "failed" and not run.trained:
            out.print(f"If nothing is to be mended, try it once more: jinko retry {run.id}", highlight=False)
    elif at == "asked" and run:
        out.print(Text("Everything is ready, and the run waits for your yes.", style="bold"))
        out.print(f"Start it: jinko approve {run.id}", highlight=False)
        out.print(f"Decline:  jinko cancel {run.id}", highlight=False)
    elif run:
        out.print(Text(f"Run {run.id}: {at}.", style="bold"))
        if at in ("cancelled", "lapsed"):
            out.print(f"If you want it after all: jinko retry {run.id}", highlight=False)
            paths = {what: path for what, path in paths.items() if what in KEPT}
    screens.places(paths, out)
    if at == "succeeded" and run and run.first == "train":
        out.print(f"\nHow to ask it something: jinko status {story.drop.name}", highlight=False, markup=False)
