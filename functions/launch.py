"""Starting what waits to be started: one run after another, while there are free slots; big preparations.

Called at the end of every step that may have made room or made work: after a run was ordered, approved,
retried or ended, and by the sweep; after one moved to its next stage, for that run alone. It looks at the
records only, so whoever died half-way is finished by whoever comes next. A job's id follows from run, stage
and attempt: submitting twice submits once.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from functions.stages import DOING, ON_CPU, plan_of
from infra import ledger
from infra.ports import Cloud, JobSpec, Machine, Placement, Role
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.events import JOB_ENDED
from schemas.names import Stage
from schemas.orders import Plan
from schemas.records import DropRecord, now
from schemas.runs import RunRecord, Slots

LAPSES_AFTER: Final = timedelta(days=7)  # for a run that asked for a yes and got none
TOLD_AT_ONCE: Final = 5
MAX_ATTEMPTS: Final = 4  # at one job's work, before one that is lost again and again is told
LEAST_SECONDS: Final = 300  # a training that could not run longer is not begun
LEAST_EXPORT_SECONDS: Final = 600  # its training left as much, and a retry is a person's wish
ROLES: Final[Mapping[Stage, Role]] = {"gguf": "worker", "publish": "publisher"}  # the others' are trainers'
HOLDING: Final = frozenset({"ordered", "submitted", "running"})  # states in which a run has a slot
Move = Callable[[RunRecord], RunRecord]


class Begun(NamedTuple):
    """Runs that were begun, as they are now: those that were ordered before, and those that had waited."""

    ordered: list[RunRecord]
    waited: list[RunRecord]

    def ids(self) -> list[str]:
        """Of all of them."""
        return [run.id for run in self.ordered + self.waited]

    def get(self, id: str) -> RunRecord | None:
        """The run of this id, if it was begun."""
        return next((run for run in self.ordered + self.waited if run.id == id), None)


def start_waiting(on: Cloud) -> Begun:
    """Submit what is ordered, then give free slots to waiting runs, the oldest first. Twice is once.

    Returns the runs that it began, whose pages are stale now.
    """
    begun = Begun([begin(run, on) for run in reversed(ledger.every(on, RunRecord, state="ordered"))], [])
    slots = _slots(on)
    if len(slots.runs) >= on.max_active_runs:  # then only who died between its slot and its move goes on
        places = [ledger.find(on, RunRecord, id) for id in slots.runs]
        waiting = [run for run in places if run is not None and run.state == "waiting"]
    else:
        waiting = ledger.every(on, RunRecord, state="waiting")[::-1]
    for run in waiting:
        if not _last_attempt_is_gone(run, on):
            continue  # its job is being stopped; its notice, or the sweep, comes back here
        slots = _with(run, slots, on)
        if run.id not in slots.runs:
            break
        begun.waited.append(begin(ledger.move(on, run, _ordered), on))
    return begun


def go_on(run: RunRecord, on: Cloud) -> Begun:
    """Begin what may begin now that this run has moved: its own next job, or, where it ended, what waits.

    A run that goes on keeps its slot, so nobody else is looked for; the sweep looks for all. Twice is once.
    """
    if run.state not in HOLDING:
        return start_waiting(on)
    if run.state != "ordered":
        return Begun([], [])
    begun = begin(run, on)
    others = start_waiting(on) if begun.over else Begun([], [])
    return Begun([begun, *others.ordered], others.waited)


def begin(run: RunRecord, on: Cloud) -> RunRecord:
    """Submit the job of an ordered run and move it; where it was cancelled meanwhile, cancel the job.

    A run whose money is used up fails instead, in words. Returns the run as it is then.
    """
    if run.state == "ordered":
        job = names.job_id(run.id, run.stage, run.attempt)
        order = ("--order", run.paper) if run.paper else ()
        arguments = ("--run", run.id, "--stage", run.stage, "--attempt", str(run.attempt), *order)
        try:
            placement, rate = _placement(run, on)
            on.jobs.submit(JobSpec(job, arguments, placement=placement, role=ROLES.get(run.stage, "trainer")))
        except BadInput as error:
            faults = tuple(error.faults)
            refused = ledger.move(on, run, lambda it: _refused(it, run, faults))
            if refused.over:
                release(refused, on)
            return refused
        begun = ledger.move(on, run, lambda it: _submitted(it, run, rate))
        if begun.state == "cancelled":
            on.jobs.cancel(job)
        return begun
    if run.over:
        release(run, on)
    return run


def begin_preparing(drop: DropRecord, on: Cloud) -> DropRecord:
    """Submit the job that prepares a file which is too big for a function; the drop. Twice is once."""
    arguments = ("--drop", drop.id, "--attempt", str(drop.job))
    job = names.prepare_job_id(drop.id, drop.job or 1)
    on.jobs.submit(JobSpec(job, arguments, program="functions.on_upload.job", role="worker"))

    def begun(it: DropRecord) -> DropRecord:
        return it.moved(waiting=None) if it.state == "preparing" else it

    return ledger.move(on, drop, begun)


def release(run: RunRecord, on: Cloud) -> None:
    """Give back the slot of a run that ended. A run that holds none changes nothing."""

    def without(it: Slots) -> Slots:
        return it.moved(runs=tuple(id for id in it.runs if id != run.id))

    slots = _slots(on)
    if run.id in slots.runs:
        ledger.move(on, slots, without)


def line(on: Cloud) -> list[str]:
    """The runs that wait, the next one first."""
    return [run.id for run in reversed(ledger.every(on, RunRecord, state="waiting"))]


def next_in_line(on: Cloud) -> list[str]:
    """The first few that wait: their places are told at once, the others' by the next sweep."""
    return line(on)[:TOLD_AT_ONCE]


