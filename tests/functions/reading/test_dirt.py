"""The kinds of dirt that people's files hold, in a table: what each becomes, and which lines are left out.

A row of the table is a name, a file's bytes, its rows as (line, cells …), and the lines of its bad rows.
Nothing changes in silence, and one bad line costs one line.
"""

import pytest

from functions.on_upload.reading.blocks import Row
from tests.functions.reading.files import as_bytes, rows

LONG = "x" * 200_000
ARABIC = "مرحبا \u202bعالم\u202c"

DIRT = {
    "NA": ("q,a\nNA,x\n", [(2, "NA", "x")], []),
    "007": ("q,a\n007,x\n", [(2, "007", "x")], []),
    "1e5": ("q,a\n1e5,1E5\n", [(2, "1e5", "1E5")], []),
    "null": ("q,a\nnull,NULL\n", [(2, "null", "NULL")], []),
    "nan and None": ("q,a\nnan,None\n", [(2, "nan", "None")], []),
    "true": ("q,a\ntrue,FALSE\n", [(2, "true", "FALSE")], []),
    "dates": ("q,a\n2024-01-02,1/2/24\n", [(2, "2024-01-02", "1/2/24")], []),
    "a large number": ("q,a\n12345678901234567890,0.10\n", [(2, "12345678901234567890", "0.10")], []),
    "emoji": ("q,a\n👩‍👩‍👧🏽,é́\n", [(2, "👩‍👩‍👧🏽", "é́")], []),
    "tabs": ("q,a\na\tb,\tc\n", [(2, "a\tb", "\tc")], []),
    "quotes": ('q,a\n"a ""b""","""c"""\n', [(2, 'a "b"', '"c"')], []),
    "a quote in a bare cell": ('q,a\n5" x,y\n"z",w\n', [(2, '5" x', "y"), (3, "z", "w")], []),
    "NUL": (b"q,a\n1\0,x\n\0,y\n", [(2, "1\0", "x"), (3, "\0", "y")], []),
    "control characters": (b"q,a\n\x01\x08,\x7f\n1,2\n", [(2, "\x01\x08", "\x7f"), (3, "1", "2")], []),
    "a bad byte": ("q,a\né,x\n".encode() + b"b\xffd,y\n3,z\n", [(2, "é", "x"), (4, "3", "z")], [3]),
    "a bad byte alone": (b"q,a\n1,x\nb\xffd,y\n3,z\n", [(2, "1", "x"), (4, "3", "z")], [3]),
    "half a character": ("q,a\né,x\n".encode() + b"\xc3,y\n3,z\n", [(2, "é", "x"), (4, "3", "z")], [3]),
    "a surrogate": ("q,a\né,x\n".encode() + b"\xed\xa0\x80,y\n3,z\n", [(2, "é", "x"), (4, "3", "z")], [3]),
    "an unclosed quote": ('q,a\n1,"x\n2,y\n3,z\n', [(3, "2", "y"), (4, "3", "z")], [2]),
    "an unclosed quote, then quotes": ('q,a\n1,"x\n2,"y"\n3,z\n', [(3, "2", "y"), (4, "3", "z")], [2]),
    "an unclosed quote at the end": ('q,a\n1,x\n2,"y', [(2, "1", "x")], [3]),
    "text after a quote": ('q,a\n"1"x,y\n2,z\n', [(3, "2", "z")], [2]),
    "a mark at the start": (b"\xef\xbb\xbfq,a\n1,x\n", [(2, "1", "x")], []),
    "a mark in the middle": ("q,a\n1,x\n\ufeff2,y\n", [(2, "1", "x"), (3, "\ufeff2", "y")], []),
    "a mark before a quote": ('\ufeff"q","a"\n1,x\n', [(2, "1", "x")], []),
    "CR": ("q,a\r1,x\r2,y\r", [(2, "1", "x"), (3, "2", "y")], []),
    "CRLF": ("q,a\r\n1,x\r\n2,y\r\n", [(2, "1", "x"), (3, "2", "y")], []),
    "mixed ends": ("q,a\r\n1,x\n2,y\r3,z", [(2, "1", "x"), (3, "2", "y"), (4, "3", "z")], []),
    "CR in a cell": ('q,a\n"1\r1",x\n2,y\n', [(2, "1\r1", "x"), (4, "2", "y")], []),
    "newlines in cells": ('q,a\n"1\n\n1",x\n2\n3,z\n', [(2, "1\n\n1", "x"), (6, "3", "z")], [5]),
    "a long cell": (f"q,a\n{LONG},x\n2,{LONG}\n", [(2, LONG, "x"), (3, "2", LONG)], []),
    "right to left": (f"q,a\n{ARABIC},x\n", [(2, ARABIC, "x")], []),
    "too few cells": ("q,a\n1\n2,y\n", [(3, "2", "y")], [2]),
    "too many cells": ("q,a\n1,x,\n2,y\n", [(3, "2", "y")], [2]),
    "empty lines": ("\nq,a\n\n1,x\n   \n2,y\n\n\n", [(4, "1", "x"), (6, "2", "y")], []),
    "empty cells": ('q,a\n,\n"",""\n , \n', [(2, "", ""), (3, "", ""), (4, " ", " ")], []),
    "spaces": ("q,a\n  1 , x \n", [(2, "  1 ", " x ")], []),
    "lines of Unicode": ("q,a\n1\u2028,\x85x\u2029\n2,\x0b\x0c\n", [(2, "1\u2028", "\x85x\u2029"), (3, "2", "\x0b\x0c")], []),
    "formulas": ('q,a\n=1+1,"=HYPERLINK(""x"")"\n', [(2, "=1+1", '=HYPERLINK("x")')], []),
    "backslashes": ("q,a\n\\N,C:\\\n\\n,\\\\\n", [(2, "\\N", "C:\\"), (3, "\\n", "\\\\")], []),
    "semicolons": ("q;a\n1,0;x\n2;y;z\n", [(2, "1,0", "x")], [3]),
    "UTF-16": ("q,a\né🦉,x\n".encode("utf-16"), [(2, "é🦉", "x")], []),
    "UTF-16, half a character": (
        "\ufeffq,a\n".encode("utf-16-le") + b"\x00\xd8,\0x\0\n\0" + "2,y\n".encode("utf-16-le"),
        [(3, "2", "y")],
        [2],
    ),
    "Windows-1252": ("q,a\nGrüße,„x“ – 5 €\n".encode("cp1252"), [(2, "Grüße", "„x“ – 5 €")], []),
}  # fmt: skip


