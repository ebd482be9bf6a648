"""The status page of a drop: what happened, what happens now and what to do, in words for everybody.

    status.refresh(cloud, "support.csv")   # writes status/support.csv.md in the outbox

`render` is a pure function of records and results: it reads no clock, so the same story is the same page and
a page that would not change is not written. `refresh` never puts an older story over a newer one. Not here:
the settings and every answer (the run's report), printing in a terminal (`jinko`).
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from functions import pages
from functions.launch import LAPSES_AFTER
from functions.story import Story, faults, grouped, phase, tell
from infra import ledger
from infra.ports import Cloud, Gone
from schemas import names
from schemas.errors import MAX_FAULTS, BadInput, Fault, Unavailable
from schemas.records import DropRecord, Progress

TOLD_IN_FULL: Final = 10  # newest drops of one name; the earlier ones get a line each
ANSWERS: Final = 3
RACES: Final = 10  # lost in a row before the page is left to the next delivery
FINDING_IN_HEADING: Final = 140

USAGE: Final = """\
from transformers import pipeline

model = pipeline("text-generation", "{folder}")
asked = [{{"role": "user", "content": "Your question"}}]
print(model(asked, max_new_tokens=256)[0]["generated_text"][-1]["content"])"""

ENDINGS: Final[Mapping[str, str]] = {
    "asked": "Waiting for your yes",
    "cancelled": "Cancelled: somebody stopped this run",
    "lapsed": "Lapsed: nobody said yes to this run for 7 days",
    "deleted": "Deleted: this run's files were removed",
}


log = logging.getLogger("jinko")


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
        what = "training" if _training(story) else "export of the trained model"
        return f"Starting the {what} as soon as a machine is free{_attempt(story)}"
    if at == "running":
        return _running(story)
    if at == "succeeded":
        trained = story.trained
        return f"Done: {pages.outcome(trained.before, trained.after) if trained else 'the model is ready'}"
    if at in ENDINGS:
        return ENDINGS[at]
    doing = "Refused" if at == "refused" else "Training failed" if _training(story) else "The export failed"
    return f"{doing}: {_finding(grouped(faults(story)))}"


def _read_by_a_job(drop: DropRecord) -> str:
    again = f" (attempt {drop.job})" if drop.job and drop.job > 1 else ""
    return f"Reading the file, which is large, by a job of its own{again}"


def _training(story: Story) -> bool:
    return story.run is None or story.run.stage == "train"


def _reason(story: Story) -> str:
    if story.run is None:
        return story.drop.waiting or ""
    what = "training" if _training(story) else "the export of the trained model"
    ahead = (story.position or 1) - 1
    if ahead:
        others = "1 other run that waits" if ahead == 1 else f"{ahead} other runs that wait"
        return f"{what} starts after {others}{_attempt(story)}"
    return f"{what} starts when another run has ended{_attempt(story)}"


def _attempt(story: Story) -> str:
    return f" (attempt {story.run.attempt})" if story.run and story.run.attempt > 1 else ""


def _running(story: Story) -> str:
    progress = current(story)
    if progress is None:
        return f"{'Training' if _training(story) else 'Exporting the trained model'}{_attempt(story)}"
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


def render(stories: Sequence[Story], bucket: str | None = None) -> str:
    """The page, Markdown: the newest drop on top. Pure: the same stories are the same page.

    `bucket`: of the outbox, where it is no folder of a person's own machine.
    """
    newest = sorted(stories, key=lambda story: _age(story.drop), reverse=True)
    runs = [story.drop.run_id for story in newest]
    told = [
        {
            "story": story,
            "phase": phase(story),
            "verdict": verdict(story),
            "request": names.request_of(story.drop.name),
            "told_above": story.drop.run_id is not None and story.drop.run_id in runs[:place],
            "faults": grouped(faults(story)),
            "perhaps_more": len(faults(story)) >= MAX_FAULTS,
            "progress": current(story),
            "training": _training(story),
            "lapses": story.run.created + LAPSES_AFTER if story.run else None,
            "figures": _figures(story),
            "answers": story.trained.answers[:ANSWERS] if story.trained else (),
            "unasked": grouped(story.trained.left_out) if story.trained else (),
            "places": _places(story),
            "asked": names.is_requested(story.drop.name, story.drop.generation),
            "usage": _usage(story, bucket),
            "fetch": _fetch(story, bucket),
        }
        for place, story in enumerate(newest[:TOLD_IN_FULL])
    ]
    return pages.markdown("status", told=told, earlier=[story.drop for story in newest[TOLD_IN_FULL:]])


def _figures(story: Story) -> list[pages.Figure]:
    return pages.figures(story.trained.before, story.trained.after) if story.trained else []


def _places(story: Story) -> list[tuple[str, str]]:
    """(what, where in the outbox) of everything there is, most wanted first."""
    run = story.run
    # Written before a run succeeds, and before a failed export is told: the training is worth reading then.
    report = run and (run.state == "succeeded" or (run.state == "failed" and run.stage == "export"))
    places = [
        ("the trained model, one folder that needs nothing else", story.exported and story.exported.merged),
        ("the adapter alone, to load beside the base model", story.trained and story.trained.adapter),
        ("the model as training left it", story.trained and story.trained.model),
        ("the report: every figure, answer and setting", run and report and names.run_report(run.id, "html")),
        ("the dataset's card: what was read from the file", story.dataset and story.dataset.page),
        ("every row that was left out, with the reason", story.dataset and story.dataset.errors),
    ]
    return [(what, where) for what, where in places if where]


def _usage(story: Story, bucket: str | None) -> str | None:
    merged = story.exported and story.exported.merged
    folder = PurePosixPath(merged).name if merged and bucket else merged
    return USAGE.format(folder=folder) if folder and phase(story) == "succeeded" else None


def _fetch(story: Story, bucket: str | None) -> str | None:
    """What to type to have the model here, where it lies in a bucket."""
    merged = story.exported and story.exported.merged
    if not merged or not bucket:
        return None
    return f"gcloud storage cp --recursive {names.address(bucket, merged.rstrip('/'))} ."


def _age(drop: DropRecord) -> tuple[int, datetime, str]:
    """Drops of one name in the order in which they were dropped, whichever notice came first."""
    return drop.generation, drop.created, drop.id


def gather(on: Cloud, drop_name: str, line: Sequence[str] | None = None) -> list[Story]:
    """The stories of every drop of this name, newest first. Only the first ten are read from the store."""
    drops = sorted(ledger.every(on, DropRecord, name=drop_name), key=_age, reverse=True)
    told = [tell(on, drop, line) for drop in drops[:TOLD_IN_FULL]]
    return told + [Story(drop) for drop in drops[TOLD_IN_FULL:]]


def refresh_runs(on: Cloud, *run_ids: str) -> None:
    """Bring the pages of every drop that follows one of these runs up to date."""
    for run_id in dict.fromkeys(run_ids):
        for drop in ledger.every(on, DropRecord, run_id=run_id):
            refresh(on, drop.name)


def refresh(on: Cloud, drop_name: str, line: Sequence[str] | None = None) -> None:
    """Bring the page of a drop up to date; write nothing if it is. Raises only Unavailable.

    `line`: the runs that wait, where the caller has them already (`launch.line`).

    Where no page can lie (a folder of a ground that has folders is in its place), there is none: the records
    and `jinko status` still tell the story.

    The page's generation is taken before the records are read. Whoever writes in between has read them later
    than that, so this call loses, and tells the story again.
    """
    page = names.status_page(drop_name)
    try:
        _refresh(on, drop_name, page, line)
    except BadInput as error:
        log.warning("no page for %s: %s", drop_name, error)


def _refresh(on: Cloud, drop_name: str, page: str, line: Sequence[str] | None) -> None:
    for _ in range(RACES):
        before = on.store.stat(on.outbox, page)
        stories = gather(on, drop_name, line)
        if not stories:
            return
        now = render(stories, None if on.folders else on.outbox).encode()
        try:
            if before and on.store.read(on.outbox, page, before.generation) == now:
                return
        except Gone:
            continue
        if on.store.write_if(on.outbox, page, now, before.generation if before else 0):
            return
    raise Unavailable(f"The page {page} is being written by many at once.")
