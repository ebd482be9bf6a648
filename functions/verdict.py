"""The drop in one line: `Done: 48 of 50 held-out answers are right (before: 0)`.

Pure: it is told from the story alone. The page below it is `functions.status`' business.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from functions import figures, pages, stages
from functions.story import Story, faults, grouped, phase
from schemas import layers, names
from schemas.errors import Fault
from schemas.names import Stage
from schemas.records import DropRecord
from schemas.runs import Progress

FINDING_IN_HEADING: Final = 140
ENDINGS: Final[Mapping[str, str]] = {
    "asked": "Waiting for your yes",
    "cancelled": "Cancelled: somebody stopped this run",
    "lapsed": "Lapsed: nobody said yes to this run for 7 days",
    "deleted": "Deleted: this run's files were removed",
}
FAILED: Final[Mapping[Stage, str]] = {
    "train": "Training failed",
    "export": "Trained; the export failed",
    "gguf": "Trained; the export to GGUF failed",
    "publish": "Trained; the publishing failed",
    "generate": "Answering failed",
}
RUNNING: Final[Mapping[Stage, str]] = {
    "train": "Training",
    "export": "Exporting the trained model",
    "gguf": "Making GGUF files of the trained model",
    "publish": "Publishing the trained model",
    "generate": "Answering the prompts",
}


def verdict(story: Story) -> str:
    """The drop in one line: `Done: 48 of 50 held-out answers are right (before: 0)`."""
    request = names.request_of(story.drop.name)
    if request is None or story.run is None:
        return _standing(story)
    said = "A yes to" if request[0] == "approve" else "A wish to stop"
    standing = _standing(story)
    return f"{said} run {story.run.id}, which stands so: {standing[:1].lower()}{standing[1:]}"


def _standing(story: Story) -> str:
    at = phase(story)
    if at == "reading":
        return "Reading the file" if story.drop.job is None else _read_by_a_job(story.drop)
    if at == "prepared":
        rows = f"{story.dataset.counts.kept:,} rows" if story.dataset else "the rows"
        return f"Read: {rows} are ready, training is being prepared"
    if at == "waiting":
        return f"Waiting: {_reason(story)}"
    if at == "starting":
        return f"Starting {doing(story)} as soon as a machine is free{_attempt(story)}"
    if at == "running":
        return _running(story)
    if at == "succeeded":
        return f"Done: {_outcome(story)}" if story.drop.of is None else _of_a_request(story)
    if at == "cancelled" and story.run and story.run.trained:
        return f"Cancelled: somebody stopped {doing(story)}; what was trained is kept"
    if at in ENDINGS:
        return ENDINGS[at]
    said = "Refused" if at == "refused" else FAILED[story.run.stage] if story.run else "Failed"
    return f"{said}: {_finding(grouped(faults(story)))}"


def _outcome(story: Story) -> str:
    if answered := story.answered:
        failed = answered.rows - answered.answered
        return (
            f"{answered.answered:,} of {answered.rows:,} prompts are answered"
            if failed
            else (f"all {answered.rows:,} prompts are answered")
        )
    trained = story.trained
    return figures.outcome(trained.before, trained.after) if trained else "the model is ready"


def _of_a_request(story: Story) -> str:
    """What came of a request for more of a run."""
    recipe = layers.resolve(story.drop.layers).recipe
    if repository := recipe.publish.repository:
        there = story.published
        done = there and (there.repository, there.private) == (repository, recipe.publish.private)
        return f"Done: it is published as {repository}" if done else _elsewhere(story)
    made = {file.format for file in story.gguf.files} if story.gguf else set()
    made |= {"merged"} if story.exported and story.exported.merged else set()
    made |= {"adapter"} if story.trained and story.trained.adapter else set()
    had = [one for one in recipe.export if one in made]
    if not had:
        return _elsewhere(story)
    lacks = [one for one in recipe.export if one not in made]
    said = f"{' and '.join(had)} {'is' if len(had) == 1 else 'are'} made"
    return f"Done: {said}; {' and '.join(lacks)} did not pass the proof" if lacks else f"Done: {said}"


def _elsewhere(story: Story) -> str:
    return f"Over: run {story.drop.of} was asked for something else since; its own page says how it stands"


def doing(story: Story) -> str:
    return stages.DOING[story.run.stage] if story.run else "the training"


def _read_by_a_job(drop: DropRecord) -> str:
    again = f" (attempt {drop.job})" if drop.job and drop.job > 1 else ""
    return f"Reading the file, which is large, by a job of its own{again}"


def training(story: Story) -> bool:
    return story.run is None or story.run.stage == "train"


def _reason(story: Story) -> str:
    if story.run is None:
        return story.drop.waiting or ""
    what = doing(story).removeprefix("the ") if training(story) else doing(story)
    ahead = (story.position or 1) - 1
    if ahead:
        others = "1 other run that waits" if ahead == 1 else f"{ahead} other runs that wait"
        return f"{what} starts after {others}{_attempt(story)}"
    return f"{what} starts when another run has ended{_attempt(story)}"


def _attempt(story: Story) -> str:
    return f" (attempt {story.run.tries})" if story.run and story.run.tries > 1 else ""


def _running(story: Story) -> str:
    progress = current(story)
    if progress is None:
        return f"{RUNNING[story.run.stage] if story.run else 'Training'}{_attempt(story)}"
    told = [f"step {progress.step:,} of {progress.steps:,}"] if progress.steps else []
    if (left := progress.seconds_left) is not None:
        told.append(f"about {pages.duration(left if left < 90 else round(left / 60) * 60)} left in this part")
    doing = progress.phase[:1].upper() + progress.phase[1:] + _attempt(story)
    return f"{doing}: {', '.join(told)}" if told else doing


def current(story: Story) -> Progress | None:
    """What the job told last, if it is about the stage and the attempt that run now."""
    progress, run = story.progress, story.run
    if progress is None or run is None or (run.state, run.stage) != ("running", progress.stage):
        return None
    earlier = run.counted_from is not None and progress.told < run.counted_from  # by the attempt before
    return None if earlier else progress


def _finding(found: Sequence[Fault]) -> str:
    if not found:
        return "the reason was not recorded"
    first = found[0].finding.strip().partition("\n")[0]  # what follows is a log, which is told below
    cut = first if len(first) <= FINDING_IN_HEADING else f"{first[:FINDING_IN_HEADING].rstrip()} …"
    return cut if len(found) == 1 else f"{cut.rstrip('.')}, and {len(found) - 1} more"