def _ordered(it: RunRecord) -> RunRecord:
    return it.moved("ordered") if it.state == "waiting" else it


def _submitted(it: RunRecord, run: RunRecord, rate: float) -> RunRecord:
    same = (it.state, it.stage, it.attempt) == ("ordered", run.stage, run.attempt)
    if not same:
        return it
    return it.moved("submitted", started=it.started or now(), counted_from=now(), rate=rate)


def _refused(it: RunRecord, run: RunRecord, faults: tuple[Fault, ...]) -> RunRecord:
    same = (it.state, it.stage, it.attempt) == ("ordered", run.stage, run.attempt)
    return it.moved("failed", faults=faults, ended=now()) if same else it


def _placement(run: RunRecord, on: Cloud) -> tuple[Placement | None, float]:
    """Where the run's next job is to run, for as long as its money lasts, and what it costs beside the plan.

    No placement where no machines are lent. A training leaves the export its time. Raises BadInput where too
    little is left. The first attempt at a later stage, and the first that a person's retry or request asks
    for, always has its ten minutes.
    """
    planned = plan_of(run, on)
    if planned is None:
        return None, 1.0
    plan, most = planned[0], planned[1].recipe.max_cost_usd
    machine = cheapest_cpu(on.machines, memory_gib(run)) if run.stage in ON_CPU else None
    rate = (machine.usd or plan.usd_per_hour) / plan.usd_per_hour if machine else 1.0
    left = math.floor((plan.max_seconds - plan.paid(run.spent, run.jobs_before + 1)) / rate)
    finding = f"Attempt {run.attempt} is not begun: too little is left of max_cost_usd {most:g}."
    if run.stage != run.first:
        if left < LEAST_EXPORT_SECONDS and run.attempt > run.since:
            step = f"The trained weights are safe. To pay for ten minutes more: jinko retry {run.id}."
            raise BadInput(
                Fault(place=f"{DOING[run.stage]} of run {run.id}", finding=finding, next_step=step)
            )
        return _placed(plan, max(left, LEAST_EXPORT_SECONDS), machine), rate
    left -= plan.export_seconds
    if left < LEAST_SECONDS:
        step = "Set max_cost_usd higher and drop the file again."
        raise BadInput(Fault(place=f"{DOING[run.stage]} of run {run.id}", finding=finding, next_step=step))
    return _placed(plan, left, None), rate


def _placed(plan: Plan, seconds: int, machine: Machine | None) -> Placement:
    """On the plan's machine, or on a cheaper one (never as Spot: what it saves is little)."""
    if machine is None:
        return Placement(plan.machine, plan.spot, seconds, plan.disk_gib)
    return Placement(machine.name, False, seconds, plan.disk_gib)


def memory_gib(run: RunRecord) -> float:
    """What a stage wants of a machine without GPU: a GGUF file is read from memory, token after token."""
    weights = run.base.weights * 2 / 2**30 if run.stage == "gguf" else 0
    return 4 + 1.1 * weights


def cheapest_cpu(machines: Sequence[Machine], gib: float = 0) -> Machine | None:
    """The cheapest machine without an accelerator that has so much memory, or else the one with most of it:
    what does not fit is read from the disk, slowly. None where none is lent.
    """
    lent = [machine for machine in machines if not machine.gpus and machine.usd]
    most = max((machine.memory_gib for machine in lent), default=0)
    holding = [machine for machine in lent if machine.memory_gib >= min(gib, most)]
    return min(holding, key=lambda one: (one.usd, one.name), default=None)


def _last_attempt_is_gone(run: RunRecord, on: Cloud) -> bool:
    """Never two attempts alive: the scheduler must say that the one before has ended."""
    if run.attempt == 1:
        return True
    last = on.jobs.status(names.job_id(run.id, run.stage, run.attempt - 1))
    return last is None or last.state in JOB_ENDED


def _slots(on: Cloud) -> Slots:
    return ledger.find(on, Slots, "active") or ledger.create(on, Slots())


def _with(run: RunRecord, slots: Slots, on: Cloud) -> Slots:
    """The slots, one of which is this run's unless all are taken."""

    def taken(it: Slots) -> Slots:
        if run.id in it.runs or len(it.runs) >= on.max_active_runs:
            return it
        return it.moved(runs=(*it.runs, run.id))

    return ledger.move(on, slots, taken)
