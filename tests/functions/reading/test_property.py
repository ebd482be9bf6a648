"""Any rows come back as they were written, whatever the format; any bytes give rows or a verdict in words.

About a minute in all; `make soak` goes on for an hour. The same seeds every time, so a failure repeats.
"""

import io

import pytest
from hypothesis import strategies as st

from functions.on_upload.check import check
from functions.on_upload.reading.blocks import BadRow, Row
from functions.on_upload.reading.open import open_source
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault
from tests.functions.reading.anything import COLUMNS, FORMATS, WHOLE, damaged, for_seconds
from tests.functions.reading.files import cells, rows_of

SHORT, LONG = 1.3, 80  # seconds a test: 46 of them make a minute and an hour
TIMES = [
    pytest.param(SHORT, marks=pytest.mark.property, id="short"),
    pytest.param(LONG, marks=pytest.mark.soak, id="long"),
]
NAMES = "a.csv a.tsv a.json a.jsonl a.txt a.md a a.zip a.gz a.parquet a.xlsx".split()


@pytest.mark.parametrize("seconds", TIMES)
@pytest.mark.parametrize("form", FORMATS)
def test_any_rows_come_back_as_they_were_written(form, seconds):
    name, write, any_rows = FORMATS[form]

    def judge(written):
        read = [tuple(row[column] for column in COLUMNS) for row in cells(write(written), name)]
        assert read == written

    for_seconds(seconds, any_rows, judge)


@pytest.mark.parametrize("seconds", TIMES)
@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_gives_rows_or_words(form, seconds):
    name, content = WHOLE[form]
    for_seconds(seconds, damaged(content), lambda bytes_: rows_or_words(name, bytes_))


@pytest.mark.parametrize("seconds", TIMES)
@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_give_rows_or_words(name, seconds):
    texts = st.text('{}[]":,\n\r\t \0abc1;|é\ufeff', max_size=60).map(str.encode)
    for_seconds(seconds, st.one_of(st.binary(max_size=200), texts), lambda some: rows_or_words(name, some))


@pytest.mark.parametrize("seconds", TIMES)
def test_any_file_gives_a_verdict(seconds, tmp_path):
    wholes = st.one_of(*(damaged(content).map(lambda c, n=name: (n, c)) for name, content in WHOLE.values()))

    def judge(file):
        name, content = file
        (tmp_path / name).write_bytes(content)
        verdict = check(tmp_path / name, every=True)
        assert verdict.kind or verdict.faults

    for_seconds(seconds, wholes, judge)


def rows_or_words(name, content):
    """Read it to the end; what cannot be read is said with a place, a finding and a next step."""
    faults: tuple[Fault, ...] = ()
    read: list[Row | BadRow] = []
    try:
        read = rows_of(open_source(name, io.BytesIO(content), DataOptions()))
    except BadInput as refused:
        faults = refused.faults
    assert all(fault.place and fault.finding and fault.next_step for fault in faults)
    assert all(row.line >= 1 for row in read)
