"""How a verb that works on a run ends: the story's last screen, and the exit code."""

from collections.abc import Callable

from rich.console import Console

from functions.story import Story, faults, phase
from infra.local.ground import LocalGround
from jinko import screens
from jinko.story import artifacts

STOPPED_WATCHING = 130  # what a shell calls a command that Ctrl-C ended


def conclude(here: LocalGround, work: Callable[[], Story]) -> int:
    """Do the work, show how it ended, and give the exit code: 0 done, 1 failed, 2 refused."""
    out = Console()
    try:
        story = work()
    except KeyboardInterrupt:
        out.print("\nStopped watching. A training that has started goes on; jinko up follows everything.")
        return STOPPED_WATCHING
    at = phase(story)
    if at in ("refused", "failed"):
        out.print()
        screens.faults(faults(story), out)
        if at == "failed" and story.run:
            out.print(f"Try the failed part once more: jinko retry {story.run.id}", highlight=False)
    elif at == "asked" and story.run:
        out.print(f"Everything is ready. Start it: jinko approve {story.run.id}", highlight=False)
    elif at == "succeeded":
        out.print(screens.outcome(story.trained))
    elif story.run:
        out.print(f"Run {story.run.id} is {at}.", highlight=False)
    screens.places(artifacts(here, story), out)
    return {"refused": 2, "failed": 1}.get(at, 0)
