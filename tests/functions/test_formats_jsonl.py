"""JSONL, one object a line: values as they were written, a broken line costs itself."""

import json
import random

import pytest

from functions.on_upload.formats import Row
from tests.functions.reading import rows, table, texts


def test_numbers_are_kept_as_they_were_written():
    (row,) = rows(
        '{"a": 007e0, "b": 1}\n{"a": 1.50, "b": 1e5, "c": -0, "d": 12345678901234567890123}', "f.jsonl"
    )[1:]

    assert row.cells == {"a": "1.50", "b": "1e5", "c": "-0", "d": "12345678901234567890123"}


def test_a_number_longer_than_python_converts_is_a_text_like_any_other():
    (row,) = rows('{"a": ' + "9" * 10_000 + "}", "f.jsonl")
    assert row.cells == {"a": "9" * 10_000}


def test_true_null_lists_and_objects_are_what_they_are():
    (row,) = rows('{"a": true, "b": null, "c": ["x", {"d": 1}], "e": "\\u0000\\ud83e\\udd89"}', "f.jsonl")

    assert row.cells == {"a": True, "b": None, "c": ["x", {"d": "1"}], "e": "\0🦉"}


def test_a_broken_line_seven_costs_line_seven():
    content = "".join(f'{{"q": "{n}"}}\n' if n != 7 else '{"q": "7\n' for n in range(1, 11))
    read = rows(content, "file.jsonl")

    assert [row.line for row in read if isinstance(row, Row)] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert read[6].line == 7
    assert "not valid JSON" in read[6].finding


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


def test_a_line_with_a_byte_that_is_not_utf8_costs_itself():
    bad, good = rows(b'{"a": "\xff"}\n{"a": "x"}\n', "f.jsonl")

    assert (bad.line, bad.finding) == (1, "This line is not UTF-8.")
    assert good == Row(2, {"a": "x"})


def test_a_key_with_half_of_a_character_costs_its_line():
    bad, good = rows('{"\\ud800": "x", "a": "y"}\n{"a": "\\ud83e\\udd89"}\n', "f.jsonl")

    assert (bad.line, "half of a character" in bad.finding) == (1, True)
    assert good == Row(2, {"a": "🦉"})


def test_blank_lines_carriage_returns_and_a_byte_order_mark_do_not_matter():
    read = rows(b'\xef\xbb\xbf\r\n{"a": "1"}\r\n \t\r\n{"a": "x\\u2028y\xe2\x80\xa8z"}', "f.jsonl")
    assert read == [Row(2, {"a": "1"}), Row(4, {"a": "x\u2028y\u2028z"})]


def test_jsonl_is_known_by_its_first_character_whatever_its_name():
    for name in ("a.jsonl", "a.ndjson", "a.JSON", "a.txt", "a", "a.csv"):
        assert table('{"a": "1"}\n', name).format == "jsonl"


@pytest.mark.parametrize("seed", range(20))
def test_what_json_dumps_wrote_comes_back_to_the_letter(seed):
    chance = random.Random(seed)
    written = [dict(zip(("q", "a", "b"), texts(chance, 3), strict=True)) for _ in range(30)]
    plain = chance.random() < 0.5
    read = rows("".join(json.dumps(row, ensure_ascii=plain) + "\n" for row in written), "f.jsonl")

    assert [row.cells for row in read] == written
    assert [row.line for row in read] == list(range(1, 31))
