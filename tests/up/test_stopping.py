"""`jinko up` stopped, killed and started again: a sentence, nothing lost, what trains goes on."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from infra import ledger
from schemas import names
from schemas.records import DropRecord
from schemas.runs import RunRecord, Slots
from tests.up.running import Up, is_job, patiently, rows, setting, up
from tests.up.standin import install

pytestmark = pytest.mark.walk
SMALL = "base_model: tiny-gemma3\nexport: [adapter]\n"


@pytest.fixture
def fake(ground, tmp_path):
    """Jobs that are stand-ins, and a setting that asks for training alone."""
    setting(ground.home, SMALL)
    return install(tmp_path / "fake")


def put(ground, name, seed=1):
    (ground.home / "inbox" / name).write_text(rows(seed), encoding="utf-8")


def states(ground):
    return sorted(run.state for run in ledger.every(ground.cloud, RunRecord))


def started(ground):
    """How often each job was started."""
    return [len(path.read_text().splitlines()) for path in ground.home.glob("jobs/*/started")]


def training(ground):
    """The process of the one job that runs, once the run says so."""
    patiently(lambda: states(ground) == ["running"] and started(ground) == [1])
    (pid,) = ground.home.glob("jobs/*/pid")
    return int(pid.read_text())


def test_a_second_one_names_the_process_that_works_the_folder_and_leaves(ground, fake):
    with up(ground.home, fake) as first:
        second = Up(ground.home)
        assert second.process.wait(timeout=30) == 1
        assert f"is being worked by process {first.process.pid} already" in second.words()
        put(ground, "a.csv")
        patiently(lambda: states(ground) == ["succeeded"], first.alive)
        assert first.stop() == 0


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_training_survives_the_stop_and_its_result_is_taken_by_the_next_one(ground, fake, by):
    with up(ground.home, fake) as first:
        put(ground, "wait.csv")
        job = training(ground)
        assert first.stop(by) == 0
        assert "The job that is running goes on; the next jinko up takes its result." in first.words()
        assert "Traceback" not in first.words()
        assert is_job(job)
        with up(ground.home, fake) as second:
            time.sleep(0.5)
            assert is_job(job)
            (ground.home / "go").touch()
            patiently(lambda: states(ground) == ["succeeded"], second.alive)
            assert second.stop(by) == 0
    assert "Stopped. Nothing is running" in second.words()
    assert started(ground) == [1]


def test_what_a_killed_job_left_in_its_temporary_folder_is_removed_as_that_of_any_other(ground, fake):
    with up(ground.home, fake) as running:
        put(ground, "wait.csv")
        os.kill(training(ground), signal.SIGKILL)
        (ground.home / "go").touch()
        patiently(lambda: states(ground) == ["succeeded"], running.alive)
    left = [Path(noted.read_text()) for noted in ground.home.glob("jobs/*/tmpdir")]

    assert len(left) == 2
    assert not any(folder.exists() for folder in left)


def test_what_happened_while_nothing_ran_is_taken_on(ground, fake):
    with up(ground.home, fake) as first:
        put(ground, "wait.csv")
        training(ground)
        first.kill()
        source = ground.home / "uploaded"
        source.write_text(rows(2), encoding="utf-8")
        ground.store.upload("inbox", "uploaded.csv", source)  # a message that waits
        put(ground, "by-hand.csv", seed=3)  # a file that rang no bell
        (ground.home / "go").touch()  # a job that ends while nobody looks
        patiently(lambda: list(ground.home.glob("jobs/*/exit")))
        with up(ground.home, fake) as second:
            patiently(lambda: states(ground) == ["succeeded"] * 3, second.alive)
            assert second.stop() == 0
    assert sorted(started(ground)) == [1, 1, 1]
    assert len(ledger.every(ground.cloud, DropRecord)) == 3


def test_stopped_or_killed_again_and_again_at_any_moment_it_still_answers_every_drop(ground, fake):
    chance = random.Random(7)
    for number in range(12):
        put(ground, f"drop-{number}.csv", number)
    for turn in range(8):
        with up(ground.home, fake) as running:
            time.sleep(chance.random() * 0.7)
            if turn % 2:
                running.kill()
            else:
                assert running.stop(chance.choice([signal.SIGINT, signal.SIGTERM])) == 0, running.words()
                assert "Stopped" in running.words()
    with up(ground.home, fake) as last:
        patiently(lambda: states(ground) == ["succeeded"] * 12, last.alive)
        assert last.stop() == 0
    runs = ledger.every(ground.cloud, RunRecord)

    assert set(started(ground)) == {1}
    assert {run.attempt for run in runs} == {1}
    assert len({run.dataset_id for run in runs}) == 12
    assert ledger.load(ground.cloud, Slots, "active").runs == ()
    assert ground.queue.dead() == []
    for number in range(12):
        assert "## Done" in ground.store.read("outbox", names.status_page(f"drop-{number}.csv")).decode()
