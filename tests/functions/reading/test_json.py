"""JSON in every shape that people have it: lines, lists, nests, columns; each row at its real line."""

import json
import random

import pytest

from functions.on_upload.reading.blocks import BadRow, Flat, Row
from tests.functions.reading.files import cells, opened, refusal, rows, texts

ROWS = [{"q": "1", "a": "x"}, {"q": "2", "a": "y"}]
TALK = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
SQUAD = {
    "version": "1.1",
    "data": [
        {
            "title": "T",
            "paragraphs": [
                {
                    "context": "C",
                    "qas": [
                        {"question": "Q1", "answers": [{"text": "A"}]},
                        {"question": "Q2", "answers": []},
                    ],
                }
            ],
        }
    ],
}
SHAPES = {
    "a list": ROWS,
    "under data": {"data": ROWS},
    "under two keys": {"meta": {"n": 2}, "result": {"version": 1, "rows": ROWS}},
    "the Hub's viewer": {"features": [], "rows": [{"row_idx": n, "row": row} for n, row in enumerate(ROWS)]},
    "columns": {"q": ["1", "2"], "a": ["x", "y"]},
    "pandas' columns": {"q": {"0": "1", "1": "2"}, "a": {"0": "x", "1": "y"}},
    "pandas' index": {"0": ROWS[0], "1": ROWS[1]},
    "pandas' split": {"columns": ["q", "a"], "index": [0, 1], "data": [["1", "x"], ["2", "y"]]},
    "pandas' table": {"schema": {"fields": [{"name": "q"}]}, "data": ROWS},
    "lists with a header": [["q", "a"], ["1", "x"], ["2", "y"]],
    "by an id": {"first": ROWS[0], "second": ROWS[1]},
}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Why?", "answers": [{"answer": "So", "rank": "1"}, {"answer": "No", "rank": "2"}]},
        {"segments": [{"label": "true", "text": "a"}, {"label": "false", "text": "b"}]},
        {"input_ids": [1, 2], "labels": [1, 2]},
    ],
)
def test_one_line_of_jsonl_is_one_row_whatever_lists_are_in_it(row):
    (read,) = cells(json.dumps(row) + "\n", "file.jsonl")
    assert read.keys() == row.keys()


def test_a_comma_behind_each_line_is_no_part_of_it():
    assert cells("".join(json.dumps(row) + ",\n" for row in ROWS), "file.jsonl") == ROWS


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["file.json", "file.jsonl", "file.txt"])
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_are_found_wherever_they_are(shape, name, indent):
    assert cells(json.dumps(SHAPES[shape], indent=indent), name) == ROWS


def test_where_the_rows_were_is_said():
    assert opened(json.dumps({"data": ROWS}), "f.json").said == ("The rows are under 'data'.",)


def test_rows_of_a_list_have_the_lines_where_they_start():
    assert [row.line for row in rows(json.dumps(ROWS, indent=1), "f.json")] == [2, 6]
    assert [row.line for row in rows(json.dumps({"data": ROWS}, indent=1), "f.json")] == [3, 7]


def test_nests_of_squad_become_a_row_for_each_question():
    read = cells(json.dumps(SQUAD, indent=1), "f.json")

    assert [row["question"] for row in read] == ["Q1", "Q2"]
    assert all((row["title"], row["context"]) == ("T", "C") for row in read)


def test_splits_side_by_side_are_one_table_with_a_column_split():
    assert cells(json.dumps({"train": ROWS, "test": ROWS[:1]}), "f.json") == [
        {**ROWS[0], "split": "train"}, {**ROWS[1], "split": "train"}, {**ROWS[0], "split": "test"}
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["f.json", "f.jsonl"])
@pytest.mark.parametrize("indent", [None, 1])
def test_one_conversation_is_one_row(name, indent):
    assert cells(json.dumps({"messages": TALK}, indent=indent), name) == [{"messages": TALK}]
    assert cells(json.dumps([TALK, TALK], indent=indent), name) == [{"messages": TALK}] * 2


def test_lines_that_are_lists_of_turns_are_conversations():
    assert cells(f"{json.dumps(TALK)}\n{json.dumps(TALK)}\n", "f.jsonl") == [{"messages": TALK}] * 2


@pytest.mark.parametrize("between", ["", "\n", ",\n", "\n\n"])
def test_objects_over_several_lines_one_after_the_other(between):
    content = between.join(json.dumps(row, indent=1) for row in ROWS)
    assert cells(content, "f.json") == ROWS


