"""From blocks to shards: columns at once or row by row, the same bytes; every kind reads back as it was."""

import hashlib
import json
import random
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.on_upload import write
from functions.on_upload.findings import Quarantine
from functions.on_upload.meaning.reading import Pair
from functions.on_upload.peek import rows_of
from functions.on_upload.reading.blocks import Flat, Nested, Opened
from functions.on_upload.shapes import Shape
from functions.on_upload.sift import Sifted
from functions.on_upload.split import Split
from functions.on_upload.write import ShardWriter
from schemas.data_options import DataOptions
from schemas.samples import from_row
from tests.functions.rows_of_kinds import EVERY_KIND, TOOLS

ODD = [
    "",
    " ",
    "\n",
    "\u3000",
    "\u2003\t",
    "\x1c",
    "\x85",
    "x",
    " x",
    "あ",
    "\u200b",
    "007",
    "NA",
    "ä🦉",
    "\0",
    "a\r\nb",
]
OPTIONS = DataOptions(test_size=0.3)


def shards(blocks, header, tmp_path, options=OPTIONS):
    """The bytes of every shard that comes of these blocks, what was left out, and the pass itself."""
    written = {}

    def upload(bucket, name, path):
        written[name] = path.read_bytes()

    on = SimpleNamespace(store=SimpleNamespace(upload=upload), outbox="outbox")
    with Quarantine() as errors:
        sifted = Sifted("f.csv", Opened("csv", header, iter(blocks)), options, errors)
        with ShardWriter(on, "d", "t", "train") as train, ShardWriter(on, "d", "t", "test") as test:
            with Split(options, train, test) as split:
                split.all_of(sifted)
        listed = errors.path().read_text() if errors.path() else ""
    return written, listed, sifted


def a_block(chance, names, first, count):
    def text(row):
        return (
            chance.choice(ODD)
            if chance.random() < 0.3
            else f"{chance.randrange(40)} {'x' * chance.randrange(9)}"
        )

    columns = {
        name: [None if chance.random() < 0.05 else text(row) for row in range(count)] for name in names
    }
    table = pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})
    return Flat("f.csv", table, pa.array(range(first, first + count), pa.int64()))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "names",
    [
        ("question", "answer"),
        ("id", "prompt", "completion"),
        ("instruction", "input", "output"),
        ("system", "instruction", "input", "output"),
    ],
)
def test_columns_at_once_and_row_by_row_give_the_same_bytes_and_reasons(seed, names, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "GROUP_ROWS", 50)
    chance = random.Random(f"{seed} {names}")
    start = Flat(
        "f.csv",
        pa.table(
            {
                name: [f"What is {name} {n}?" if "ion" in name[-4:] else f"{name} {n}." for n in range(60)]
                for name in names
            }
        ),
        pa.array(range(2, 62), pa.int64()),
    )
    blocks = [start, *(a_block(chance, names, 62 + 70 * n, 70) for n in range(4))]
    by_row = [Nested(block.source, tuple(rows_of(block))) for block in blocks]
    fast, told, sifted = shards(blocks, names, tmp_path)
    slow, told_slowly, other = shards(by_row, names, tmp_path)

    assert isinstance(sifted.reading.pair, Pair)
    assert sifted.dropped > 20
    assert hashes(fast) == hashes(slow)
    assert told == told_slowly
    assert (sifted.read, sifted.kept, sifted.findings.each()) == (
        other.read,
        other.kept,
        other.findings.each(),
    )


def hashes(written):
    return {name: hashlib.sha256(data).hexdigest() for name, data in written.items()}


def test_blocks_of_any_size_give_the_same_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "GROUP_ROWS", 40)
    monkeypatch.setattr(write, "SHARD_ROWS", 120)
    table = pa.table({"question": [f"q{n}?" for n in range(700)], "answer": [f"a{n}" for n in range(700)]})
    lines = pa.array(range(2, 702), pa.int64())

    def cut(size):
        return [Flat("f.csv", table.slice(at, size), lines.slice(at, size)) for at in range(0, 700, size)]

    one, many = (shards(cut(size), ("question", "answer"), tmp_path)[0] for size in (700, 33))

    assert len(one) > 5
    assert hashes(one) == hashes(many)


def test_every_row_left_out_is_listed_with_its_place_and_reason(tmp_path):
    table = pa.table({"question": ["a", "", "a", "b"], "answer": ["b", "x", "b", " "]})
    _, listed, _ = shards([Flat("f.csv", table, pa.array(range(2, 6), pa.int64()))], None, tmp_path)

    assert [(row["place"], row["finding"]) for row in map(json.loads, listed.splitlines())] == [
        ("f.csv:3", "Column 'question' is empty."),
        ("f.csv:4", "The row says the same as line 2."),
        ("f.csv:5", "Column 'answer' is empty."),
    ]


@pytest.mark.parametrize(("kind", "sample"), EVERY_KIND, ids=[kind for kind, _ in EVERY_KIND])
def test_a_row_of_every_kind_is_read_back_from_parquet_as_it_was(kind, sample, tmp_path):
    shape = Shape(kind, images=True, several=True)
    path = tmp_path / "one.parquet"
    pq.write_table(shape.table([sample], "a.zip/b.jsonl"), path)
    (row,) = pq.read_table(path).to_pylist()

    assert from_row(kind, row) == sample.model_copy(update={"source": "a.zip/b.jsonl"})


def test_the_trainer_reads_conversations_back_as_they_were(ground, on, tmp_path):
    from gpu_batch.data import read_samples
    from schemas.orders import Shard

    path = tmp_path / "one.parquet"
    pq.write_table(Shape("conversation").table([TOOLS, TOOLS], "f.jsonl"), path)
    on.store.upload(on.outbox, "a.parquet", path)

    assert read_samples(on, [Shard(path="a.parquet", rows=2)], tmp_path) == [TOOLS, TOOLS]


@pytest.mark.train
@pytest.mark.parametrize(("kind", "sample"), EVERY_KIND, ids=[kind for kind, _ in EVERY_KIND])
def test_datasets_reads_shards_of_every_kind_as_they_are(kind, sample, tmp_path):
    import datasets

    path = tmp_path / "train-00000.parquet"
    pq.write_table(Shape(kind, images=True).table([sample] * 3, "f"), path)
    read = datasets.load_dataset(
        "parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "hf")
    )

    assert len(read) == 3
    assert from_row(kind, read[0]) == sample
