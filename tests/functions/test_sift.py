"""One pass over a file: every row is kept or named, doubles are left out, the split follows from the row."""

import csv
import io
import json
import random
from collections import Counter

import pytest

from schemas.errors import BadInput
from tests.conftest import lines
from tests.functions.sifting import counts, sift

# ---------------------------------------------------------------- where every row went


def test_rows_become_samples_with_their_lines_and_texts_unaltered():
    sifted, samples = sift('question,answer\n" 007 ",NA\n"two\nlines",null\n')

    assert counts(sifted) == (2, 2, 0)
    assert [(s.line, s.messages[0].content, s.answer) for s in samples] == [
        (2, " 007 ", "NA"),
        (3, "two\nlines", "null"),
    ]
    assert sifted.findings.each() == ()


def test_every_row_that_is_left_out_is_counted_and_named_by_its_line():
    sifted, samples = sift('question,answer\na,b\n,\nc,\n\na,b\nragged\n"x"y,z\nd,e\n')
    told = {fault.place: fault.finding for fault in sifted.findings.each()}

    assert counts(sifted) == (7, 2, 5)
    assert [sample.line for sample in samples] == [2, 9]
    assert told == {
        "in/file.csv:3": "The row is empty.",
        "in/file.csv:4": "Column 'answer' is empty.",
        "in/file.csv:6": "The row says the same as line 2.",
        "in/file.csv:7": "Found 1 cells where the header has 2.",
        "in/file.csv:8": told["in/file.csv:8"],
    }
    assert all(fault.next_step for fault in sifted.findings.each())


def test_a_broken_line_seven_is_named_and_every_other_row_is_kept():
    rows = [json.dumps({"question": f"q{n}", "answer": f"a{n}"}) for n in range(1, 11)]
    rows[6] = rows[6][:-1]
    sifted, samples = sift(lines(rows), "in/file.jsonl")
    (fault,) = sifted.findings.each()

    assert counts(sifted) == (10, 9, 1)
    assert fault.place == "in/file.jsonl:7"
    assert [sample.line for sample in samples] == [1, 2, 3, 4, 5, 6, 8, 9, 10]


def test_doubles_are_exact_and_name_the_first_line_that_said_so():
    sifted, samples = sift("question,answer,id\na,b,1\na ,b,1\na,b,2\nA,b,1\na,b,1\na ,b,1\n")

    assert [sample.line for sample in samples] == [2, 3, 5]
    assert [(fault.place, fault.finding) for fault in sifted.findings.each()] == [
        ("in/file.csv:4", "The row says the same as line 2."),
        ("in/file.csv:6", "The row says the same as line 2."),
        ("in/file.csv:7", "The row says the same as line 3."),
    ]


def test_the_same_words_in_other_turns_are_no_doubles():
    rows = [{"messages": talk(*"ab")}, {"messages": talk(*"abab")}, {"messages": talk("ab", "ab")}]
    sifted, _ = sift(lines(map(json.dumps, rows)), "f.jsonl")

    assert counts(sifted) == (3, 3, 0)


def talk(*texts):
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(texts)]


def test_of_each_finding_twenty_places_are_told_with_the_whole_count():
    sifted, _ = sift(lines(["question,answer", *["a,"] * 30, *["b,c"] * 26, "good,row"]))
    told = sifted.findings.each()
    by_count = Counter(fault.count for fault in told)

    assert counts(sifted) == (57, 2, 55)
    assert by_count == {30: 20, 25: 20}
    assert told[0].place == "in/file.csv:2"
    assert told[19].place == "in/file.csv:21"


def test_a_page_is_told_each_finding_once_with_its_count_and_the_next_places():
    sifted, _ = sift(lines(["question,answer", *["a,"] * 30, "b,c", "b,c", "b,c"]))
    empty, double = sifted.findings.told()

    assert (empty.place, empty.count, empty.also[:2]) == (
        "in/file.csv:2",
        30,
        ("in/file.csv:3", "in/file.csv:4"),
    )
    assert len(empty.also) == 19
    assert (double.place, double.count, double.also) == ("in/file.csv:33", 2, ("in/file.csv:34",))


