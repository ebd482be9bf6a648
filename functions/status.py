"""The status page of a drop: what happened, what happens now and what to do, in words for everybody.

    status.refresh(cloud, "support.csv")   # writes status/support.csv.md in the outbox

`render` is a pure function of records and results: it reads no clock, so the same story is the same page and
a page that would not change is not written. `refresh` never puts an older story over a newer one. Not here:
the settings and every answer (the run's report), printing in a terminal (`jinko`).
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from functions import figures, pages
from functions.launch import LAPSES_AFTER
from functions.story import Story, faults, grouped, phase, tell
from functions.usage import ways
from functions.verdict import current, doing, training, verdict
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.errors import MAX_FAULTS, BadInput, Unavailable
from schemas.records import DropRecord

TOLD_IN_FULL: Final = 10  # newest drops of one name; the earlier ones get a line each
ANSWERS: Final = 3
RACES: Final = 10  # lost in a row before the page is left to the next delivery

log = logging.getLogger("jinko")


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
            "training": training(story),
            "doing": doing(story),
            "lapses": story.run.created + LAPSES_AFTER if story.run else None,
            **_learned(story),
            "proven": figures.proven(story.exported, story.gguf),
            "unproven": story.gguf.refused if story.gguf else (),
            "answers_only": story.run is not None and story.run.first == "generate",
            "tuned": bool(story.answered and story.answered.tuned),
            "unanswered": grouped(story.answered.failed) if story.answered else (),
            "places": _places(story),
            "asked": names.is_requested(story.drop.name, story.drop.generation),
            "more": story.drop.of,
            "ways": ways(story, bucket),
        }
        for place, story in enumerate(newest[:TOLD_IN_FULL])
    ]
    return pages.markdown(
        "status", told=told, bucket=bucket, earlier=[story.drop for story in newest[TOLD_IN_FULL:]]
    )


def _learned(story: Story) -> dict[str, object]:
    """What is told of the training; not again on the page of a request for more of a run."""
    told = story.trained if story.drop.of is None else None
    return {
        "figures": figures.figures(told.before, told.after) if told else [],
        "comparison": told.comparison if told else None,
        "forgot": told.forgot if told else None,
        "answers": told.answers[:ANSWERS] if told else (),
        "unasked": grouped(told.left_out) if told else (),
    }


def _places(story: Story) -> list[tuple[str, str]]:
    """(what, where in the outbox) of everything there is, most wanted first."""
    run = story.run
    # Written before a run succeeds, and before a failed export is told: the training is worth reading then.
    report = run and run.trained and (run.state == "succeeded" or (run.state == "failed"))
    answered, published = story.answered, story.published
    places = [
        ("the answers, one JSON object a line, in the file's order", answered and answered.answers),
        ("the answers as a table", answered and answered.table),
        ("published on the Hugging Face Hub", published and published.url),
        *_gguf(story),
        ("the trained model, one folder that needs nothing else", story.exported and story.exported.merged),
        ("the adapter alone, to load beside the base model", story.trained and story.trained.adapter),
        ("the model as training left it", story.trained and story.trained.model),
        ("the report: every figure, answer and setting", run and report and names.run_report(run.id, "html")),
        ("the dataset's card: what was read from the file", story.dataset and story.dataset.page),
        ("every row that was left out, with the reason", story.dataset and story.dataset.errors),
    ]
    return [(what, where) for what, where in places if where]


def _gguf(story: Story) -> list[tuple[str, str]]:
    """The folders of GGUF files, one for each request, the newest first."""
    folders: dict[str, list[str]] = {}
    for file in reversed(story.gguf.files if story.gguf else ()):
        folders.setdefault(names.folder(file.path), []).insert(0, file.format)
    what = "GGUF files for Ollama and llama.cpp, with a Modelfile"
    return [(f"{what}: {', '.join(formats)}", folder) for folder, formats in folders.items()]


def _age(drop: DropRecord) -> tuple[int, datetime, str]:
    """Drops of one name in the order in which they were dropped, whichever notice came first."""
    return drop.generation, drop.created, drop.id


def gather(on: Cloud, drop_name: str, line: Sequence[str] | None = None) -> list[Story]:
    """The stories of every drop of this name, newest first. Only the first ten are read from the store."""
    drops = sorted(ledger.every(on, DropRecord, name=drop_name), key=_age, reverse=True)
    told = [tell(on, drop, line) for drop in drops[:TOLD_IN_FULL]]
    return told + [Story(drop) for drop in drops[TOLD_IN_FULL:]]


def refresh_runs(on: Cloud, *run_ids: str) -> set[str]:
    """Bring the pages of every drop that follows one of these runs up to date; the names of these drops."""
    following = [
        drop for run_id in dict.fromkeys(run_ids) for drop in ledger.every(on, DropRecord, run_id=run_id)
    ]
    told = {drop.name for drop in following}
    for name in sorted(told):
        refresh(on, name)
    return told


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
        if before and before.holds(now):
            return
        if on.store.write_if(on.outbox, page, now, before.generation if before else 0):
            return
    raise Unavailable(f"The page {page} is being written by many at once.")
