"""The sweep: a scheduler's tick looks after every record that has not ended. Nothing is forgotten.

It repairs by telling again: what it finds without an answer goes back onto the bus as the event that was
lost, and the steps, which are safe to repeat, do the rest. It also lapses approvals that nobody gave, gives
back slots of runs that ended, removes shards of tries that lost and files of what was deleted, and refreshes
pages.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from functions import launch, lines, status
from functions.launch import LAPSES_AFTER
from functions.leftovers import remove_leftovers
from functions.on_job_done.step import IN_LINE
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.events import JOB_ENDED, DatasetReady, Event, FileDropped, JobChanged, Swept
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord, Slots

LATELY: Final = timedelta(minutes=30)  # what ended since then may have ended without its page being written
LONG: Final = timedelta(hours=1)  # to wait for a machine, before somebody hears of it
YOUNG: Final = timedelta(days=1)
THOROUGH_HOUR: Final = 3
UNANSWERED: Final = ("received", "preparing", "prepared")
ALIVE: Final = ("asked", "waiting", "ordered", "submitted", "running")
R = TypeVar("R", DatasetRecord, RunRecord)
GRACE: Final = timedelta(seconds=30)  # what is younger is being worked on by the delivery that made it


def sweep(event: Swept, on: Cloud) -> list[Event]:
    """Look after everything once. Returns the events to tell again; twice in a row tells the same."""
    told: list[Event] = [*_unread(event, on), *_unanswered(event, on), *_unheard(event, on)]
    told += _unprepared(event, on)
    _lapse_all(event, on)
    ended = ledger.since(on, RunRecord, "ended", event.at - LATELY)
    told += [*_lapsed(event, ended, on), *_never_begun(ended)]
    for slots in ledger.every(on, Slots):
        for id in slots.runs:
            run = ledger.find(on, RunRecord, id)
            if run is not None and run.over:
                launch.release(run, on)
    status.refresh_runs(on, *launch.start_waiting(on).ids())
    _remove_leftovers(event, on)
    line = launch.line(on)
    for name in _perhaps_stale(event, ended, on):
        status.refresh(on, name, line)
    return told


def _unread(event: Swept, on: Cloud) -> Iterator[Event]:
    """Objects of the inbox that no record speaks of: their notice was lost. Old ones are looked at daily."""
    for found in on.store.list(on.inbox):
        if not names.is_drop(found.name) or not (_thorough(event) or _is_young(event, found.generation)):
            continue
        drop = names.drop_id(found.bucket, found.name, found.generation)
        if ledger.find(on, DropRecord, drop) is None:
            yield FileDropped(
                bucket=found.bucket,
                name=found.name,
                generation=found.generation,
                size=found.size,
                md5=found.md5,
                metadata=dict(found.metadata),
            )


def _unanswered(event: Swept, on: Cloud) -> Iterator[Event]:
    """Drops that were received or prepared a while ago and went no further; less and less often."""
    for state in ("received", "prepared"):
        for drop in ledger.every(on, DropRecord, state=state):
            if not _due(event, drop):
                continue
            ledger.move(on, drop, lambda it: it.moved(swept=event.at))
            if drop.dataset_id is not None:
                yield DatasetReady(drop_id=drop.id, dataset_id=drop.dataset_id)
            else:
                yield _dropped(drop)


def _unprepared(event: Swept, on: Cloud) -> Iterator[Event]:
    """Drops whose job at preparing has ended without their hearing of it, or was never submitted."""
    for drop in ledger.every(on, DropRecord, state="preparing"):
        job_id = names.prepare_job_id(drop.id, drop.job or 1)
        job = on.jobs.status(job_id)
        if job is None and _due(event, drop):
            ledger.move(on, drop, lambda it: it.moved(swept=event.at))
            yield _dropped(drop)
        if job and job.state in JOB_ENDED:
            yield JobChanged(job_id=job_id, state=job.state)


def _dropped(drop: DropRecord) -> FileDropped:
    return FileDropped(
        bucket=drop.bucket, name=drop.name, generation=drop.generation, size=drop.size, md5=drop.md5
    )


def _due(event: Swept, drop: DropRecord) -> bool:
    """Whether to tell of it again: after 30 seconds, then each time when it has waited as long again.

    A Hub that is away for a day must not make a thousand dead letters. A repeat of the same tick tells again.
    """
    last = drop.swept or drop.created
    return event.at == drop.swept or event.at - last >= max(GRACE, last - drop.created)


def _unheard(event: Swept, on: Cloud) -> Iterator[Event]:
    """Runs whose job is further than they know; one whose job nobody knows is ordered again."""
    for state in ("submitted", "running"):
        for run in ledger.every(on, RunRecord, state=state):
            job_id = names.job_id(run.id, run.stage, run.attempt)
            job = on.jobs.status(job_id)
            waited = event.at - (run.counted_from or run.created)
            if job is None and waited >= GRACE:
                ledger.move(on, run, _order_again(run))
            if job and job.state in IN_LINE and waited >= LONG:
                lines.awaited(run.id, job_id, int(waited.total_seconds() // 60))
            if job and (job.state in JOB_ENDED or (job.state == "RUNNING" and run.state == "submitted")):
                yield JobChanged(job_id=job_id, state=job.state)


def _lapse_all(event: Swept, on: Cloud) -> None:
    """Runs that asked for a yes 7 days ago and got none."""
    for run in ledger.every(on, RunRecord, state="asked"):
        if event.at - run.created >= LAPSES_AFTER:
            ledger.move(on, run, lambda it: _lapse(it, event))


def _lapsed(event: Swept, ended: Sequence[RunRecord], on: Cloud) -> list[Event]:
    """Those that lapsed at this tick. A repeat of the same tick tells of them again."""
    lapsed = [run for run in ended if (run.state, run.ended) == ("lapsed", event.at)]
    for run in lapsed:
        status.refresh_runs(on, run.id)
    return [run.changed(run.drop_id) for run in lapsed]


def _never_begun(ended: Sequence[RunRecord]) -> Iterator[Event]:
    """Runs that failed before their job began. Where another's end made room for one, nobody has told."""
    for run in ended:
        if run.state == "failed" and run.counted_from is None:
            yield run.changed(run.drop_id)


