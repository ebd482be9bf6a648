"""The sweep looks at what is alive each time, and at what is old once a day: looking is paid for."""

from collections import Counter
from datetime import timedelta

from functions.on_job_done.sweep import sweep
from infra import ledger
from schemas.events import FileDropped, Swept
from schemas.records import now
from schemas.runs import RunRecord
from tests.conftest import drop
from tests.functions.runs import CSV, said, trained, write_export

MONTHS = timedelta(days=90)


def at(hour, later=MONTHS):
    return Swept(at=(now() + later).replace(hour=hour, minute=4))


def told(on, event):
    return [one.name for one in sweep(event, on) if isinstance(one, FileDropped)]


def test_an_old_file_that_nobody_heard_of_is_found_once_a_day_a_new_one_at_once(ground, on):
    drop(ground, "lost.csv", CSV)

    assert told(on, Swept(at=now() + timedelta(hours=1))) == ["lost.csv"]
    assert told(on, at(12)) == []
    assert told(on, at(3)) == ["lost.csv"]


def test_what_ended_long_ago_is_not_read_again_at_every_tick(ground, on):
    run = trained(ground)
    write_export(ground, run)
    said(ground, run, "export", "SUCCEEDED")
    asked = Counter()
    for kind in ("find", "since"):
        real = getattr(on.state, kind)

        def counted(*given, real=real, **equal):
            found = real(*given, **equal)
            asked[given[0]] += len(found)
            return found

        object.__setattr__(on.state, kind, counted)
    sweep(at(12), on)

    assert (asked["drops"], asked["runs"], asked["datasets"]) == (0, 0, 0)
    assert ledger.load(on, RunRecord, run.id).state == "succeeded"
