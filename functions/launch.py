"""Starting what waits to be started: one run after another, while there are free slots.

Called at the end of every step that may have made room or made work: after a run was ordered, approved,
retried, moved to its next stage or ended, and by the sweep. It looks at the records only, so whoever died
half-way is finished by whoever comes next. A job's id follows from run, stage and attempt: submitting twice
submits once.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from infra import ledger
from infra.ports import Cloud, JobSpec
from schemas import names
from schemas.events import JOB_ENDED
from schemas.records import RunRecord, Slots, now

LAPSES_AFTER: Final = timedelta(days=7)  # for a run that asked for a yes and got none
TOLD_AT_ONCE: Final = 5
Move = Callable[[RunRecord], RunRecord]


def start_waiting(on: Cloud) -> list[str]:
    """Submit what is ordered, then give free slots to waiting runs, the oldest first. Twice is once.

    Returns the ids of the runs that it began, whose pages are stale now.
    """
    begun: list[str] = []
    for run in reversed(ledger.every(on, RunRecord, state="ordered")):
        begin(run, on)
        begun.append(run.id)
    held = _slots(on).runs
    if len(held) >= on.max_active_runs:  # then only who died between its slot and its move goes on
        places = [ledger.find(on, RunRecord, id) for id in held]
        waiting = [run for run in places if run is not None and run.state == "waiting"]
    else:
        waiting = ledger.every(on, RunRecord, state="waiting")[::-1]
    for run in waiting:
        if not _last_attempt_is_gone(run, on):
            continue  # its job is being stopped; its notice, or the sweep, comes back here
        if not _take_slot(run, on):
            break
        begin(ledger.change(on, RunRecord, run.id, _ordered), on)
        begun.append(run.id)
    return begun


def begin(run: RunRecord, on: Cloud) -> None:
    """Submit the job of an ordered run and move it; where it was cancelled meanwhile, cancel the job."""
    if run.state == "ordered":
        job = names.job_id(run.id, run.stage, run.attempt)
        attempt = str(run.attempt)
        on.jobs.submit(JobSpec(job, ("--run", run.id, "--stage", run.stage, "--attempt", attempt)))
        begun = ledger.change(on, RunRecord, run.id, lambda it: _submitted(it, run))
        if begun.state == "cancelled":
            on.jobs.cancel(job)
    elif run.over:
        release(run, on)


def release(run: RunRecord, on: Cloud) -> None:
    """Give back the slot of a run that ended. A run that holds none changes nothing."""

    def without(it: Slots) -> Slots:
        return it.moved(runs=tuple(id for id in it.runs if id != run.id))

    if run.id in _slots(on).runs:
        ledger.change(on, Slots, "active", without)


def line(on: Cloud) -> list[str]:
    """The runs that wait, the next one first."""
    return [run.id for run in reversed(ledger.every(on, RunRecord, state="waiting"))]


def next_in_line(on: Cloud) -> list[str]:
    """The first few that wait: their places are told at once, the others' by the next sweep."""
    return line(on)[:TOLD_AT_ONCE]


def _ordered(it: RunRecord) -> RunRecord:
    return it.moved("ordered") if it.state == "waiting" else it


def _submitted(it: RunRecord, run: RunRecord) -> RunRecord:
    same = (it.state, it.stage, it.attempt) == ("ordered", run.stage, run.attempt)
    return it.moved("submitted", started=it.started or now(), counted_from=now()) if same else it


def _last_attempt_is_gone(run: RunRecord, on: Cloud) -> bool:
    """Never two attempts alive: the scheduler must say that the one before has ended."""
    if run.attempt == 1:
        return True
    last = on.jobs.status(names.job_id(run.id, run.stage, run.attempt - 1))
    return last is None or last.state in JOB_ENDED


def _slots(on: Cloud) -> Slots:
    return ledger.create(on, Slots())


def _take_slot(run: RunRecord, on: Cloud) -> bool:
    """A slot for this run; True also if it holds one already."""
    _slots(on)

    def taken(it: Slots) -> Slots:
        if run.id in it.runs or len(it.runs) >= on.max_active_runs:
            return it
        return it.moved(runs=(*it.runs, run.id))

    return run.id in ledger.change(on, Slots, "active", taken).runs