# ---------------------------------------------------------------- the whole file refused


@pytest.mark.parametrize(
    ("content", "name", "finding"),
    [
        ("question,answer\n", "f.csv", "There is a header but no row."),
        ("question,answer", "f.csv", "There is a header but no row."),
        ('{"a": 1\n{"b": 2\n', "f.jsonl", "not valid JSON"),
        ("null\n[2]\n", "f.ndjson", "found nothing"),
        ("{}\n{}\n", "f.jsonl", "Its rows hold nothing."),
        ("notes\na\n", "f.csv", "Is this meant?"),
        ('{"notes": "a"}\n', "f.jsonl", "Is this meant?"),
    ],
)
def test_a_file_that_cannot_be_learned_from_is_refused_in_words(content, name, finding):
    with pytest.raises(BadInput) as refused:
        sift(content, name)

    assert finding in refused.value.faults[0].finding
    assert refused.value.faults[0].place.startswith(name)
    assert all(fault.next_step for fault in refused.value.faults)


def test_columns_that_first_stand_in_a_later_row_are_seen():
    rows = [{"id": 1}, *({"question": f"q{n}", "answer": "a"} for n in range(3))]
    sifted, samples = sift(lines(map(json.dumps, rows)), "f.jsonl")

    assert counts(sifted) == (4, 3, 1)
    assert sifted.unused == ("id",)
    assert len(samples) == 3


def test_data_columns_say_which_columns_to_read():
    _, samples = sift("frage;1,antwort\na,b\n", columns={"question": "frage;1", "answer": "antwort"})

    assert [(s.messages[0].content, s.answer) for s in samples] == [("a", "b")]


# ---------------------------------------------------------------- whatever comes


def scraps(chance):
    """Bytes that look a little like a file."""
    parts = [
        b"question,answer\n",
        b'{"question": "',
        b'"}\n',
        b'","answer":"x"}\n',
        b"\xef\xbb\xbf",
        b'"',
        b"\r",
        b"\n",
        b",",
        b"\0",
        b"\\ud800",
        b"messages\n",
        b'[{"role":"user"',
        bytes(chance.choices(range(256), k=8)),
        bytes(chance.choices(range(32, 127), k=20)),
    ]
    return b"".join(chance.choices(parts, k=chance.randrange(1, 25)))


@pytest.mark.parametrize("seed", range(10))
def test_any_bytes_are_read_or_refused_in_words_and_nothing_else_happens(seed):
    chance = random.Random(seed)
    for _ in range(60):
        try:
            sifted, samples = sift(scraps(chance), chance.choice(["a.csv", "a.jsonl", "a"]))
        except BadInput as error:
            refused = error.faults
            assert refused
            assert all(f.place and f.finding and f.next_step for f in refused)
        else:
            assert sifted.read == sifted.kept + sifted.dropped
            assert sifted.kept == len(samples)
            assert (sifted.dropped > 0) == bool(sifted.findings.each())


def test_what_a_csv_writer_wrote_is_what_is_learned():
    chance = random.Random(7)
    rows = [(f"{n} {chance.random()}\n", '"' * chance.randrange(4) + f"ä🦉,{n}") for n in range(500)]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("prompt", "completion"), *rows])
    sifted, samples = sift(file.getvalue())

    assert [(s.messages[0].content, s.answer) for s in samples] == rows
    assert counts(sifted) == (500, 500, 0)


def test_half_a_line_end_at_the_end_of_what_was_read_does_not_send_a_block_the_slow_way():
    from functions.on_upload.reading import csv_fast

    whole = csv_fast.cut(b'q,a\r\n"x",y\r\nz,w\r', ",", ended=False)

    assert whole is not None
    assert (whole.size, whole.starts.tolist()) == (12, [0, 5])
