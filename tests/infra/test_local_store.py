"""The local store beyond the port: files put there by hand, writers that die, names no folder holds."""

import base64
import hashlib
import json
import os
import subprocess
import sys

import pytest

from infra.local.ground import LocalGround
from infra.local.store import LocalStore
from schemas import events, names
from schemas.errors import BadInput
from tests.conftest import drop

RACE = """
import sys
from pathlib import Path
from infra.local.ground import LocalGround
home, who = Path(sys.argv[1]), sys.argv[2]
store = LocalGround(home, home, {}).store
while not (home / "go").exists():
    pass
for name in range(12):
    if store.write_once("outbox", f"claim/{name}", who.encode()):
        print(name)
"""


def rung(ground):
    """What the drops topic was told, as events."""
    return [events.from_object(json.loads(message.data)) for message in ground.queue.told("drops")]


def test_a_file_put_into_the_inbox_by_hand_is_an_object_and_rings_like_any_drop(ground):
    (ground.home / "inbox" / "support").mkdir()
    (ground.home / "inbox" / "support" / "a.csv").write_bytes(b"q,a\n1,2\n")
    made = ground.store.stat("inbox", "support/a.csv")
    (told,) = rung(ground)

    md5 = base64.b64encode(hashlib.md5(b"q,a\n1,2\n").digest()).decode()
    assert (made.size, made.md5, made.metadata) == (8, md5, {})
    assert (told.name, told.generation, told.md5) == ("support/a.csv", made.generation, made.md5)
    assert ground.store.stat("inbox", "support/a.csv") == made
    assert [found.name for found in ground.store.list("inbox")] == ["support/a.csv"]
    assert len(rung(ground)) == 1


def test_a_file_overwritten_by_hand_is_a_new_generation(ground):
    first = drop(ground, "a.csv", "q,a\n1,2\n", {"data.seed": "1"})
    (ground.home / "inbox" / "a.csv").write_bytes(b"q,a\n3,4\n")
    second = ground.store.stat("inbox", "a.csv")

    assert second.generation > first.generation
    assert second.md5 != first.md5
    assert second.metadata == {}
    assert [told.generation for told in rung(ground)] == [first.generation, second.generation]


def test_a_file_removed_by_hand_is_gone_and_may_be_written_once_again(ground):
    ground.store.write("outbox", "a", b"one")
    (ground.home / "outbox" / "a").unlink()

    assert ground.store.stat("outbox", "a") is None
    assert list(ground.store.list("outbox")) == []
    assert ground.store.write_once("outbox", "a", b"two")


def test_what_is_put_there_by_hand_is_not_overwritten_by_a_write_that_knew_nothing_of_it(ground):
    (ground.home / "outbox" / "a").write_bytes(b"by hand")

    assert not ground.store.write_once("outbox", "a", b"x")
    assert not ground.store.write_if("outbox", "a", b"x", 0)
    assert ground.store.read("outbox", "a") == b"by hand"


def test_a_writer_killed_between_the_rename_and_the_commit_loses_nothing(ground, monkeypatch):
    source = ground.home / "source"
    source.write_bytes(b"q,a\n1,2\n")

    class Killed(BaseException):
        """As sudden as `kill -9`: nothing of ours catches it."""

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "_register", killed)
        with pytest.raises(Killed):
            ground.store.upload("inbox", "a.csv", source)
    assert rung(ground) == []
    again = LocalGround(ground.home, ground.home, {})
    found = again.store.stat("inbox", "a.csv")

    assert again.store.read("inbox", "a.csv") == b"q,a\n1,2\n"
    assert [told.generation for told in rung(again)] == [found.generation]


def test_a_write_leaves_nothing_behind_but_the_object(ground):
    ground.store.write_once("outbox", "a", b"one")
    ground.store.write_once("outbox", "a", b"two")

    assert list((ground.home / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "a/../../b.csv",
        "..",
        "/etc/passwd",
        "",
        "a/",
        "a//b",
        "./a",
        "a/.",
        "a\0b",
        "x" * 256,
        "\udcff.csv",
        ".",
    ],
)
def test_a_name_that_no_folder_can_hold_is_refused(ground, name):
    for act in (
        lambda: ground.store.write("outbox", name, b"x"),
        lambda: ground.store.stat("outbox", name),
        lambda: ground.store.delete("outbox", name),
    ):
        with pytest.raises(BadInput, match="Rename it"):
            act()
    assert not (ground.home.parent / "a.csv").exists()


def test_a_file_and_a_folder_of_one_name_are_refused_in_words(ground):
    ground.store.write("outbox", "a", b"a file")
    ground.store.write("outbox", "b/c", b"b is a folder")

    for name in ("a/b", "b"):
        with pytest.raises(BadInput, match="A folder and a file"):
            ground.store.write("outbox", name, b"x")
        assert ground.store.stat("outbox", name) is None
        ground.store.delete("outbox", name)
    assert ground.store.read("outbox", "b/c") == b"b is a folder"


class Interrupted:
    """A ground's database; something happens before the first look into it."""

    def __init__(self, db, act):
        self.db, self.act = db, [act]

    def reading(self):
        if self.act:
            self.act.pop()()
        return self.db.reading()

    def writing(self):
        return self.db.writing()


def test_a_look_at_an_object_that_is_replaced_just_then_sees_the_new_one_and_counts_no_change(ground):
    source = ground.home / "source"
    made = []

    def upload(text):
        source.write_text(text)
        made.append(ground.store.upload("inbox", "a.csv", source, {"data.seed": str(len(made))}))

    upload("old")
    look = LocalStore(Interrupted(ground.db, lambda: upload("newer")), ground.home, "inbox")
    seen = look.stat("inbox", "a.csv")

    assert seen == made[1]
    assert ground.store.stat("inbox", "a.csv") == made[1]
    assert [told.metadata["data.seed"] for told in rung(ground)] == ["0", "1"]


def test_an_object_removed_just_then_is_not_there(ground):
    ground.store.write("inbox", "a.csv", b"x")
    look = LocalStore(
        Interrupted(ground.db, lambda: ground.store.delete("inbox", "a.csv")), ground.home, "inbox"
    )

    assert look.stat("inbox", "a.csv") is None


def test_a_name_that_fits_the_inbox_leaves_room_for_its_page(ground):
    name = "ü" * 125
    ground.store.write("inbox", name, b"x")
    ground.store.write("outbox", names.status_page(name), b"x")

    with pytest.raises(BadInput, match="Rename it"):
        ground.store.write("inbox", name + "x", b"x")


def test_of_several_processes_that_write_once_one_wins_each_name(ground):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(ground.home), str(who)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for who in range(3)
    ]
    (ground.home / "go").touch()
    won = [
        (int(name), str(who)) for who, racer in enumerate(racers) for name in racer.communicate()[0].split()
    ]

    assert sorted(name for name, _ in won) == list(range(12))
    assert {name: ground.store.read("outbox", f"claim/{name}").decode() for name, _ in won} == dict(won)