def _order_again(run: RunRecord) -> launch.Move:
    def again(it: RunRecord) -> RunRecord:
        same = (it.state, it.stage, it.attempt) == (run.state, run.stage, run.attempt)
        return it.moved("ordered", counted_from=None) if same else it

    return again


def _lapse(it: RunRecord, event: Swept) -> RunRecord:
    return it.moved("lapsed", ended=event.at) if it.state == "asked" else it


def _remove_leftovers(event: Swept, on: Cloud) -> None:
    """Shards of tries that lost, and files of what was deleted when the deletion died half-way.

    Listing is paid for: what is older than a day is seen to once a day.
    """
    all_of_them = _thorough(event)
    datasets = ledger.every(on, DatasetRecord) if all_of_them else _young(event, DatasetRecord, on)
    for dataset in datasets:
        remove_leftovers(dataset.id, on)
    runs = ledger.every(on, RunRecord, state="deleted") if all_of_them else _young(event, RunRecord, on)
    for run in runs:
        if run.state == "deleted":
            for found in list(on.store.list(on.outbox, names.run_prefix(run.id))):
                on.store.delete(on.outbox, found.name)


def _thorough(event: Swept) -> bool:
    """Whether this tick looks at everything: those of ten minutes of the day, whatever pause they keep."""
    return event.at.hour == THOROUGH_HOUR and event.at.minute < 10


def _young(event: Swept, kind: type[R], on: Cloud) -> list[R]:
    return ledger.since(on, kind, "created", event.at - YOUNG)


def _is_young(event: Swept, generation: int) -> bool:
    """Of an object: its generation is the moment at which it came, in microseconds."""
    return event.at.timestamp() - generation / 1e6 < YOUNG.total_seconds()


def _perhaps_stale(event: Swept, ended: Sequence[RunRecord], on: Cloud) -> list[str]:
    """Names of drops that have no answer yet, or came or got it lately: their pages may be missing or old."""
    drops = [drop for state in UNANSWERED for drop in ledger.every(on, DropRecord, state=state)]
    lately = event.at - LATELY
    drops += ledger.since(on, DropRecord, "created", lately)
    runs = [run for state in ALIVE for run in ledger.every(on, RunRecord, state=state)]
    for run in (*runs, *ended):
        drops += ledger.every(on, DropRecord, run_id=run.id)
    return sorted({drop.name for drop in drops})
