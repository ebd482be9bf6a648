"""The table of meetings: which two steps may come upon each other, on one thing."""

from typing import Final

from schemas.events import CancelRequested, DeleteRequested, RunApproved
from tests.crash import setups as to
from tests.crash.meeting import Meeting
from tests.crash.world import CSV, World

OTHER: Final = CSV + "x,y\n"


def two_drops(w: World) -> None:
    w.drop("a.csv")
    w.drop("b.csv")


def deleted_and_two_drops(w: World) -> None:
    to.deleted_dataset(w)
    w.drop("c.csv")


def deleted_and_the_sweep(w: World) -> None:
    to.deleted_dataset(w)
    w.sweep()


def delete_and_prepare(w: World) -> None:
    to.done(w)
    w.ask(DeleteRequested(what="dataset", id=to.dataset(w)))
    w.drop("b.csv", again="true")


def prepared_twice(w: World, other: str = CSV) -> None:
    """Two drops that are prepared, and both are to be ordered."""
    w.drop("a.csv")
    w.drop("b.csv", other)
    for message in w.messages():
        w.deliver(message)


def two_that_differ(w: World) -> None:
    prepared_twice(w, OTHER)


def approve_and_cancel(w: World) -> None:
    to.approve(w)
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def two_approvals(w: World) -> None:
    """Two runs that ask, and both get their yes."""
    to.ordered(w, "a.csv", confirm="true")
    to.ordered(w, "b.csv", OTHER, confirm="true")
    for run in w.runs():
        w.ask(RunApproved(run_id=run.id))


def cancel_and_approve(w: World) -> None:
    """One of two places becomes free and the other is taken, while two more will want one."""
    to.running(w)
    for name in "bcd":
        to.ordered(w, f"{name}.csv", f"{CSV}{name},y\n", confirm="true")
    first, *others = w.runs()
    w.ask(CancelRequested(run_id=first.id))
    for run in others:
        w.ask(RunApproved(run_id=run.id))


def end_and_cancel(w: World) -> None:
    to.ends(w)
    w.ask(CancelRequested(run_id=w.runs()[0].id))


def end_and_order(w: World) -> None:
    """A run ends and frees the one place, while another is ordered that wants it."""
    job = to.running(w)
    to.prepared(w, "b.csv", OTHER)
    w.goes_on(job, "RUNNING")


def end_and_sweep(w: World) -> None:
    to.ends(w)
    w.sweep()


def order_and_sweep(w: World) -> None:
    to.prepared(w)
    w.sweep()


def order_and_delete(w: World) -> None:
    to.prepared(w)
    w.ask(DeleteRequested(what="dataset", id=to.dataset(w)))


SAME_DROP: Final = Meeting("prepare and prepare, one drop", to.data)
DELETED: Final = Meeting("prepare and prepare, a deleted dataset", deleted_and_two_drops, any_end=True)
# Deleted after it was prepared for a drop and before it was ordered: the drop says so.
DELETED_MEANWHILE: Final = (
    *("datasets deleted", "drops refused", "drops started"),
    *("fingerprints claimed", "runs succeeded", "slots counted"),
)
MEETINGS: Final = [
    SAME_DROP,
    Meeting("prepare and prepare, one content", two_drops, any_end=True),
    Meeting("prepare and prepare, a deleted dataset, one drop", to.deleted_dataset),
    DELETED,
    Meeting("prepare and sweep, a deleted dataset", deleted_and_the_sweep),
    Meeting("delete and prepare, one dataset", delete_and_prepare, any_end=True, also=DELETED_MEANWHILE),
    Meeting("order and order, one drop", to.new_run),
    Meeting("order and order, identical drops", prepared_twice),
    Meeting("order and order, one place", two_that_differ, limit=1),
    Meeting("order and sweep", order_and_sweep),
    Meeting("order and delete, one dataset", order_and_delete),
    Meeting("approve and approve, one place", two_approvals, limit=1),
    Meeting("approve and cancel", approve_and_cancel, any_end=True),
    Meeting("cancel and approve, two places", cancel_and_approve, limit=2, any_end=True),
    Meeting("advance and advance, one notice", to.ends),
    Meeting("advance and advance, the export's end", to.export_ends, limit=1),
    Meeting("advance and advance, a lost job", to.ends, jobs={("train", 1): "lost"}),
    Meeting("advance and cancel", end_and_cancel, any_end=True),
    Meeting("advance and order, one place", end_and_order, limit=1),
    Meeting("advance and sweep", end_and_sweep),
    Meeting("retry and retry", to.retry, jobs={("train", 1): "fails"}),
]
