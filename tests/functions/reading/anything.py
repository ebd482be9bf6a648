"""Any rows in any format, and any bytes at all: what the property tests are given. No tests here."""

import csv
import gzip
import io
import json
import time

import pyarrow as pa
import zstandard
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from tests.functions.reading.books import ods, xlsx
from tests.functions.reading.files import zipped

COLUMNS = ("question", "answer", "note")
AT_ONCE = 50  # examples between two looks at the clock
# Every character but halves of one and most control characters: by many of those a binary file is told.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), include_characters='\t\r\n\x1f\x7f",;|')
TEXTS = st.text(CHARACTERS, max_size=40)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=12)
# What XML can hold, without the line ends that its readers make one.
IN_XML = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\n"), min_size=1, max_size=40
)
ROWS_OF_XML = st.lists(st.tuples(IN_XML, IN_XML, IN_XML), min_size=1, max_size=12)
WORDS = st.text("abcäß你🦉 .", max_size=20).map(lambda text: f"x{text}x")  # ODS folds other white space
ROWS_OF_WORDS = st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=12)


def in_csv(rows, delimiter=",", encoding="utf-8", end="\n"):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([COLUMNS, *rows])
    return out.getvalue().encode(encoding)


def objects(rows):
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def in_jsonl(rows, ascii_only=False):
    return "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in objects(rows)).encode()


def table(rows):
    return pa.table(dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))


def in_parquet(rows):
    file = io.BytesIO()
    parquet.write_table(table(rows), file, row_group_size=3)
    return file.getvalue()


def in_feather(rows):
    file = io.BytesIO()
    feather.write_feather(table(rows), file)
    return file.getvalue()


def in_arrow_stream(rows):
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table(rows).schema) as into:
        into.write_table(table(rows), max_chunksize=2)
    return file.getvalue()


# name: (what it is called, how it is written, the rows it can hold)
FORMATS = {
    "CSV": ("a.csv", in_csv, ROWS),
    "CSV of Excel": ("a.csv", lambda rows: in_csv(rows, ";", "utf-8-sig", "\r\n"), ROWS),
    "CSV in UTF-16": ("a.csv", lambda rows: in_csv(rows, encoding="utf-16"), ROWS),
    "TSV": ("a.tsv", lambda rows: in_csv(rows, "\t"), ROWS),
    "JSONL": ("a.jsonl", in_jsonl, ROWS),
    "JSONL in ASCII": ("a.jsonl", lambda rows: in_jsonl(rows, ascii_only=True), ROWS),
    "JSON": ("a.json", lambda rows: json.dumps(objects(rows)).encode(), ROWS),
    "JSON, indented": ("a.json", lambda rows: json.dumps({"data": objects(rows)}, indent=2).encode(), ROWS),
    "JSON of columns": ("a.json", lambda rows: json.dumps(table(rows).to_pydict()).encode(), ROWS),
    "Parquet": ("a.parquet", in_parquet, ROWS),
    "Feather": ("a.feather", in_feather, ROWS),
    "an Arrow stream": ("a.arrow", in_arrow_stream, ROWS),
    "gzip": ("a.jsonl.gz", lambda rows: gzip.compress(in_jsonl(rows)), ROWS),
    "Zstandard": ("a.csv.zst", lambda rows: zstandard.compress(in_csv(rows)), ROWS),
    "a ZIP": ("a.zip", lambda rows: zipped({"a.csv": in_csv(rows)}), ROWS),
    "XLSX": ("a.xlsx", lambda rows: xlsx({"A": [COLUMNS, *rows]}), ROWS_OF_XML),
    "ODS": ("a.ods", lambda rows: ods({"A": [COLUMNS, *rows]}), ROWS_OF_WORDS),
}

SOME = [("Why is it so?", "Because.", "1"), ("Wie groß?", "3,5 m", ""), ('a "b"', "c\nd", "e,f;g")]
WHOLE = {form: (name, write(SOME)) for form, (name, write, _) in FORMATS.items()}
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b'"', b"\n", b"\r", b",", b"\0", b"\xff", b"\xef\xbb\xbf", b"[", b"{", b"}", b"\\u", b"'"]
    ),
)


@st.composite
def damaged(draw, content):
    """A whole file with up to three places taken out, doubled or written over."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(start + draw(st.integers(0, 30)), len(content))
        piece = draw(st.one_of(PIECES, st.just(content[start:end] * 2)))
        content = content[:start] + piece + content[end:]
    return content


def for_seconds(limit, strategy, judge):
    """Judge one example after another until the time is up; a failure is shown as small as it gets."""
    end, round_ = time.monotonic() + limit, 0
    while time.monotonic() < end:
        checked = settings(
            max_examples=AT_ONCE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
        )(given(strategy)(lambda example: judge(example) if time.monotonic() < end else None))
        seed(round_)(checked)()
        round_ += 1
