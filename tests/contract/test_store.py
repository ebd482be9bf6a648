"""What every Store promises: objects with generations, and conditional writes that are real."""

import base64
import hashlib
import random
from itertools import pairwise

import pytest

from infra.ports import Gone
from tests.conftest import at_once


def md5(data):
    """As Cloud Storage writes it: base64 of the digest."""
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def test_what_is_not_there_is_none_gone_and_not_listed(store, tmp_path, out):
    assert store.stat(out, "a") is None
    with pytest.raises(Gone):
        store.open(out, "a")
    with pytest.raises(Gone):
        store.read(out, "a")
    with pytest.raises(Gone):
        store.download(out, "a", tmp_path / "a")
    assert list(store.list(out)) == []


def test_what_was_written_is_read_back_with_its_size_and_md5(store, out):
    data = "Grüße, 你好 🦉\r\n\0".encode()
    made = store.write(out, "a/b.txt", data)

    assert store.read(out, "a/b.txt") == data
    assert (made.bucket, made.name, made.size) == (out, "a/b.txt", len(data))
    assert made.md5 == md5(data)
    assert made.holds(data)
    assert not made.holds(data + b"x")
    assert store.stat(out, "a/b.txt") == made


def test_an_empty_object_is_an_object(store, out):
    store.write(out, "empty", b"")

    assert store.read(out, "empty") == b""
    assert store.stat(out, "empty").size == 0
    assert not store.write_once(out, "empty", b"x")


def test_every_write_is_a_greater_generation_even_of_the_same_content(store, out):
    generations = [store.write(out, "a", b"same").generation for _ in range(5)]
    store.delete(out, "a")
    generations.append(store.write(out, "a", b"same").generation)

    assert generations[0] > 0
    assert all(one < next for one, next in pairwise(generations))


def test_write_once_writes_only_where_nothing_is(store, out):
    assert store.write_once(out, "a", b"first") is True
    before = store.stat(out, "a")

    assert store.write_once(out, "a", b"second") is False
    assert store.read(out, "a") == b"first"
    assert store.stat(out, "a") == before


def test_of_twenty_that_write_once_at_the_same_moment_one_wins(store, out):
    won = at_once(20, lambda number: store.write_once(out, "claim", str(number).encode()))

    assert won.count(True) == 1
    assert store.read(out, "claim") == str(won.index(True)).encode()


def test_write_if_takes_the_newest_generation_and_no_other(store, out):
    assert store.write_if(out, "a", b"one", 0) is True
    first = store.stat(out, "a").generation
    assert store.write_if(out, "a", b"again", 0) is False
    assert store.write_if(out, "a", b"two", first) is True
    second = store.stat(out, "a").generation

    assert store.write_if(out, "a", b"three", first) is False
    assert store.stat(out, "a").generation == second
    assert store.read(out, "a") == b"two"


def test_write_if_of_a_generation_that_was_removed_writes_nothing(store, out):
    made = store.write(out, "a", b"one")
    store.delete(out, "a")

    assert store.write_if(out, "a", b"two", made.generation) is False
    assert store.stat(out, "a") is None
    assert store.write_if(out, "a", b"two", 0) is True


def test_of_twenty_that_write_over_the_same_generation_one_wins(store, out):
    seen = store.write(out, "page", b"old").generation
    won = at_once(20, lambda number: store.write_if(out, "page", str(number).encode(), seen))

    assert won.count(True) == 1
    assert store.read(out, "page") == str(won.index(True)).encode()


def test_ten_that_add_to_one_object_by_generation_lose_nothing(store, out):
    store.write(out, "sum", b"")

    def add(number):
        while True:
            seen = store.stat(out, "sum")
            try:
                now = store.read(out, "sum", seen.generation)
            except Gone:
                continue
            if store.write_if(out, "sum", now + b"%d" % number, seen.generation):
                return

    at_once(10, add)
    assert sorted(store.read(out, "sum")) == sorted(b"0123456789")


def test_an_older_generation_is_gone_and_the_newest_is_there(store, out):
    old = store.write(out, "a", b"old").generation
    new = store.write(out, "a", b"new").generation

    with store.open(out, "a", new) as stream:
        assert stream.read() == b"new"
    with pytest.raises(Gone):
        store.open(out, "a", old)
    with pytest.raises(Gone):
        store.read(out, "a", old)


def test_a_file_of_some_megabytes_goes_up_and_comes_down_unaltered(store, tmp_path, out):
    data = random.Random(1).randbytes(3_500_001)
    (tmp_path / "up").write_bytes(data)
    made = store.upload(out, "weights/model.bin", tmp_path / "up")
    store.download(out, "weights/model.bin", tmp_path / "down")

    assert (tmp_path / "down").read_bytes() == data
    assert (made.size, made.md5, dict(made.metadata)) == (len(data), md5(data), {})


def test_custom_metadata_is_kept_to_the_letter(store, tmp_path, out):
    given = {"base_model": "owner/name", "training.learning_rate": "1e-4", "note": "Grüße, \"x\" = 'y'"}
    (tmp_path / "a").write_bytes(b"x")
    store.upload(out, "a", tmp_path / "a", given)

    assert dict(store.stat(out, "a").metadata) == given
    assert [dict(found.metadata) for found in store.list(out)] == [given]


def test_the_list_is_in_the_order_of_the_names_bytes_and_by_prefix(store, out):
    names = ["a-b", "a0", "a/b/c.txt", "Z", "é", "b/x y.csv"]
    for name in names:
        store.write(out, name, name.encode())

    assert [found.name for found in store.list(out)] == sorted(names, key=str.encode)
    assert [found.name for found in store.list(out, "a")] == ["a-b", "a/b/c.txt", "a0"]
    assert [found.name for found in store.list(out, "a/")] == ["a/b/c.txt"]
    assert [found.name for found in store.list(out, "b/x y")] == ["b/x y.csv"]
    assert list(store.list(out, "nothing")) == []
    assert [found.md5 for found in store.list(out, "Z")] == [md5(b"Z")]


def test_a_name_is_its_own_bucket_s(world, store, out):
    store.write(world.inbox, "a", b"in")
    store.write(out, "a", b"out")
    store.delete(world.inbox, "a")

    assert store.stat(world.inbox, "a") is None
    assert store.read(out, "a") == b"out"


def test_deleting_twice_or_what_never_was_is_fine(store, out):
    store.write(out, "a/b", b"x")
    store.delete(out, "a/b")
    store.delete(out, "a/b")
    store.delete(out, "never/was")

    assert store.stat(out, "a/b") is None
    assert store.write_once(out, "a/b", b"y") is True
