"""The verdict on a file: what `jinko check` prints, of every kind of file, and never an exception."""

import json
import os
import random

import pytest

from functions.on_upload.check import check, check_named
from schemas.data_options import DataOptions
from tests.conftest import drop, lines
from tests.infra.loopback import believe, serving

SHOP = "frage,antwort\nWo ist sie?,Unterwegs.\nIst es Eiche?,Ja.\nWann?,Morgen.\n"


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
    verdict = judged(tmp_path, lines(["prompt,completion", *(f"a{n},b" for n in range(30)), *["c,"] * 25]))

    assert (verdict.code, verdict.rows.kept, verdict.rows.dropped) == (0, 30, 25)
    assert len(verdict.faults) == 20
    assert {fault.count for fault in verdict.faults} == {25}
    assert [fault.count for fault in verdict.findings] == [25]


def test_a_file_none_of_whose_rows_can_be_used_is_not_usable(tmp_path):
    verdict = judged(tmp_path, "question,answer\na,b\n" + "a,b\n" * 3, test_size=0.999999)

    assert verdict.code == 2
    assert verdict.rows.model_dump() == {"read": 4, "kept": 1, "dropped": 3}
    assert (
        verdict.faults[0].finding
        == "All 1 usable rows were held out for measuring; none is left to train on."
    )


@pytest.mark.parametrize(
    ("content", "name", "place"),
    [
        ("", "file.csv", "file.csv"),
        (" \n\n", "file.csv", "file.csv"),
        (b"PK\x03\x04\0\0", "file.csv", "file.csv"),
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


def test_one_question_is_asked_with_code_three_its_readings_have_rows_and_its_option_answers_it(tmp_path):
    content = "question,answer,prompt,completion\na,b,c,d\ne,f,g,h\n"
    asked = judged(tmp_path, content)
    step = asked.faults[1].next_step
    given = dict(part.split("=", 1) for part in step.partition(" (")[0].split() if "=" in part)
    columns = {part.removeprefix("data.columns."): column for part, column in given.items()}
    answered = judged(tmp_path, content, columns=columns)

    assert (asked.code, len(asked.faults)) == (3, 2)
    for fault in asked.faults:
        assert "Line 2: " in fault.finding
        assert "Line 3: " in fault.finding
    assert answered.code == 0
    assert answered.columns == {"question": "prompt", "answer": "completion"}


def test_a_long_file_is_judged_by_its_start_and_says_so_and_by_every_row_where_asked(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(lines(["question,answer", *(f"q{n}?,{'a' * 300}" for n in range(60_000))]))
    start, whole = check(path), check(path, every=True)

    assert 20_000 <= start.rows.read < 60_000
    assert f"Judged on the first {start.rows.read:,} rows; --all reads every row." in start.why
    assert whole.rows.read == 60_000
    assert "--all" not in whole.why


def test_samples_leave_out_what_is_as_ever_and_never_hold_an_image(tmp_path):
    from functions.on_upload.check import shown_sample
    from tests.functions.rows_of_kinds import EVERY_KIND, PNG

    shown = [shown_sample(sample) for _, sample in EVERY_KIND]

    assert shown[0]["images"] == [{"name": "lamp.png", "bytes": len(PNG)}]
    assert shown[2]["prompt"] == [{"role": "user", "content": "My lamp flickers."}]
    json.dumps(shown)


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


def test_an_address_in_a_bucket_is_judged_as_the_file_would_be(tmp_path, ground, on):
    drop(ground, "shop/a.csv", SHOP)
    there = check_named(f"gs://{on.inbox}/shop/a.csv", DataOptions(), lambda: on)
    gone = check_named(f"gs://{on.inbox}/shop/b.csv", DataOptions(), lambda: on)

    assert (there.code, there.rows.kept, there.columns) == (0, 3, {"question": "frage", "answer": "antwort"})
    assert there.sample == judged(tmp_path, SHOP).sample
    assert (gone.code, gone.why) == (2, "There is nothing at this address.")


def test_a_dataset_of_the_hub_is_judged_and_asks_which_part_of_it_is_meant(tmp_path, monkeypatch):
    folder = tmp_path / "repository"
    for part in ("en", "de"):
        (folder / part).mkdir(parents=True)
        (folder / part / "train.csv").write_text(SHOP)

    def no_ground():
        raise AssertionError("the Hub needs no ground")

    with serving({"is/there": folder}) as (address, _):
        believe(monkeypatch, address)
        asked = check_named("hf://is/there", DataOptions(), no_ground)
        answered = check_named("hf://is/there", DataOptions(config="de"), no_ground)

    assert (asked.code, answered.code, answered.rows.kept) == (3, 0, 3)
    assert "data.config=de" in asked.faults[0].next_step
