"""CSV and its relatives: every cell as it was written, every line at its number, a bad line costs itself."""

import csv
import io
import random

import pytest

from functions.on_upload.reading.blocks import BadRow, Flat, Row
from tests.functions.reading.files import cells, opened, refusal, rows, texts


@pytest.mark.parametrize(
    "cell",
    ["007", "NA", "1e5", "null", "None", "nan", "1.50", "-0", "TRUE", "🦉 Grüße 你好", " a  b ", "=1+1"],
)
def test_a_cell_is_the_very_text_that_stood_there(cell):
    assert rows(f"q,a\n{cell},x\n") == [Row(2, {"q": cell, "a": "x"})]


def test_an_empty_cell_stays_an_empty_text_quoted_or_not():
    assert rows('q,a\n,""\n') == [Row(2, {"q": "", "a": ""})]


def test_quotes_commas_and_line_breaks_belong_to_the_cell():
    read = rows('q,a\n"say ""hi"", please","one\ntwo\r\n\nthree"\n')

    assert read == [Row(2, {"q": 'say "hi", please', "a": "one\ntwo\r\n\nthree"})]


def test_a_cell_of_several_lines_keeps_the_numbers_of_the_lines_below_exact():
    read = rows('q,a\n1,x\n"two\nlines","and\nthree\nmore"\n3,y\nragged\n4,z\n')

    assert [row.line for row in read] == [2, 3, 7, 8, 9]
    assert isinstance(read[3], BadRow)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_one_line_and_a_blank_line_holds_no_row(end):
    read = rows(end.join(["q,a", "1,x", "", "2,y"]) + end)

    assert read == [Row(2, {"q": "1", "a": "x"}), Row(4, {"q": "2", "a": "y"})]


def test_the_last_line_need_not_end():
    assert rows("q,a\n1,x") == [Row(2, {"q": "1", "a": "x"})]


def test_spaces_around_a_column_s_name_are_no_part_of_it():
    assert opened(" q ,\ta\n1,2\n").header == ("q", "a")


def test_blank_lines_above_the_header_are_passed_over():
    assert rows("\n\nq,a\n1,x\n") == [Row(4, {"q": "1", "a": "x"})]


@pytest.mark.parametrize(
    "above",
    [
        "Support questions 2024\n",
        "Support questions 2024,\n,\n",
        "# exported by hand, in May\n# twice\n",
        "\nOur list\n\n",
    ],
)
def test_titles_and_comments_above_the_header_are_no_rows_and_it_is_said(above):
    content = above + "question,answer\nWhy?,So\nHow?,Thus\n"
    line = above.count("\n") + 1

    assert opened(content).said == (f"Its header is line {line}; what stands above is not read.",)
    assert [row.line for row in rows(content)] == [line + 1, line + 2]


@pytest.mark.parametrize("content", ["text\nquestion,answer\nbye\n", "a,b\nquestion,answer\nx,y\nz,w\n"])
def test_a_header_is_not_taken_for_a_title(content):
    assert rows(content)[0].line == 2


def test_czech_in_the_older_encoding_is_told_from_windows():
    text = "Otázka;Odpověď\nKdy?;Obvykle tři až pět pracovních dnů.\nMůžu platit?;Ano, všechny karty.\n"

    assert cells(text.encode("iso8859-2")) == cells(text)
    assert cells(text.encode("cp1250")) == cells(text)


def test_a_table_that_is_called_json_is_a_table():
    assert cells("question,answer\nWhy?,So\nHow?,Thus\n", "a.json")[0] == {"question": "Why?", "answer": "So"}


def test_a_sheet_named_of_a_file_without_sheets_is_refused():
    assert "is no workbook" in refusal("q,a\n1,2\n", sheet="Data").finding


def test_a_ragged_row_costs_itself_and_says_how_many_cells_it_has():
    short, long, good = rows("q,a\n1\n1,2,3\n4,5\n")

    assert (short.line, short.finding) == (2, "Found 1 cells where the header has 2.")
    assert (long.line, long.finding) == (3, "Found 3 cells where the header has 2.")
    assert good == Row(4, {"q": "4", "a": "5"})


def test_a_stray_quote_costs_its_line():
    first, bad, last = rows('q,a\n1,x\n"b"c,y\n3,z\n')

    assert (first.line, bad.line, last) == (2, 3, Row(4, {"q": "3", "a": "z"}))
    assert "is not CSV" in bad.finding


def test_a_quote_inside_an_unquoted_cell_is_a_character():
    assert cells('q,a\n5" pipe,7" pipe\n') == [{"q": '5" pipe', "a": '7" pipe'}]


@pytest.mark.parametrize("later", ["4,w\n", '4,"w"\n', '4,"w\nw"\n5,v\n', ""])
def test_a_quote_that_is_never_closed_costs_the_line_where_it_opens(later):
    read = rows(f'q,a\n1,x\n2,"y\n3,z\n{later}')

    assert [row.line for row in read if isinstance(row, BadRow)] == [3]
    assert read[1].finding == "A quote is opened here and never closed."
    assert "Close the quote" in read[1].next_step
    assert read[2] == Row(4, {"q": "3", "a": "z"})


