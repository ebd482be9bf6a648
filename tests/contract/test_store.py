"""What every Store promises: objects with generations, and conditional writes that are real."""

import base64
import hashlib
import random
from itertools import pairwise

import pytest

from infra.ports import Gone
from tests.conftest import at_once

OUT = "outbox"


def md5(data):
    """As Cloud Storage writes it: base64 of the digest."""
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def test_what_is_not_there_is_none_gone_and_not_listed(store, tmp_path):
    assert store.stat(OUT, "a") is None
    with pytest.raises(Gone):
        store.open(OUT, "a")
    with pytest.raises(Gone):
        store.read(OUT, "a")
    with pytest.raises(Gone):
        store.download(OUT, "a", tmp_path / "a")
    assert list(store.list(OUT)) == []


def test_what_was_written_is_read_back_with_its_size_and_md5(store):
    data = "Grüße, 你好 🦉\r\n\0".encode()
    made = store.write(OUT, "a/b.txt", data)

    assert store.read(OUT, "a/b.txt") == data
    assert (made.bucket, made.name, made.size) == (OUT, "a/b.txt", len(data))
    assert made.md5 == md5(data)
    assert store.stat(OUT, "a/b.txt") == made


def test_an_empty_object_is_an_object(store):
    store.write(OUT, "empty", b"")

    assert store.read(OUT, "empty") == b""
    assert store.stat(OUT, "empty").size == 0
    assert not store.write_once(OUT, "empty", b"x")


def test_every_write_is_a_greater_generation_even_of_the_same_content(store):
    generations = [store.write(OUT, "a", b"same").generation for _ in range(5)]
    store.delete(OUT, "a")
    generations.append(store.write(OUT, "a", b"same").generation)

    assert generations[0] > 0
    assert all(one < next for one, next in pairwise(generations))


def test_write_once_writes_only_where_nothing_is(store):
    assert store.write_once(OUT, "a", b"first") is True
    before = store.stat(OUT, "a")

    assert store.write_once(OUT, "a", b"second") is False
    assert store.read(OUT, "a") == b"first"
    assert store.stat(OUT, "a") == before


def test_of_twenty_that_write_once_at_the_same_moment_one_wins(store):
    won = at_once(20, lambda number: store.write_once(OUT, "claim", str(number).encode()))

    assert won.count(True) == 1
    assert store.read(OUT, "claim") == str(won.index(True)).encode()


def test_write_if_takes_the_newest_generation_and_no_other(store):
    assert store.write_if(OUT, "a", b"one", 0) is True
    first = store.stat(OUT, "a").generation
    assert store.write_if(OUT, "a", b"again", 0) is False
    assert store.write_if(OUT, "a", b"two", first) is True
    second = store.stat(OUT, "a").generation

    assert store.write_if(OUT, "a", b"three", first) is False
    assert store.stat(OUT, "a").generation == second
    assert store.read(OUT, "a") == b"two"


def test_write_if_of_a_generation_that_was_removed_writes_nothing(store):
    made = store.write(OUT, "a", b"one")
    store.delete(OUT, "a")

    assert store.write_if(OUT, "a", b"two", made.generation) is False
    assert store.stat(OUT, "a") is None
    assert store.write_if(OUT, "a", b"two", 0) is True


def test_of_twenty_that_write_over_the_same_generation_one_wins(store):
    seen = store.write(OUT, "page", b"old").generation
    won = at_once(20, lambda number: store.write_if(OUT, "page", str(number).encode(), seen))

    assert won.count(True) == 1
    assert store.read(OUT, "page") == str(won.index(True)).encode()


def test_ten_that_add_to_one_object_by_generation_lose_nothing(store):
    store.write(OUT, "sum", b"")

    def add(number):
        while True:
            seen = store.stat(OUT, "sum")
            try:
                now = store.read(OUT, "sum", seen.generation)
            except Gone:
                continue
            if store.write_if(OUT, "sum", now + b"%d" % number, seen.generation):
                return

    at_once(10, add)
    assert sorted(store.read(OUT, "sum")) == sorted(b"0123456789")


def test_an_older_generation_is_gone_and_the_newest_is_there(store):
    old = store.write(OUT, "a", b"old").generation
    new = store.write(OUT, "a", b"new").generation

    with store.open(OUT, "a", new) as stream:
        assert stream.read() == b"new"
    with pytest.raises(Gone):
        store.open(OUT, "a", old)
    with pytest.raises(Gone):
        store.read(OUT, "a", old)


def test_a_file_of_some_megabytes_goes_up_and_comes_down_unaltered(store, tmp_path):
    data = random.Random(1).randbytes(3_500_001)
    (tmp_path / "up").write_bytes(data)
    made = store.upload(OUT, "weights/model.bin", tmp_path / "up")
    store.download(OUT, "weights/model.bin", tmp_path / "down")

    assert (tmp_path / "down").read_bytes() == data
    assert (made.size, made.md5, dict(made.metadata)) == (len(data), md5(data), {})


def test_custom_metadata_is_kept_to_the_letter(store, tmp_path):
    given = {"base_model": "owner/name", "training.learning_rate": "1e-4", "note": "Grüße, \"x\" = 'y'"}
    (tmp_path / "a").write_bytes(b"x")
    store.upload(OUT, "a", tmp_path / "a", given)

    assert dict(store.stat(OUT, "a").metadata) == given
    assert [dict(found.metadata) for found in store.list(OUT)] == [given]


def test_the_list_is_in_the_order_of_the_names_bytes_and_by_prefix(store):
    names = ["a-b", "a0", "a/b/c.txt", "Z", "é", "b/x y.csv"]
    for name in names:
        store.write(OUT, name, name.encode())

    assert [found.name for found in store.list(OUT)] == sorted(names, key=str.encode)
    assert [found.name for found in store.list(OUT, "a")] == ["a-b", "a/b/c.txt", "a0"]
    assert [found.name for found in store.list(OUT, "a/")] == ["a/b/c.txt"]
    assert [found.name for found in store.list(OUT, "b/x y")] == ["b/x y.csv"]
    assert list(store.list(OUT, "nothing")) == []
    assert [found.md5 for found in store.list(OUT, "Z")] == [md5(b"Z")]


def test_a_name_is_its_own_bucket_s(store):
    store.write("inbox", "a", b"in")
    store.write(OUT, "a", b"out")
    store.delete("inbox", "a")

    assert store.stat("inbox", "a") is None
    assert store.read(OUT, "a") == b"out"


def test_deleting_twice_or_what_never_was_is_fine(store):
    store.write(OUT, "a/b", b"x")
    store.delete(OUT, "a/b")
    store.delete(OUT, "a/b")
    store.delete(OUT, "never/was")

    assert store.stat(OUT, "a/b") is None
    assert store.write_once(OUT, "a/b", b"y") is True
