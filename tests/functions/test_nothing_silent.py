"""Nothing silent: rows unlike the first ones, keys that stand twice, names that clash: told or read."""

import csv
import json

import pytest

from functions import status
from functions.on_upload import mapped
from functions.on_upload.check import check
from functions.on_upload.manifest import read_manifest
from functions.on_upload.step import prepare
from infra import ledger
from schemas import names
from schemas.records import DropRecord
from tests.conftest import drop, lines
from tests.functions.runs import CSV


def verdict(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return check(path)


@pytest.mark.parametrize(("before", "empty"), [(120, {}), (12_000, {}), (12_000, {"input": ""})])
def test_inputs_that_only_late_rows_have_are_not_lost(before, empty, ground, on):
    early = [{"instruction": f"i{n}", **empty, "output": "o"} for n in range(before)]
    late = [{"instruction": f"late{n}", "input": "below", "output": "o"} for n in range(5)]
    text = lines([json.dumps(row) for row in early + late])
    event = drop(ground, "alpaca.jsonl", text, {"data.test_size": "0"})
    prepare(event, on)
    record = ledger.every(on, DropRecord)[0]
    shards = list(on.store.list(on.outbox, f"datasets/{record.dataset_id}/"))
    import pyarrow.parquet as pq

    path = next(ground.store.path(on.outbox, one.name) for one in shards if one.name.endswith(".parquet"))
    asked = [row[0]["content"] for row in pq.read_table(path)["messages"].to_pylist()]

    assert asked[-5:] == [f"late{n}\nbelow" for n in range(5)]


def test_a_key_of_a_late_row_that_is_not_read_is_named(tmp_path):
    rows = [{"question": f"q{n}", "answer": "a"} for n in range(150)]
    rows.append({"question": "q", "answer": "a", "mood": "good"})

    assert verdict(tmp_path, "late.jsonl", lines([json.dumps(row) for row in rows])).unused == ("mood",)


def test_a_json_row_whose_key_stands_twice_costs_that_row(tmp_path):
    judged = verdict(
        tmp_path,
        "twice.jsonl",
        '{"question": "a", "question": "b", "answer": "c"}\n{"question": "a", "answer": "c"}\n',
    )

    assert (judged.rows.kept, judged.rows.dropped) == (1, 1)
    assert "the key 'question' stands twice" in judged.faults[0].finding


ASKED = [{"question": f"q{n}?", "answer": f"a{n}"} for n in range(12_000)]


def preferences(count):
    return [{"prompt": f"p{n}?", "chosen": f"c{n}", "rejected": f"r{n}"} for n in range(count)]


def jsonl(rows):
    return lines([json.dumps(row) for row in rows])


def test_a_file_whose_later_rows_are_of_another_kind_is_refused_with_the_counts_and_first_lines(ground, on):
    event = drop(ground, "mixed.jsonl", jsonl(ASKED + preferences(1_000)))

    assert prepare(event, on) == []
    first, *others = ledger.every(on, DropRecord)[0].faults
    assert "12,000 of 13,000 are as at its start (conversation), 1,000 are not" in first.finding
    assert "a file of their own" in first.next_step
    assert [(fault.place, fault.count) for fault in others] == [("mixed.jsonl:12001", 1_000)]
    assert list(on.store.list(on.outbox, "datasets/")) == []


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ({"prompt": "Why {}?", "completion": "So {}."}, {"instruction": "Do {}.", "output": "Done {}."}),
        ({"prompt": "Why {}?"}, {"question": "Why {}?", "answer": "So {}."}),
        ({"prompt": "Why {}?"}, {"prompt": "Why {}?", "chosen": "So {}.", "rejected": "No {}."}),
        ({"prompt": "Why {}?", "completions": ["So {}."], "labels": [True]}, {"text": "Once {}."}),
    ],
)
def test_rows_of_another_kind_right_behind_the_rows_looked_at_refuse_the_file(tmp_path, early, late):
    rows = [(early, n) for n in range(10_000)] + [(late, n) for n in range(10_000, 13_000)]
    judged = check(_written(tmp_path, [json.dumps(row).replace("{}", str(n)) for row, n in rows]), every=True)

    assert judged.code == 2
    assert "10,000 of 13,000 are as at its start" in judged.why


