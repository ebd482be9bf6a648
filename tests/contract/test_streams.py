"""What every Store promises of its streams: one generation's bytes, sought and read as any file is."""

import csv
import io
import random
import zipfile

import pytest

from infra.ports import Gone

MEGABYTES = 1 << 20


@pytest.fixture(scope="module")
def big():
    """More than one request for a range brings, and more than one request may send under a condition."""
    return random.Random(2).randbytes(30 * MEGABYTES + 7)


def test_thirty_megabytes_go_up_and_come_down_unaltered(store, out, big, tmp_path):
    (tmp_path / "up").write_bytes(big)
    made = store.upload(out, "weights/model.safetensors", tmp_path / "up", {"made-of": "noise"})
    store.download(out, made.name, tmp_path / "down")

    assert (tmp_path / "down").read_bytes() == big
    assert store.stat(out, made.name) == made
    assert (made.size, dict(made.metadata)) == (len(big), {"made-of": "noise"})
    with store.open(out, made.name) as stream:
        assert stream.read() == big


def test_a_stream_is_read_in_pieces_of_any_size(store, out, big):
    made = store.write(out, "a", big)
    with store.open(out, "a", made.generation) as stream:
        pieces = [stream.read(size) for size in (0, 1, 70_000, 9 * MEGABYTES, 1)]
        rest = b"".join(iter(lambda: stream.read(5 * MEGABYTES), b""))

    assert [len(piece) for piece in pieces] == [0, 1, 70_000, 9 * MEGABYTES, 1]
    assert b"".join(pieces) + rest == big


def test_a_stream_is_sought_as_a_file_is(store, out):
    store.write(out, "a", bytes(range(200)))
    with store.open(out, "a") as stream:
        assert stream.seekable()
        assert stream.seek(-3, io.SEEK_END) == 197
        assert stream.read() == bytes([197, 198, 199])
        assert stream.read() == b""
        stream.seek(10)
        assert stream.read(2) == bytes([10, 11])
        stream.seek(5, io.SEEK_CUR)
        assert (stream.tell(), stream.read(1)) == (17, bytes([17]))
        assert stream.seek(500) == 500
        assert stream.read() == b""


def test_a_text_is_read_line_by_line_and_an_archive_by_its_end(store, out):
    store.write(out, "a.csv", 'frage,antwort\n"Grüße,\n🦉",ja\n'.encode() * 1000)
    with io.TextIOWrapper(store.open(out, "a.csv"), encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sheet.xml", "x" * 1000)
    store.write(out, "a.xlsx", packed.getvalue())

    assert rows == [["frage", "antwort"], ["Grüße,\n🦉", "ja"]] * 1000
    with store.open(out, "a.xlsx") as stream, zipfile.ZipFile(stream) as archive:
        assert archive.read("sheet.xml") == b"x" * 1000


def test_an_empty_stream_ends_at_once(store, out):
    store.write(out, "empty", b"")
    with store.open(out, "empty") as stream:
        assert stream.read() == b""
        assert stream.readline() == b""


@pytest.mark.parametrize("what", ["replaced", "removed"])
def test_a_stream_whose_generation_goes_gives_its_own_bytes_or_is_gone(store, out, big, what):
    made = store.write(out, "a", big)
    with store.open(out, "a", made.generation) as stream:
        read = stream.read(10)
        store.write(out, "a", bytes(len(big))) if what == "replaced" else store.delete(out, "a")
        try:
            read += stream.read()
        except Gone:
            read = big

    assert read == big


def test_names_and_metadata_of_any_alphabet_go_through(store, out, tmp_path):
    name = "Grüße 🦉/a+b?c#d%20 &e=f/é 你好.csv"
    given = {"base_model": "owner/name", "Ключ.mit-Ü": "🦉 \"x\" = 'y', a:b", "empty": ""}
    (tmp_path / "a").write_bytes(b"x")
    made = store.upload(out, name, tmp_path / "a", given)

    assert (made.name, dict(made.metadata)) == (name, given)
    assert [found.name for found in store.list(out, "Grüße 🦉/a+b?c#d%")] == [name]
    assert store.read(out, name, made.generation) == b"x"
    store.delete(out, name)
    assert store.stat(out, name) is None
