"""`jinko doctor`: what Jinko needs, how each of it stands, and the line to type where it does not.

On a folder it looks at this machine, with JINKO_PROJECT at that project. Reads only; `publishing` is the one
exception: it asks the Hub who the writing token is, in the publisher's name, and remembers it.
"""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table

from infra import ground, ledger, settings
from infra.checks import Check, Standing
from infra.ports import Cloud, JobSpec
from infra.settings import Settings
from schemas.events import JOB_ENDED
from schemas.records import Publisher

MARKS: Final[dict[Standing, tuple[str, str]]] = {
    "good": ("ok", "green"),
    "missing": ("missing", "bold red"),
    "note": ("optional", "yellow"),
    "unknown": ("unseen", "yellow"),
}
LOOK_SECONDS: Final = 10.0  # between two looks at a job


def run(machine: str, as_json: bool) -> int:
    """Look at everything, telling as it goes; the exit code: 1 where something is missing."""
    chosen, out = settings.read(), Console()
    found: list[Check] = []
    for one in examine(chosen, machine):
        if not as_json:
            show(one, out, new=not found or found[-1].section != one.section)
        found.append(one)
    if as_json:
        print(json.dumps([one._asdict() for one in found], indent=2, ensure_ascii=False))
    else:
        _conclude(found, out)
    return int(any(one.standing == "missing" for one in found))


def examine(chosen: Settings, machine: str) -> Iterator[Check]:
    """What is looked at on this ground; for `machine`, empty: the one that most runs on small models get."""
    if chosen.google is not None:
        from infra.gcp import doctor

        yield from doctor.examine(chosen.google, machine or doctor.WANTED)
    else:
        from infra.local import doctor as here

        yield from here.examine(chosen)


def show(one: Check, out: Console, *, new: bool) -> None:
    """A line of the table, and below it what to type: unbroken, to be copied."""
    if new:
        out.print(f"\n{one.section}", style="bold")
    mark, style = MARKS[one.standing]
    row = Table.grid(padding=(0, 1), expand=False)
    row.add_column(width=8, style=style)
    row.add_column(width=31)
    row.add_column(overflow="fold")
    row.add_row(mark, one.what, one.found)
    out.print(row, highlight=False, markup=False)
    if one.line:
        out.print(f"         → {one.line}", soft_wrap=True, highlight=False, markup=False)


def _conclude(found: list[Check], out: Console) -> None:
    missing = sum(one.standing == "missing" for one in found)
    unseen = sum(one.standing == "unknown" for one in found)
    if missing:
        what = "One thing is missing" if missing == 1 else f"{missing} things are missing"
        said = f"{what}. Type what stands behind the arrows, from the top, then look again: jinko doctor"
    elif unseen:
        said = "Nothing that could be seen is missing."
    else:
        said = "Everything that Jinko needs is there."
    out.print(f"\n{said}", highlight=False)


# ---------------------------------------------------------------- the token that publishes


def publishing() -> int:
    """Ask the Hub who the writing token is and what it may write to, and remember it; the exit code."""
    chosen, out = settings.read(), Console()
    if chosen.google is None:
        from infra.hub_publish import see_token

        return _told(see_token(ground.local(chosen).cloud), out)
    told = _as_deployed(chosen)
    cloud = ground.cloud(told)
    before = ledger.find(cloud, Publisher, "hub")
    job = JobSpec(f"check-hub-{uuid.uuid4().hex[:12]}", ("publish", "--check"), role="publisher")
    cloud.jobs.submit(job)
    out.print(
        f"A small job asks the Hub as the publisher ({job.id}); that takes some minutes.", highlight=False
    )
    return _waited(cloud, job, before, out)


def _as_deployed(chosen: Settings) -> Settings:
    """The settings of the functions, which name the image and the accounts of jobs."""
    from infra.gcp.deployed import environment
    from infra.gcp.project import Project

    assert chosen.google is not None
    stand_ins = chosen.google.environment()
    return settings.read({**stand_ins, **environment(Project(chosen.google))})


def _waited(cloud: Cloud, job: JobSpec, before: Publisher | None, out: Console) -> int:
    """Watch the job until it has ended. Ctrl-C stops the watching, never the job."""
    while True:
        status = cloud.jobs.status(job.id)
        if status is not None and status.state in JOB_ENDED:
            break
        time.sleep(LOOK_SECONDS)
    seen = ledger.find(cloud, Publisher, "hub")
    if status.state == "SUCCEEDED" and seen is not None and seen != before:
        return _told(seen, out)
    out.print(f"It ended without an answer. {status.detail}", markup=False, highlight=False)
    return 1


def _told(seen: Publisher, out: Console) -> int:
    may = ", ".join((*seen.namespaces, *seen.repositories)) or "nothing at all"
    out.print(
        f"The Hub knows the token as {seen.user}; it may write to: {may}.", markup=False, highlight=False
    )
    return 0
