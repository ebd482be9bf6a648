"""Files that people copy, replace and misname while `jinko up` looks: whole or not at all, the newest one."""

import os
import shutil
import time

import pytest

from infra import ledger
from infra.local import store
from infra.local.dispatcher import Dispatcher
from infra.local.store import LocalStore
from jinko.worker import doors
from schemas import names
from schemas.orders import Dataset
from schemas.records import DropRecord
from tests.conftest import deliver
from tests.up.running import patiently, rows, setting, up
from tests.up.standin import install

pytestmark = pytest.mark.walk

ASKING = "base_model: tiny-gemma3\nconfirm: true\n"  # a yes is asked, so nothing is trained


def drops(ground, name):
    """The drops of this name, the oldest first."""
    return ledger.every(ground.cloud, DropRecord, name=name)[::-1]


def dataset(ground, drop):
    return Dataset.model_validate_json(ground.store.read("outbox", names.manifest(drop.dataset_id)))


def test_a_file_that_is_copied_slowly_is_delivered_once_and_whole(ground, tmp_path):
    setting(ground.home, ASKING)
    whole = rows(1, count=300)
    with up(ground.home, install(tmp_path / "fake")) as running:
        with (ground.home / "inbox" / "slow.csv").open("w", encoding="utf-8") as file:
            for start in range(0, len(whole), 1000):  # the watcher looks every second, so twice meanwhile
                file.write(whole[start : start + 1000])
                file.flush()
                time.sleep(2.2 / (len(whole) / 1000))
            assert drops(ground, "slow.csv") == []
        patiently(lambda: [d.state for d in drops(ground, "slow.csv")] == ["started"], running.alive)
        time.sleep(1.2)  # and one more look
        assert running.stop() == 0
    (drop,) = drops(ground, "slow.csv")

    assert drop.size == len(whole.encode())
    assert dataset(ground, drop).counts.read == 300
    assert ground.queue.dead() == []


@pytest.mark.parametrize("way", ["in place", "by another that is renamed"])
def test_a_file_that_is_replaced_while_it_is_read_is_noticed_and_the_newer_one_is_answered(
    ground, monkeypatch, way
):
    setting(ground.home, ASKING)
    here = ground.home / "inbox" / "a.csv"
    here.write_text(rows(1), encoding="utf-8")
    opened = LocalStore.open

    def replace():
        monkeypatch.setattr(LocalStore, "open", opened)
        newer = here if way == "in place" else ground.home / "newer"
        newer.write_text(rows(2, count=20), encoding="utf-8")
        newer.rename(here)

    def opening(self, bucket, name, generation=None):
        stream = opened(self, bucket, name, generation)
        if name == "a.csv":
            replace()
        return stream

    monkeypatch.setattr(LocalStore, "open", opening)
    with Dispatcher.hold(ground) as dispatcher:
        dispatcher.scan()
        deliver(ground, doors())
        dispatcher.scan()
        deliver(ground, doors())
    first, second = drops(ground, "a.csv")

    assert first.state == "refused"
    assert "replaced" in first.faults[0].finding
    assert second.generation > first.generation
    assert dataset(ground, second).counts.read == 20


def test_a_file_rewritten_at_the_same_size_within_the_same_tick_of_the_clock_is_noticed(ground):
    here = ground.home / "inbox" / "a.csv"
    for number in range(20):
        here.write_text(f"q,a\n{number:03d},1\n", encoding="utf-8")
        first = ground.store.stat("inbox", "a.csv")
        here.write_text(f"q,a\n{number:03d},2\n", encoding="utf-8")
        second = ground.store.stat("inbox", "a.csv")
        assert second.generation > first.generation
        assert second.md5 != first.md5


def test_a_file_that_changes_faster_than_it_can_be_read_is_no_drop_yet_and_stops_nobody(ground, monkeypatch):
    setting(ground.home, ASKING)
    growing = ground.home / "inbox" / "growing.csv"
    growing.write_text(rows(1), encoding="utf-8")
    read = store._md5

    def reading(chunks):
        with growing.open("a", encoding="utf-8") as file:
            file.write("one more question,one more answer\n")
        return read(chunks)

    with Dispatcher.hold(ground) as dispatcher:
        with monkeypatch.context() as patch:
            patch.setattr(store, "_md5", reading)
            dispatcher.scan()
            deliver(ground, doors())
        assert drops(ground, "growing.csv") == []
        dispatcher.scan()
        deliver(ground, doors())
    (drop,) = drops(ground, "growing.csv")

    assert drop.size == growing.stat().st_size


@pytest.mark.parametrize("name", [b"Gr\xfc\xdfe.csv", b"n" * 251 + b".csv"], ids=["not UTF-8", "too long"])
def test_a_name_that_no_object_can_have_is_told_and_stops_nobody(ground, tmp_path, name):
    setting(ground.home, ASKING)
    path = os.path.join(os.fsencode(ground.home / "inbox"), name)  # noqa: PTH118 (bytes have no Path)
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"question,answer\na,b\n")
    with up(ground.home, install(tmp_path / "fake")) as running:
        (ground.home / "inbox" / "good.csv").write_text(rows(1), encoding="utf-8")
        patiently(lambda: [d.state for d in drops(ground, "good.csv")] == ["started"], running.alive)
        patiently(lambda: "this name cannot be a drop's" in running.words(), running.alive, seconds=5)
        assert running.stop() == 0
    assert "Rename it" in running.words()
    assert running.words().count("Rename it") == 1


def test_a_folder_that_is_copied_in_with_its_files_is_answered_file_by_file(ground, tmp_path):
    setting(ground.home, ASKING)
    for number in range(3):
        (tmp_path / "set" / f"part {number}").mkdir(parents=True)
        (tmp_path / "set" / f"part {number}" / "Fragen.csv").write_text(rows(number), encoding="utf-8")
    shutil.copytree(tmp_path / "set", ground.home / "inbox" / "set")
    with Dispatcher.hold(ground) as dispatcher:
        dispatcher.scan()
        deliver(ground, doors())

    assert sorted(d.name for d in ledger.every(ground.cloud, DropRecord)) == [
        f"set/part {number}/Fragen.csv" for number in range(3)
    ]