def _written(folder, rows):
    path = folder / "rows.jsonl"
    path.write_text(lines(rows))
    return path


def test_a_few_rows_of_another_kind_are_left_out_and_listed(ground, on):
    (ready,) = prepare(drop(ground, "few.jsonl", jsonl(ASKED + preferences(30))), on)
    made = read_manifest(ready.dataset_id, on)
    listed = on.store.read(on.outbox, made.errors).decode().splitlines()
    status.refresh(on, "few.jsonl")

    assert (made.counts.read, made.counts.kept, made.counts.dropped) == (12_030, 12_000, 30)
    assert [json.loads(line)["place"] for line in listed] == [f"few.jsonl:{n}" for n in range(12_001, 12_031)]
    assert "errors.jsonl" in on.store.read(on.outbox, made.page).decode()
    assert made.errors in on.store.read(on.outbox, names.status_page("few.jsonl")).decode()


@pytest.mark.parametrize(
    ("column", "said", "suffix"),
    [("input", "below", "csv"), ("system", "Be brief.", "jsonl"), ("label", "false", "csv")],
)
def test_what_first_stands_beside_a_question_in_late_rows_is_not_learned_away(tmp_path, column, said, suffix):
    few, many = ([{"question": f"l{n}?", "answer": "a", column: said} for n in range(n)] for n in (30, 3_000))
    left, refused = (_late(tmp_path, suffix, column, late) for late in (few, many))

    assert (left.code, left.rows.kept, left.rows.dropped) == (0, 12_000, 30)
    assert f"Column '{column}' says something here" in left.faults[0].finding
    assert refused.code == 2
    assert "3,000 are not" in refused.why


def _late(folder, suffix, column, late):
    path = folder / f"late.{suffix}"
    with path.open("w", newline="") as file:
        if suffix == "jsonl":
            file.write(jsonl(ASKED + late))
        else:
            table = csv.DictWriter(file, ["question", "answer", column])
            table.writeheader()
            table.writerows(ASKED + late)
    return check(path, every=True)


def test_a_column_that_stays_empty_sends_no_block_row_by_row(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped, "by_row", None)
    judged = _late(tmp_path, "csv", "input", [{"question": "q", "answer": "a", "input": ""}])

    assert (judged.code, judged.rows.kept) == (0, 12_001)


def test_answers_that_later_rows_lack_cost_those_rows(ground, on):
    late = [{"question": f"late{n}?"} for n in range(200)]
    (ready,) = prepare(drop(ground, "late.jsonl", jsonl(ASKED[:300] + late)), on)
    made = read_manifest(ready.dataset_id, on)

    assert (made.counts.kept, made.counts.dropped) == (300, 200)


def test_a_role_of_five_thousand_characters_is_cut_in_the_message(tmp_path):
    row = {"messages": [{"role": "x" * 5000, "content": "a"}, {"role": "assistant", "content": "b"}]}
    judged = verdict(tmp_path, "role.jsonl", json.dumps(row) + "\n")

    assert all(len(fault.finding) < 200 for fault in judged.faults)


def test_a_drop_whose_page_has_no_place_in_the_folder_is_answered_all_the_same(ground, on):
    prepare(drop(ground, "x", "question,answer\na,b\n", {"data.test_size": "0"}), on)
    told = prepare(drop(ground, "x.md/d.csv", "question,answer\na,b\n", {"data.test_size": "0"}), on)

    assert [type(event).__name__ for event in told] == ["DatasetReady"]
    assert {record.state for record in ledger.every(on, DropRecord)} == {"prepared"}


def test_a_file_that_no_drop_could_be_is_refused_by_the_check_as_well(tmp_path):
    judged = verdict(tmp_path, ".hidden.csv", "question,answer\na,b\nc,d\n")

    assert judged.code == 2
    assert "never read" in judged.why


def test_a_manifest_that_cannot_be_read_is_written_anew_by_the_next_drop(ground, on):
    (ready,) = prepare(drop(ground, "a.csv", CSV), on)
    on.store.write(on.outbox, names.manifest(ready.dataset_id), b"{")
    (again,) = prepare(drop(ground, "b.csv", CSV), on)

    assert again.dataset_id == ready.dataset_id
    assert read_manifest(ready.dataset_id, on).counts.kept == 40