def test_a_list_of_texts_is_a_table_of_one_column():
    assert cells('["one", "two"]', "f.json") == [{"text": "one"}, {"text": "two"}]


def test_a_broken_row_of_a_list_costs_itself():
    content = '[\n{"q":"1"},\n{"q":"2\n{"q":"3"},\n{"q":"4","q":"5"},\n{"q":"6"}\n]'
    read = rows(content, "f.json")

    assert [row.cells for row in read if isinstance(row, Row)] == [{"q": "1"}, {"q": "3"}, {"q": "6"}]
    assert [row.line for row in read if isinstance(row, BadRow)] == [3, 5]


def test_a_list_that_is_cut_off_costs_its_last_row():
    first, bad = rows('[{"q":"1"},{"q":"2', "f.json")

    assert first.cells == {"q": "1"}
    assert bad.finding == "The file ends in the middle of this row."


def test_a_list_on_one_line_that_breaks_is_refused_at_its_line():
    fault = refusal('{"v": 1,\n"data": [{"q":"1"},{"q":2x},{"q":"3"}]}', "f.json")

    assert fault.place == "f.json:2"
    assert "breaks here" in fault.finding


def test_several_lists_of_rows_are_asked_about():
    fault = refusal(json.dumps({"cats": ROWS, "dogs": ROWS * 2}), "f.json")
    assert "cats, dogs" in fault.finding


def test_a_document_larger_than_the_look_at_it_is_read_as_a_stream():
    many = [{"q": "x" * 500, "a": str(n)} for n in range(20_000)]
    read = rows(json.dumps({"meta": {"n": 1}, "data": many, "end": True}, indent=0), "f.json")

    assert len(read) == 20_000
    assert (read[0].line, read[-1].line, read[-1].cells["a"]) == (6, 6 + 4 * 19_999, "19999")


def test_numbers_keep_their_characters_in_nests():
    assert cells('[{"m": [{"x": 1.50, "y": [1e5, true, null]}]}]', "f.json") == [
        {"m": [{"x": "1.50", "y": ["1e5", "true", None]}]}
    ]


def test_a_number_longer_than_python_converts_is_a_text_like_any_other():
    assert cells('{"a": ' + "9" * 10_000 + "}\n", "f.jsonl") == [{"a": "9" * 10_000}]


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("[1, 2]", "found a list"),
        ('"text"', "found a text or a number"),
        ("null", "found nothing"),
        ('{"a": 1} {"a": 2}', "Extra data"),
        ("{'a': 1}", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_is_no_object_costs_itself(line, finding):
    first, bad, last = rows(f'{{"a": "1"}}\n{line}\n{{"a": "2"}}\n', "f.jsonl")

    assert (first.line, bad.line, last) == (1, 2, Row(3, {"a": "2"}))
    assert finding in bad.finding


def test_json_is_known_by_its_first_character_whatever_its_name():
    for name in ("a.jsonl", "a.ndjson", "a.JSON", "a.txt", "a", "a.csv", "a.odd"):
        assert opened('{"a": "1"}\n{"a": "2"}\n', name).format == "jsonl"


def test_a_table_whose_header_is_in_brackets_is_no_json():
    assert opened("[id],[name]\n1,2\n").header == ("[id]", "[name]")


@pytest.mark.parametrize("seed", range(20))
def test_what_json_dumps_wrote_comes_back_to_the_letter(seed):
    chance = random.Random(seed)
    written = [dict(zip(("q", "a", "b"), texts(chance, 3), strict=True)) for _ in range(30)]
    plain = chance.random() < 0.5
    read = rows("".join(json.dumps(row, ensure_ascii=plain) + "\n" for row in written), "f.jsonl")

    assert [row.cells for row in read] == written
    assert [row.line for row in read] == list(range(1, 31))


def test_later_blocks_of_plain_lines_are_tables_whole_numbers_included():
    line = json.dumps({"id": 7, "ok": True, "q": "x" * 2000, "a": None}) + "\n"
    blocks = list(opened(line * 8000, "f.jsonl").blocks)

    assert len(blocks) > 2
    assert all(isinstance(block, Flat) for block in blocks)
    assert blocks[-1].cells.to_pylist()[-1] == {"id": "7", "ok": "true", "q": "x" * 2000, "a": None}
    assert blocks[-1].lines.to_pylist()[-1] == 8000
