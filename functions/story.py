"""All that is known of one drop, gathered from its records and from what its jobs left in the store.

Used by the status page and by the command. It reads, never writes, and says where a drop stands in one word;
saying it in sentences is `functions.status`' business.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from functions import launch, stages
from functions.papers import read
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.errors import Fault
from schemas.orders import Dataset, Plan
from schemas.records import DropRecord
from schemas.results import ExportResult, GenerateResult, GgufResult, PublishResult, Result, TrainResult
from schemas.runs import Progress, RunRecord

Phase = Literal[
    "reading",
    "prepared",
    "asked",
    "waiting",
    "starting",
    "running",
    "succeeded",
    "refused",
    "failed",
    "cancelled",
    "lapsed",
    "deleted",
]
_NUMBER: Final = re.compile(r"\d[\d.,]*")


class Story(NamedTuple):
    """All that is known of one drop. What does not exist (yet) is None."""

    drop: DropRecord
    dataset: Dataset | None = None
    run: RunRecord | None = None
    progress: Progress | None = None
    trained: TrainResult | None = None
    exported: ExportResult | None = None
    gguf: GgufResult | None = None
    published: PublishResult | None = None
    answered: GenerateResult | None = None
    position: int | None = None
    """The place among the runs that wait, from 1."""
    plan: Plan | None = None


def results(story: Story) -> tuple[Result, ...]:
    """What the run's jobs said, the last stage first."""
    told = (story.answered, story.published, story.gguf, story.exported, story.trained)
    return tuple(result for result in told if result)


def left(story: Story) -> bool:
    """Whether this is a request whose run has turned to another one since: over, however it ended then."""
    drop, run = story.drop, story.run
    return drop.of is not None and run is not None and run.wish != drop.id and run.state != "deleted"


def phase(story: Story) -> Phase:
    """Where a drop stands, from its records alone."""
    drop, run = story.drop, story.run
    if drop.state == "refused":
        return "refused"
    if run is None:
        if drop.waiting:
            return "waiting"
        return "reading" if drop.state in ("received", "preparing") else "prepared"
    if left(story):
        return "succeeded"
    if run.state == "ordered" or run.state == "submitted":
        return "starting"
    return run.state


def over(story: Story) -> bool:
    """Whether the drop has its answer, or waits for a person's."""
    return story.drop.state == "refused" or left(story) or (story.run is not None and story.run.over)


def faults(story: Story) -> tuple[Fault, ...]:
    """Why it was refused or failed: the drop's reasons, else the run's, else what the job itself said."""
    told = (story.drop, story.run, *results(story))
    return next((paper.faults for paper in told if paper and paper.faults), ())


def grouped(found: Sequence[Fault]) -> tuple[Fault, ...]:
    """The same faults for a person to read: those that differ in their line and in numbers are told once.

    The first speaks for its group, with the others' places beside it. A fault that is counted already stays.
    """
    groups: dict[object, list[Fault]] = {}
    for number, fault in enumerate(found):
        file, _, line = fault.place.rpartition(":")
        alike = fault.count == 1 and line.isdecimal()
        said = (file, _NUMBER.sub("#", fault.finding), fault.next_step)
        groups.setdefault(said if alike else number, []).append(fault)
    return tuple(
        first.model_copy(update={"count": len(others) + 1, "also": tuple(one.place for one in others)})
        if others
        else first
        for first, *others in groups.values()
    )


def tell(on: Cloud, drop: DropRecord, line: Sequence[str] | None = None) -> Story:
    """The story of a drop as it is now. `line`: the runs that wait, where the caller has them already."""
    run = ledger.find(on, RunRecord, drop.run_id) if drop.run_id else None
    read_from = drop.dataset_id or (run.dataset_id if run else None)  # a drop that only asks has none itself
    dataset = read(on, names.manifest(read_from), Dataset) if read_from else None
    if run is None:
        return Story(drop, dataset)
    if run.state == "deleted":  # what is left of its files, if anything, is not to be shown
        return Story(drop, dataset, run)
    # A stage that ended, and not well, keeps no attempt: the last one may have left its faults.
    told = {run.stage: run.attempt, **run.kept} if run.over else run.kept
    there = stages.kept(run.model_copy(update={"kept": told}), on)
    planned = stages.plan_of(run, on)
    return Story(
        drop,
        dataset,
        run,
        ledger.find(on, Progress, run.id) if run.state == "running" else None,
        *there,
        position=_position(run, launch.line(on) if line is None else line)
        if run.state == "waiting"
        else None,
        plan=planned[0] if planned else None,
    )


def _position(run: RunRecord, line: Sequence[str]) -> int:
    """The place among the runs that wait, from 1; the last one where it came after they were listed."""
    return line.index(run.id) + 1 if run.id in line else len(line) + 1