@pytest.mark.parametrize("kind", DIRT)
@pytest.mark.parametrize("far", [False, True], ids=["near", "far"])
def test_dirt_in_csv_changes_nothing_and_costs_its_own_line(kind, far):
    content, good, bad = DIRT[kind]
    content, before = as_bytes(content), 0
    if far and content.startswith(b"q,a\n") and kind != "Windows-1252":
        # The same below so many clean rows that it lies in a later block.
        before = 3_500
        content = b"q,a\n" + (b"clean," + b"0123" * 500 + b"\n") * before + content.removeprefix(b"q,a\n")
    elif far:
        pytest.skip("its start is what is dirty")
    read = rows(content)[before:]

    assert [row for row in read if isinstance(row, Row)] == [
        Row(line + before, {"q": q, "a": a}) for line, q, a in good
    ]
    assert [row.line - before for row in read if not isinstance(row, Row)] == bad


JSON_DIRT = {
    "numbers": ('{"q":1.50,"a":-0}\n{"q":1e5,"a":12345678901234567890}\n', [(1, "1.50", "-0"), (2, "1e5", "12345678901234567890")], []),
    "numbers as texts": ('{"q":"007","a":"NA"}\n', [(1, "007", "NA")], []),
    "true": ('{"q":true,"a":"true"}\n{"q":false,"a":"x"}\n', [(1, "true", "true"), (2, "false", "x")], []),
    "null": ('{"q":null,"a":"null"}\n', [(1, None, "null")], []),
    "a bad byte": (b'{"q":"\xff","a":"x"}\n{"q":"1","a":"x"}\n', [(2, "1", "x")], [1]),
    "a surrogate": ('{"q":"\\ud800","a":"x"}\n{"q":"\\ud83e\\udd89","a":"x"}\n', [(2, "🦉", "x")], [1]),
    "NUL": ('{"q":"\\u0000","a":"x"}\n', [(1, "\0", "x")], []),
    "a raw NUL": (b'{"q":"\0","a":"x"}\n{"q":"1","a":"x"}\n', [(2, "1", "x")], [1]),
    "a key twice": ('{"q":"1","q":"2"}\n{"q":"1","a":"x"}\n', [(2, "1", "x")], [1]),
    "half a line": ('{"q":"1","a":"x"}\n{"q":"1","a\n{"q":"2","a":"x"}\n', [(1, "1", "x"), (3, "2", "x")], [2]),
    "empty lines": ('\n{"q":"1","a":"x"}\r\n \n{"q":"2","a":"x"}', [(2, "1", "x"), (4, "2", "x")], []),
    "no object": ('{"q":"1","a":"x"}\n[1]\n"x"\n7\nnull\n', [(1, "1", "x")], [2, 3, 4, 5]),
    "single quotes": ("{'q':'1'}\n" '{"q":"2","a":"x"}\n', [(2, "2", "x")], [1]),
    "NaN": ('{"q":NaN,"a":"x"}\n', [(1, "NaN", "x")], []),
    "a long cell": (f'{{"q":"{LONG}","a":"x"}}\n', [(1, LONG, "x")], []),
}  # fmt: skip


@pytest.mark.parametrize("kind", JSON_DIRT)
@pytest.mark.parametrize("far", [False, True], ids=["near", "far"])
def test_dirt_in_jsonl_changes_nothing_and_costs_its_own_line(kind, far):
    content, good, bad = JSON_DIRT[kind]
    clean = b'{"q":"clean","a":"' + b"0123" * 500 + b'"}\n'
    before = 3_500 if far else 0
    read = rows(clean * before + as_bytes(content), "file.jsonl")[before:]

    assert [row for row in read if isinstance(row, Row)] == [
        Row(line + before, {"q": q, "a": a}) for line, q, a in good
    ]
    assert [row.line - before for row in read if not isinstance(row, Row)] == bad
