"""The verdict on a file: what `jinko check` prints, of every kind of file, and never an exception."""

import json
import os
import random

import pytest

from functions.on_upload.check import check
from schemas.recipe import DataOptions
from tests.conftest import lines


def judged(tmp_path, content, name="file.csv", **options):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return check(path, DataOptions.model_validate(options))


def test_a_usable_file_says_what_it_is_and_shows_rows_as_they_will_be_trained(tmp_path):
    verdict = judged(tmp_path, lines(["id,Question,Answer", *(f"{n},q{n},a{n}" for n in range(8))]))

    assert (verdict.code, verdict.kind, verdict.images) == (0, "conversation", False)
    assert verdict.columns == {"question": "Question", "answer": "Answer"}
    assert verdict.unused == ("id",)
    assert verdict.rows.model_dump() == {"read": 8, "kept": 8, "dropped": 0}
    assert verdict.faults == ()
    assert len(verdict.sample) == 5
    assert verdict.sample[0] == {
        "messages": [{"role": "user", "content": "q0"}, {"role": "assistant", "content": "a0"}],
        "line": 2,
    }


def test_a_usable_file_with_faults_is_usable_and_names_them(tmp_path):
    verdict = judged(tmp_path, lines(["prompt,completion", "a,b", *["c,"] * 25]))

    assert (verdict.code, verdict.rows.kept, verdict.rows.dropped) == (0, 1, 25)
    assert len(verdict.faults) == 20
    assert {fault.count for fault in verdict.faults} == {25}
    assert [fault.count for fault in verdict.findings] == [25]


def test_a_file_none_of_whose_rows_can_be_used_is_not_usable(tmp_path):
    verdict = judged(tmp_path, "question,answer\na,\n,b\n")

    assert verdict.code == 2
    assert verdict.rows.model_dump() == {"read": 2, "kept": 0, "dropped": 2}
    assert [fault.place for fault in verdict.faults] == ["file.csv:2", "file.csv:3"]


@pytest.mark.parametrize(
    ("content", "name", "place"),
    [
        ("frage,antwort\na,b\n", "file.csv", "file.csv:1"),
        ("only\na\n", "file.csv", "file.csv:1"),
        ("", "file.csv", "file.csv"),
        (" \n\n", "file.csv", "file.csv"),
        (b"PK\x03\x04\0\0", "file.csv", "file.csv"),
        ('question,answer\na,b\n"c,d\n', "file.csv", "file.csv:3"),
        ("question;answer\na;b\n", "file.csv", "file.csv:1"),
        ("a\n", "file.pdf", "file.pdf"),
        ("{}\n", "file.jsonl", "file.jsonl"),
    ],
)
def test_an_unusable_file_says_where_what_and_what_to_do(tmp_path, content, name, place):
    verdict = judged(tmp_path, content, name)

    assert verdict.code == 2
    assert verdict.faults[0].place == place
    assert verdict.why == verdict.faults[0].finding
    assert verdict.faults[0].next_step
    assert (verdict.kind, verdict.sample) == (None, ())


def test_one_question_is_asked_with_code_three_and_its_option_answers_it(tmp_path):
    content = "question,answer,prompt,completion\na,b,c,d\n"
    asked = judged(tmp_path, content)
    step = asked.faults[0].next_step
    given = dict(part.split("=") for part in step.split(" or ")[1].rstrip(".").split() if "=" in part)
    answered = judged(
        tmp_path,
        content,
        columns={
            "question": given["data.columns.question"],
            "answer": given["data.columns.answer"],
        },
    )

    assert asked.code == 3
    assert asked.why.endswith("?")
    assert answered.code == 0
    assert answered.columns == {"question": "prompt", "answer": "completion"}


def test_a_broken_line_seven_costs_one_row_and_is_named(tmp_path):
    rows = [json.dumps({"messages": [{"role": "user", "content": str(n)}]}) for n in range(1, 9)]
    good = [row.replace("]}", ', {"role": "assistant", "content": "x"}]}') for row in rows]
    verdict = judged(tmp_path, lines([*good[:6], good[6][:-4], good[7]]), "file.jsonl")

    assert (verdict.code, verdict.rows.kept) == (0, 7)
    assert [fault.place for fault in verdict.faults] == ["file.jsonl:7"]


def test_no_such_file_and_a_folder_are_told(tmp_path):
    assert check(tmp_path / "none.csv").why == "There is no such file."
    assert check(tmp_path).why == "This is a folder."
    assert check(tmp_path).code == check(tmp_path / "none.csv").code == 2


@pytest.mark.parametrize("name", [b"\xff\xfe.csv", "Grüße 🦉.csv".encode()])
def test_a_file_of_any_name_is_judged(tmp_path, name):
    verdict = judged(tmp_path, "question,answer\na,\n", os.fsdecode(name))

    assert verdict.code == 2
    assert verdict.faults[0].place.endswith(".csv:2")
    verdict.model_dump_json()


def test_judging_a_file_leaves_it_and_its_folder_as_they_were(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("question,answer\na,b\n")
    before = path.stat().st_mtime_ns
    check(path)

    assert path.stat().st_mtime_ns == before
    assert list(tmp_path.iterdir()) == [path]


def test_two_hundred_files_of_chance_all_get_a_verdict_that_can_be_printed(tmp_path):
    chance = random.Random(2026)
    starts = [
        b"",
        b"question,answer\n",
        b'{"question": "a", "answer": "b"}\n',
        b'{"',
        b"messages\n",
        b"\xef\xbb\xbf",
    ]
    for number in range(200):
        content = chance.choice(starts) + chance.randbytes(chance.randrange(300))
        if number % 2:
            content = content.replace(b"\0", b",")
        verdict = judged(tmp_path, content, chance.choice(["a.csv", "a.jsonl", "a.txt"]))
        assert verdict.code in (0, 2, 3)
        assert verdict.rows.read == verdict.rows.kept + verdict.rows.dropped
        assert verdict.code == 0 or verdict.faults
        verdict.model_dump_json().encode()
