"""From bytes to rows: every cell as it was written, every line at its number, every other file named."""

import csv
import io
import random

import pytest

from functions.on_upload.formats import BadRow, Row
from tests.functions.reading import refusal, rows, table, texts

# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "cell",
    ["007", "NA", "1e5", "null", "None", "nan", "1.50", "-0", "TRUE", "🦉 Grüße 你好", " a  b ", "=1+1"],
)
def test_a_cell_is_the_very_text_that_stood_there(cell):
    assert rows(f"q,a\n{cell},x\n") == [Row(2, {"q": cell, "a": "x"})]


def test_an_empty_cell_stays_an_empty_text():
    assert rows("q,a\n,\n") == [Row(2, {"q": "", "a": ""})]


def test_quotes_commas_and_line_breaks_belong_to_the_cell():
    read = rows('q,a\n"say ""hi"", please","one\ntwo\r\n\nthree"\n')

    assert read == [Row(2, {"q": 'say "hi", please', "a": "one\ntwo\r\n\nthree"})]


def test_a_cell_of_several_lines_keeps_the_numbers_of_the_lines_below_exact():
    read = rows('q,a\n1,x\n"two\nlines","and\nthree\nmore"\n3,y\nragged\n4,z\n')

    assert [row.line for row in read] == [2, 3, 7, 8, 9]
    assert isinstance(read[3], BadRow)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_one_line(end):
    read = rows(end.join(["q,a", "1,x", "", "2,y"]) + end)

    assert read == [Row(2, {"q": "1", "a": "x"}), Row(3, {}), Row(4, {"q": "2", "a": "y"})]


def test_the_last_line_need_not_end():
    assert rows("q,a\n1,x") == [Row(2, {"q": "1", "a": "x"})]


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert table(b"\xef\xbb\xbfq,a\n1,2\n").header == ["q", "a"]


def test_spaces_around_a_column_s_name_are_no_part_of_it():
    assert table(" q ,\ta\n1,2\n").header == ["q", "a"]


def test_blank_lines_above_the_header_are_passed_over():
    assert rows("\n\nq,a\n1,x\n") == [Row(4, {"q": "1", "a": "x"})]


def test_a_ragged_row_costs_itself_and_says_how_many_cells_it_has():
    short, long, good = rows("q,a\n1\n1,2,3\n4,5\n")

    assert (short.line, short.finding) == (2, "Found 1 cells where the header has 2.")
    assert (long.line, long.finding) == (3, "Found 3 cells where the header has 2.")
    assert good == Row(4, {"q": "4", "a": "5"})


def test_a_stray_quote_costs_its_line():
    first, bad, last = rows('q,a\n1,x\n"b"c,y\n3,z\n')

    assert (first.line, bad.line, last) == (2, 3, Row(4, {"q": "3", "a": "z"}))
    assert "is not CSV" in bad.finding


def test_a_quote_that_is_never_closed_is_refused_with_the_line_where_it_opens():
    fault = refusal('q,a\n1,x\n2,"y\n3,z\n4,w\n')

    assert fault.place == "file.csv:3"
    assert "never closed" in fault.finding
    assert "Close the quote" in fault.next_step


def test_a_byte_that_is_not_utf8_costs_one_row():
    first, bad, last = rows(b"q,a\n1,x\nGr\xfc\xdfe,y\n3,z\n")

    assert (first.line, bad.line, last.line) == (2, 3, 4)
    assert bad.finding == "This line is not UTF-8."


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_other_separators_than_commas_are_told(mark, word):
    fault = refusal(f"question{mark}answer\n1{mark}2\n")

    assert fault.place == "file.csv:1"
    assert word in fault.finding
    assert "commas" in fault.next_step


def test_two_columns_of_one_name_are_refused():
    fault = refusal("q,a,q,a\n1,2,3,4\n")

    assert fault.place == "file.csv:1"
    assert "a, q" in fault.finding


@pytest.mark.parametrize(
    ("content", "finding"), [(b"q,\xfc\n1,2\n", "not UTF-8"), ('"q,a\n1,2\n', "cannot be read")]
)
def test_a_header_that_cannot_be_read_is_refused_at_its_line(content, finding):
    fault = refusal(content)

    assert fault.place == "file.csv:1"
    assert finding in fault.finding


def test_a_cell_longer_than_the_csv_module_likes_is_read():
    assert rows(f"q,a\n{'x' * 200_000},y\n") == [Row(2, {"q": "x" * 200_000, "a": "y"})]


# ---------------------------------------------------------------- what is neither

FILES = {
    "zip": (b"PK\x03\x04\x14\0", "ZIP or Excel"),
    "parquet": (b"PAR1\x15\x04", "Parquet"),
    "arrow": (b"ARROW1\0\0", "Arrow"),
    "pdf": (b"%PDF-1.7\n%", "PDF"),
    "gzip": (b"\x1f\x8b\x08\0", "gzip"),
    "png": (b"\x89PNG\r\n\x1a\n", "PNG"),
    "jpeg": (b"\xff\xd8\xff\xe0", "JPEG"),
    "utf-16": ("q,a\n1,2\n".encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": ("q,a\n1,2\n".encode("utf-16-le"), "binary"),
    "program": (b"\x7fELF\x02\x01\x01\0\0", "binary"),
    "nothing": (b"", "empty"),
    "only spaces": (b" \r\n\t\n", "empty"),
    "only a mark": (b"\xef\xbb\xbf\n", "empty"),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("name", ["in/file.csv", "in/file.jsonl"])
def test_a_file_that_is_no_text_of_ours_is_called_by_its_name(what, name):
    content, finding = FILES[what]
    fault = refusal(content, name)

    assert fault.place == name
    assert finding in fault.finding
    assert fault.next_step


def test_one_json_array_is_told_how_to_become_lines():
    fault = refusal('[{"q": 1}]', "file.json")

    assert "JSON array" in fault.finding
    assert "a line of its own" in fault.next_step


@pytest.mark.parametrize("name", ["a.md", "a.xlsx", "a.tar.gz", "a.html"])
def test_a_text_of_another_kind_is_refused_by_its_suffix(name):
    fault = refusal("q,a\n1,2\n", name)

    assert f"*.{name.rsplit('.', 1)[1]}" in fault.finding
    assert "CSV" in fault.next_step
    assert "JSONL" in fault.next_step


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("seed", range(20))
def test_what_a_csv_writer_wrote_comes_back_to_the_letter(seed):
    chance = random.Random(seed)
    written = [texts(chance, 3) for _ in range(30)]
    file = io.StringIO(newline="")
    # With "\n" alone, Python's writer forgets to quote a lone "\r" unless it quotes everything.
    end, quoting = chance.choice([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)])
    csv.writer(file, lineterminator=end, quoting=quoting).writerows([["q", "a", "b"], *written])

    assert [list(row.cells.values()) for row in rows(file.getvalue())] == written