def test_a_quote_that_is_never_closed_does_not_swallow_a_large_file():
    many = "".join(f'{n},"text {n}"\n' for n in range(400_000))
    read = rows(f'q,a\n1,"open\n{many}')

    assert (len(read), read[0].line, read[-1].line) == (400_001, 2, 400_002)
    assert [row.line for row in read if isinstance(row, BadRow)] == [2]


def test_bad_rows_far_into_a_file_have_their_own_lines():
    content = "q,a\n" + 'one,"two\nlines"\n' * 500_000 + "ragged\n" + "x,y\n"
    read = rows(content)

    assert [row.line for row in read if isinstance(row, BadRow)] == [1_000_002]
    assert read[-1] == Row(1_000_003, {"q": "x", "a": "y"})


def test_clean_blocks_are_tables_of_texts():
    (block,) = opened("q,a\n1,x\n2,y\n").blocks

    assert isinstance(block, Flat)
    assert [str(kind) for kind in block.cells.schema.types] == ["string", "string"]


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_other_separators_than_commas_are_found_and_said(mark, word):
    source = opened(f"question{mark}answer\n1,5{mark}2,5\n")

    assert source.header == ("question", "answer")
    assert source.said == (f"Columns are separated by {word}.",)
    assert cells(f"question{mark}answer\n1,5{mark}2,5\n") == [{"question": "1,5", "answer": "2,5"}]


def test_the_line_that_excel_writes_names_the_separator_and_is_no_row():
    assert rows("sep=;\nq;a\n1,2;3\n") == [Row(3, {"q": "1,2", "a": "3"})]


def test_quotes_may_be_escaped_with_a_backslash():
    source = 'q,a\n"say \\"hi\\", x",b\\n\n"a \\"b\\"",c\n'

    assert cells(source) == [{"q": 'say "hi", x', "a": "b\\n"}, {"q": 'a "b"', "a": "c"}]
    assert "backslash" in opened(source).said[0]


def test_spaces_before_quotes_are_no_part_of_cells():
    assert cells('q, a\n1, "x, y"\n2, "z"\n') == [{"q": "1", "a": "x, y"}, {"q": "2", "a": "z"}]


def test_a_table_of_one_column_keeps_its_commas():
    assert [row["text"] for row in cells('text\nhello, you\nbye\n"a, ""b"""\n')] == [
        "hello, you",
        "bye",
        'a, "b"',
    ]


@pytest.mark.parametrize(
    ("first", "below"),
    [
        ("What is an owl?,A bird.", "What is a fox?,An animal.\nWhat is an elm?,A tree."),
        ("positive,I like it very much indeed", "negative,I do not\npositive,Fine by me\n" * 2),
        ("1,2", "3,4\n5,6"),
    ],
)
def test_a_file_without_a_header_is_found_and_its_columns_have_names(first, below):
    source = opened(f"{first}\n{below}\n")

    assert source.header == ("column_1", "column_2")
    assert "no header" in source.said[0]
    assert rows(f"{first}\n{below}\n")[0].line == 1


@pytest.mark.parametrize(
    ("header", "below"),
    [
        ("a,b", "What is an owl?,A bird."),
        ("0,1", "What is an owl?,A bird."),
        ("Wie lautet Ihre Frage?,Unsere Antwort", "Was ist eine Eule,Ein Vogel"),
        ("question,answer", "x,y\nquestion,y"),
        ("city,country", "Berlin,Germany\nParis,France"),
    ],
)
def test_a_header_is_one_whatever_it_says(header, below):
    assert opened(f"{header}\n{below}\n").header == tuple(header.split(","))


def test_columns_without_a_name_are_called_by_their_place():
    assert opened(",question,\n0,1,2\n").header == ("column_1", "question", "column_3")


def test_two_columns_of_one_name_are_refused():
    fault = refusal("q,a,q,a\n1,2,3,4\n")

    assert fault.place == "file.csv:1"
    assert "a, q" in fault.finding


def test_a_cell_longer_than_the_csv_module_likes_is_read():
    assert rows(f"q,a\n{'x' * 200_000},y\n") == [Row(2, {"q": "x" * 200_000, "a": "y"})]


def test_a_line_without_end_costs_itself_and_memory_stays_small():
    read = rows("q,a\n1,x\n" + "y" * (40 << 20) + "\n2,z\n")

    assert [row.line for row in read] == [2, 3, 4]
    assert "longer than 16 MB" in read[1].finding


@pytest.mark.parametrize("seed", range(20))
def test_what_a_csv_writer_wrote_comes_back_to_the_letter(seed):
    chance = random.Random(seed)
    written = [texts(chance, 3) for _ in range(30)]
    file = io.StringIO(newline="")
    # With "\n" alone, Python's writer forgets to quote a lone "\r" unless it quotes everything.
    end, quoting = chance.choice([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)])
    csv.writer(file, lineterminator=end, quoting=quoting).writerows([["question", "a", "b"], *written])

    assert [list(row.values()) for row in cells(file.getvalue())] == written
