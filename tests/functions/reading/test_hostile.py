"""Files made to harm: each refused in words, or read as values, within 5 seconds and 300 MB.

Each is opened and read by a process of its own, whose memory and time are measured with its children's.
"""

import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
import zstandard

from tests.functions.reading.books import Formula, ods, xlsx
from tests.functions.reading.files import PNG, zipped
from tests.house.tree import ROOT

SECONDS, MEGABYTES = 5, 300
READ = """
import json, resource, sys, time
started = time.monotonic()
from functions.on_upload.reading.open import open_source
from schemas.data_options import DataOptions
from schemas.errors import BadInput
told = []
with open(sys.argv[1], "rb") as stream:
    try:
        for block in open_source(sys.argv[2], stream, DataOptions()).blocks:
            told += [str(row.cells) for row in getattr(block, "rows", ())][:3]
            told += [str(row) for row in block.cells.slice(0, 3).to_pylist()] if hasattr(block, "cells") else []
    except BadInput as error:
        told = ["refused: " + str(error)]
own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
used = [int(own) // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024]
print(json.dumps([told, time.monotonic() - started, max(used)]))
"""
ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def zeros(packer, count, size=1 << 20):
    block = b"\0" * size
    return b"".join(packer.compress(block) for _ in range(count)) + packer.flush()


def gzip_of_gigabytes(gigabytes):
    """A gzip of so many gigabytes of zeros: one part, compressed once, again and again."""
    return gzip.compress(bytes(1 << 28), 9) * (4 * gigabytes)


def lines_of_gigabytes():
    """A gzip that starts as a table and goes on for ever."""
    many = gzip.compress(b"question,answer\n" + b"aaaa,bbbb\n" * (1 << 22), 9)
    return many * 100


def zip_that_overlaps():
    """A ZIP whose thousand members are all the same compressed bytes."""
    packed = zipped({"a.csv": b"q,a\n" + b"0,0\n" * 5_000_000})
    start = packed.rindex(b"PK\x01\x02")
    end = packed.index(b"PK\x05\x06")
    entries = packed[start:end] * 1000
    tail = bytearray(packed[end:])
    tail[8:10] = tail[10:12] = (1000).to_bytes(2, "little")
    tail[12:16] = len(entries).to_bytes(4, "little")
    return packed[:start] + entries + bytes(tail)


def locked_zip():
    packed = bytearray(zipped({"a.csv": "q,a\n1,2\n"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + at] |= 1
    return bytes(packed)


def with_entities():
    packed = xlsx({"A": [["q"], ["1"]]})
    names = zipfile.ZipFile(io.BytesIO(packed))
    return zipped({name: ENTITIES.encode() + names.read(name) for name in names.namelist()})


TRAPS = {
    "10 GB of zeros in a gz": ("a.csv.gz", lambda: gzip_of_gigabytes(10), "binary"),
    "a table without end in a gz": ("a.csv.gz", lines_of_gigabytes, "200 times"),
    "zeros in a zst": ("a.zst", lambda: zeros(zstandard.ZstdCompressor().compressobj(), 2000), "binary"),
    "a ZIP bomb": ("a.zip", lambda: zipped({"a.csv": b"q,a\n" + bytes(1 << 28)}), "200 times"),
    "a ZIP that overlaps itself": ("a.zip", zip_that_overlaps, "refused"),
    "a locked ZIP": ("a.zip", locked_zip, "password"),
    "names that climb": ("a.zip", lambda: zipped({"../../../tmp/a.csv": "q,a\n1,2\n", "/etc/b.csv": "q,a\n3,4\n"}), "'q': '3'"),
    "too many files": ("a.zip", lambda: zipped({f"{n}.png": b"" for n in range(50_000)}), "50,000 images"),
    "a cell at the end of the sheet": ("a.xlsx", lambda: xlsx({"A": [["q"], ["1"]]}, extra=FAR), "memory"),
    "XML entities": ("a.xlsx", with_entities, "entities"),
    "XML entities in OpenDocument": ("a.ods", lambda: ods({"A": [["q"], ["1"]]}, ENTITIES), "entities"),
    "a workbook that is a bomb": ("a.xlsx", lambda: xlsx({"A": [["q"], ["1"]]}, extra=" " * (1 << 28)), "unpack"),
    "formula cells": ("a.xlsx", lambda: xlsx({"A": [["q", "a"], [Formula('HYPERLINK("x")=link'), Formula("cmd|' /C calc'!A0=0")]]}), "'a': '0'"),
    "a nest": ("a.json", lambda: b"[" * 5_000_000, "nested"),
    "an object's nest": ("a.jsonl", lambda: b'{"a":' * 1_000_000, "refused"),
    "a line without end": ("a.csv", lambda: b"q,a\n1,x\n" + b"y" * (200 << 20), "'q': '1'"),
    "a quote without end": ("a.csv", lambda: b"q,a\n" + b'1,"x\n' + b"2,y\n" * 20_000_000, "'q': '2'"),
    "many columns": ("a.csv", lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n", "100,000 columns"),
    "an image that is none": ("a.zip", lambda: zipped({"a.png": PNG[:4], "a.txt": "x"}), "'text': 'x'"),
}  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it")
@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_in_words_or_read_as_values(trap, tmp_path):
    name, make, expected = TRAPS[trap]
    file = tmp_path / "file"
    file.write_bytes(make())
    command = [sys.executable, "-c", READ, str(file), name]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr[-2000:]
    told, seconds, megabytes = json.loads(ran.stdout)
    assert expected in " ".join(told), told
    assert megabytes <= MEGABYTES
    assert seconds <= SECONDS * 4  # the machine that runs the tests may be busy


def test_what_is_compressed_here_is_what_it_says():
    assert zlib.decompressobj(31).decompress(gzip_of_gigabytes(1)[:5000], 10) == bytes(10)
