"""Parquet, Arrow and Feather; Excel and OpenDocument: every value as the text that shows it."""

import datetime
import decimal
import io

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest

from functions.on_upload.reading.blocks import Flat, Row
from schemas.samples import Image
from tests.functions.reading.books import Date, Formula, ods, xlsx
from tests.functions.reading.files import PNG, cells, opened, refusal, rows

PLAIN = pa.table(
    {
        "text": ["007", "", None],
        "int": [7, -1, None],
        "float": [7.0, 0.1, None],
        "bool": [True, False, None],
        "day": [datetime.date(2024, 1, 2), None, None],
        "time": [datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.datetime(2024, 1, 2, 3, 4, 5, 500), None],
        "price": [decimal.Decimal("1.50"), None, None],
        "kind": pa.array(["a", "b", None]).dictionary_encode(),
        "nothing": pa.nulls(3),
        "bytes": [b"abc", b"", None],
    }
)
SHOWN = [
    {"text": "007", "int": "7", "float": "7", "bool": "true", "day": "2024-01-02",
     "time": "2024-01-02 03:04:05",
     "price": "1.50", "kind": "a", "nothing": None, "bytes": "abc"},
    {"text": "", "int": "-1", "float": "0.1", "bool": "false", "day": None,
     "time": "2024-01-02 03:04:05.000500",
     "price": None, "kind": "b", "nothing": None, "bytes": ""},
    dict.fromkeys(PLAIN.column_names),
]  # fmt: skip


def written(table, form):
    file = io.BytesIO()
    if form == "parquet":
        parquet.write_table(table, file)
    elif form == "feather":
        feather.write_feather(table, file)
    else:
        make = pa.ipc.new_file if form == "arrow" else pa.ipc.new_stream
        with make(file, table.schema) as into:
            into.write_table(table)
    return file.getvalue()


@pytest.mark.parametrize("form", ["parquet", "feather", "arrow", "stream"])
def test_every_type_is_the_text_that_shows_it(form):
    assert cells(written(PLAIN, form), "file") == SHOWN


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_plain_tables_come_as_tables_and_count_rows(form):
    source = opened(written(PLAIN.drop(["bytes"]), form), "file")
    (block,) = source.blocks

    assert source.unit == "row"
    assert isinstance(block, Flat)
    assert block.lines.to_pylist() == [1, 2, 3]


def test_nested_types_are_json_and_images_are_images():
    table = pa.table(
        {
            "messages": [[{"role": "user", "n": 1, "ok": True, "x": 1.0}], None],
            "image": [{"bytes": PNG, "path": "a.png"}, {"bytes": None, "path": "b.png"}],
            "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
            "raw": [PNG, b"\xff\xfe\0"],
        }
    )
    assert cells(written(table, "parquet"), "f.parquet") == [
        {
            "messages": [{"role": "user", "n": "1", "ok": "true", "x": "1"}],
            "image": Image(data=PNG, name="a.png"),
            "map": {"k": "1"},
            "raw": Image(data=PNG),
        },
        {"messages": None, "image": "b.png", "map": None, "raw": "(3 bytes)"},
    ]


def test_a_text_that_is_not_utf8_costs_its_row():
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xffx")]
    )
    bad, good = rows(written(pa.table({"q": broken}), "arrow"), "f.arrow")

    assert (bad.line, bad.finding) == (1, "This row is not UTF-8.")
    assert good == Row(2, {"q": "x"})


@pytest.mark.parametrize("form", ["parquet", "arrow", "stream"])
def test_a_table_that_is_cut_off_is_refused(form):
    content = written(pa.table({"q": ["x" * 1000] * 1000}), form)
    assert "cannot be read" in refusal(content[: len(content) // 2], "f.bad").finding


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_two_columns_of_one_name_are_refused(form):
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], names=["q", "q"])
    assert "same name: q" in refusal(written(table, form), "f.table").finding


def test_a_large_table_comes_in_blocks():
    table = pa.table({"q": [f"{n}" + "x" * 1000 for n in range(30_000)]})
    blocks = list(opened(written(table, "parquet"), "f.parquet").blocks)

    assert len(blocks) > 3
    assert blocks[-1].lines.to_pylist()[-1] == 30_000


# ---------------------------------------------------------------- workbooks


def test_cells_of_a_workbook_are_what_people_see_at_the_rows_of_excel():
    book = xlsx(
        {
            "Data": {
                3: ["question", "answer"],
                4: ["007", 7.0],
                6: [0.1, Date(45000)],
                7: [True, Formula("A1&A2=the value")],
                8: [None, 1234567890123456],
                9: ["one\ntwo", " x "],
            }
        }
    )
    assert rows(book, "book.xlsx") == [
        Row(4, {"question": "007", "answer": "7"}),
        Row(6, {"question": "0.1", "answer": "2023-03-15"}),
        Row(7, {"question": "TRUE", "answer": "the value"}),
        Row(8, {"question": "", "answer": "1234567890123456"}),
        Row(9, {"question": "one\ntwo", "answer": " x "}),
    ]
    assert [block.source for block in opened(book, "book.xlsx").blocks] == ["book.xlsx/Data"]


def test_titles_above_the_header_are_passed_over():
    book = xlsx({"Data": [["Support tickets"], [], ["q", "a", "c"], ["1", "2", "3"], ["4", "5", "6"]]})
    assert [row.line for row in rows(book, "book.xlsx")] == [4, 5]


def test_sheets_of_one_header_are_one_dataset():
    book = xlsx({"May": [["q", "a"], ["1", "2"]], "June": [["q", "a"], ["3", "4"]], "Empty": []})

    assert [row["q"] for row in cells(book, "b.xlsx")] == ["1", "3"]
    assert opened(book, "b.xlsx").said == ("Read from the sheets May, June.",)


def test_sheets_that_differ_are_asked_about_and_one_can_be_named():
    book = xlsx({"May": [["q", "a"], ["1", "2"]], "Staff": [["name"], ["x"], ["y"]]})
    fault = refusal(book, "b.xlsx")

    assert "May, Staff" in fault.finding
    assert "--set data.sheet=May" in fault.next_step
    assert cells(book, "b.xlsx", sheet="May") == [{"q": "1", "a": "2"}]
    assert "May, Staff" in refusal(book, "b.xlsx", sheet="Juni").next_step


def test_an_opendocument_sheet_is_read_as_excel_s_are():
    assert rows(ods({"Data": [["q", "a"], ["007", "x"]]}), "b.ods") == [Row(2, {"q": "007", "a": "x"})]


@pytest.mark.parametrize("content", [xlsx({"A": []}), xlsx({"A": [["q", "a"]]})])
def test_a_workbook_without_rows_is_refused(content):
    assert "no row" in refusal(content, "b.xlsx").finding


@pytest.mark.parametrize("content", [xlsx({"A": [["q"], ["1"]]})[:700], b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_a_broken_workbook_is_refused(content):
    assert refusal(content, "b.xls").next_step
