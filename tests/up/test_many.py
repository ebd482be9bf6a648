"""Many drops from eight writers, while messages are doubled, lost and reordered: each has its answer.

The jobs are stand-ins; in `make soak` eight of them are real trainings. The memory of `jinko up` is measured
from outside, and every state that the records ever had is counted by a trigger of the database.
"""

import time
from pathlib import Path

import pytest

from infra import ledger
from infra.local.ground import LocalGround
from schemas import names
from schemas.events import Topic
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord, Slots
from tests.conftest import at_once
from tests.up.running import patiently, rows, setting, up
from tests.up.standin import install

WRITERS = 8
TOPICS: tuple[Topic, ...] = ("drops", "datasets", "requests", "jobs")
GROWTH = 20.0  # MiB that `jinko up` may grow between a quarter of the drops and all of them
SMALL = "base_model: tiny-gemma3\ntraining: {max_steps: 6}\nevaluation: {rows: 2, max_new_tokens: 8}\n"
TRIGGERS = (
    "CREATE TABLE seen (what TEXT, count INTEGER)",
    """CREATE TRIGGER active AFTER UPDATE ON documents WHEN new.kind = 'runs' BEGIN
    INSERT INTO seen SELECT 'active', count(*) FROM documents
    WHERE kind = 'runs' AND json_extract(data, '$.state') IN ('ordered', 'submitted', 'running'); END""",
    """CREATE TRIGGER alive AFTER UPDATE ON jobs BEGIN
    INSERT INTO seen SELECT 'alive', count(*) FROM jobs WHERE state = 'RUNNING'; END""",
)


def drop_all(ground: LocalGround, names_of: list[str]) -> None:
    """Eight writers at once; every other file is copied by hand, slowly, the rest are uploaded."""

    def write(writer: int) -> None:
        for number in range(writer, len(names_of), WRITERS):
            name, content = names_of[number], rows(number)
            if number % 2:
                with (ground.home / "inbox" / name).open("w", encoding="utf-8") as file:
                    file.write(content[:100])
                    file.flush()
                    time.sleep(0.02)
                    file.write(content[100:])
            else:
                source = ground.home / f"to-drop-{writer}"
                source.write_text(content, encoding="utf-8")
                ground.store.upload("inbox", name, source, {"export": "adapter"} if number % 4 else None)

    at_once(WRITERS, write)


def walk(ground: LocalGround, jobs: Path, dropped: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Drop them and wait for every answer; the memory after each quarter is printed and bounded."""
    setting(ground.home, SMALL)
    with ground.db.writing() as c:
        for statement in TRIGGERS:
            c.execute(statement)
    begun, memory = time.monotonic(), []
    with up(ground.home, jobs, unruly=4) as running:
        drop_all(ground, dropped)
        for quarter in range(1, 5):
            wanted = len(dropped) * quarter // 4
            patiently(lambda: ended(ground) >= wanted, running.alive, seconds=600)  # noqa: B023
            memory.append(running.memory())
        patiently(lambda: not ground.queue.waiting(TOPICS), running.alive)
        assert running.stop() == 0
        assert "Nothing is running" in running.words()
    with capsys.disabled():
        told = " → ".join(f"{size:.0f}" for size in memory)
        print(f"\n  {running.words().rpartition('. ')[2]}")
        print(f"  {len(dropped)} drops in {time.monotonic() - begun:.0f} s; memory of jinko up {told} MiB")
    assert memory[-1] - memory[0] < GROWTH


def ended(ground: LocalGround) -> int:
    return sum(run.over for run in ledger.every(ground.cloud, RunRecord))


def look(ground: LocalGround, dropped: list[str]) -> None:
    """Everything has its answer, once; nothing is left over; never more was active than may be."""
    on = ground.cloud
    drops, runs = ledger.every(on, DropRecord), ledger.every(on, RunRecord)
    assert sorted(drop.name for drop in drops) == sorted(dropped)
    assert {drop.state for drop in drops} == {"started"}
    assert {(run.state, run.attempt) for run in runs} == {("succeeded", 1)}
    assert {drop.run_id for drop in drops} == {run.id for run in runs}
    assert len(runs) == len(ledger.every(on, DatasetRecord)) == len(dropped)
    assert ledger.load(on, Slots, "active").runs == ()
    assert ground.queue.dead() == []
    for name in dropped:
        page = on.store.read("outbox", names.status_page(name)).decode()
        assert "## Done" in page, page
    with ground.db.reading() as c:
        most = dict(c.execute("SELECT what, max(count) FROM seen GROUP BY what").fetchall())
        jobs = [row["id"] for row in c.execute("SELECT id FROM jobs WHERE state = 'SUCCEEDED'").fetchall()]
        assert c.execute("SELECT count(*) FROM jobs").fetchone()[0] == len(jobs)
    assert most == {"active": on.max_active_runs, "alive": 1}
    assert sorted(jobs) == sorted(
        names.job_id(run.id, stage, 1) for run in runs for stage in names.STAGES[: 1 + bool(run.exported)]
    )
    started = [len(path.read_text().splitlines()) for path in ground.home.glob("jobs/*/started")]
    assert set(started) == {1}


@pytest.mark.walk
def test_every_drop_has_its_answer_though_messages_are_doubled_lost_and_reordered(ground, tmp_path, capsys):
    dropped = [f"drop-{number:03d}.csv" for number in range(200)]
    walk(ground, install(tmp_path / "fake"), dropped, capsys)
    look(ground, dropped)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_so_have_two_hundred_of_which_eight_are_really_trained(ground, tmp_path, capsys):
    dropped = [f"{'real' if number % 25 == 7 else 'drop'}-{number:03d}.csv" for number in range(200)]
    walk(ground, install(tmp_path / "fake"), dropped, capsys)
    look(ground, dropped)
