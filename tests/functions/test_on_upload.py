"""on_upload: a dropped file becomes a dataset or a refusal in words; twice is once."""

import json

import pyarrow.parquet as pq
import pytest

from functions import status
from functions.on_upload.step import prepare
from infra import ledger
from infra.ports import Gone
from schemas import names
from schemas.events import DatasetReady
from schemas.orders import Dataset
from schemas.records import DatasetRecord, DropRecord
from tests.conftest import at_once, deliver, drop, lines, remembered

CSV = lines(["question,answer", *(f"q{n},a{n}" for n in range(40)), "q1,a1", "q2,", "ragged"])


def manifest(on, dataset):
    return Dataset.model_validate_json(on.store.read(on.outbox, names.manifest(dataset)))


def record(on, event):
    return ledger.load(on, DropRecord, names.drop_id(event.bucket, event.name, event.generation))


def page(on, name):
    """What stands in the outbox: of a drop that goes on, once somebody has heard of it."""
    return on.store.read(on.outbox, names.status_page(name)).decode()


def objects(on, prefix=""):
    return [found.name for found in on.store.list(on.outbox, prefix)]


def shard_rows(ground, shards):
    tables = [pq.read_table(ground.store.path("outbox", shard.path)) for shard in shards]
    assert all(table.num_rows == shard.rows for table, shard in zip(tables, shards, strict=True))
    return [row for table in tables for row in table.to_pylist()]


# ---------------------------------------------------------------- a dataset


def test_a_file_becomes_a_dataset_whose_counts_add_up_and_whose_shards_hold_every_row(ground, on):
    event = drop(ground, "support/a.csv", CSV, {"data.test_size": "0.25"})
    (ready,) = prepare(event, on)
    made = manifest(on, ready.dataset_id)
    train, test = shard_rows(ground, made.train), shard_rows(ground, made.test)

    assert made.counts.model_dump() == {
        "read": 43,
        "kept": 40,
        "dropped": 3,
        "train": len(train),
        "test": len(test),
    }
    assert 2 <= len(test) <= 18
    assert sorted(row["line"] for row in train + test) == list(range(2, 42))
    assert all(
        row["messages"]
        == [
            {"role": "user", "content": f"q{row['line'] - 2}"},
            {"role": "assistant", "content": f"a{row['line'] - 2}"},
        ]
        for row in train + test
    )
    assert (made.source, made.made_of.files[0].generation) == ("support/a.csv", event.generation)
    assert (made.kind, made.images, made.tools, made.thinking) == ("conversation", False, False, False)
    assert {fault.place for fault in made.faults} == {f"support/a.csv:{line}" for line in (42, 43, 44)}


def test_the_record_the_card_and_the_page_tell_of_it(ground, on):
    event = drop(ground, "support/a.csv", CSV)
    (ready,) = prepare(event, on)
    made = manifest(on, ready.dataset_id)
    with pytest.raises(Gone):
        page(on, "support/a.csv")  # on_dataset_ready, which hears of it, writes it
    status.refresh(on, "support/a.csv")

    assert ready.drop_id == record(on, event).id
    assert (record(on, event).state, record(on, event).dataset_id) == ("prepared", ready.dataset_id)
    assert ledger.load(on, DatasetRecord, ready.dataset_id).rows == 40
    assert "43" in on.store.read(on.outbox, made.card).decode()
    assert on.store.read(on.outbox, made.page).startswith(b"<!doctype html>")
    assert "43 rows, of which 40 were kept" in page(on, "support/a.csv")


def test_texts_reach_the_shards_to_the_letter(ground, on):
    odd = [" 007 ", "NA", "1e5", "null", "🦉\u2028", '"', "a\r\nb\n"]
    rows = [json.dumps({"prompt": text, "completion": f"{text}!"}) for text in odd]
    (ready,) = prepare(drop(ground, "a.jsonl", lines(rows), {"data.test_size": "0"}), on)
    made = manifest(on, ready.dataset_id)
    kept = shard_rows(ground, made.train)

    assert made.test == ()
    assert [[turn["content"] for turn in row["messages"]] for row in kept] == [[t, f"{t}!"] for t in odd]


def test_a_second_call_answers_the_same_and_changes_nothing(ground, on):
    event = drop(ground, "a.csv", CSV)
    first = prepare(event, on)
    before = remembered(ground)

    assert prepare(event, on) == first
    assert remembered(ground) == before


def test_a_manifest_that_was_written_before_the_crash_is_the_dataset(ground, on):
    event = drop(ground, "a.csv", CSV)
    (ready,) = prepare(event, on)
    wrote = on.store.stat(on.outbox, names.manifest(ready.dataset_id))
    shards = objects(on, names.dataset_prefix(ready.dataset_id))
    with ground.db.writing() as c:  # as if the first delivery had died right after the manifest
        c.execute("UPDATE documents SET data = json_set(data, '$.state', 'received', '$.dataset_id', null)")
        c.execute("DELETE FROM documents WHERE kind = 'datasets'")

    assert prepare(event, on) == [ready]
    assert on.store.stat(on.outbox, names.manifest(ready.dataset_id)) == wrote
    assert objects(on, names.dataset_prefix(ready.dataset_id)) == shards
    assert record(on, event).state == "prepared"
    assert ledger.load(on, DatasetRecord, ready.dataset_id).rows == 40


def test_two_that_prepare_the_same_drop_at_once_agree_on_one_dataset(ground, on):
    event = drop(ground, "a.csv", CSV)
    told = at_once(3, lambda _: prepare(event, on))
    made = manifest(on, told[0][0].dataset_id)

    assert told[0] == told[1] == told[2]
    assert len(ledger.every(on, DropRecord)) == len(ledger.every(on, DatasetRecord)) == 1
    assert len(shard_rows(ground, made.train)) + len(shard_rows(ground, made.test)) == 40


def test_the_same_content_under_two_names_is_prepared_once(ground, on):
    (one,) = prepare(drop(ground, "a.csv", CSV), on)
    before = objects(on, "datasets/")
    (two,) = prepare(drop(ground, "other/b.csv", CSV), on)
    status.refresh(on, "other/b.csv")

    assert one.dataset_id == two.dataset_id
    assert one.drop_id != two.drop_id
    assert objects(on, "datasets/") == before
    assert "support" not in page(on, "other/b.csv")


def test_other_options_of_preparing_make_another_dataset_and_other_settings_do_not(ground, on):
    ids = {
        key: prepare(drop(ground, f"{n}.csv", CSV, {key: value} if key else {}), on)[0].dataset_id
        for n, (key, value) in enumerate({"": "", "data.seed": "7", "training.epochs": "2"}.items())
    }

    assert ids["data.seed"] != ids[""]
    assert ids["training.epochs"] == ids[""]


def test_a_notice_rings_through_the_door_and_its_answer_is_on_the_topic_of_datasets(ground, on):
    from functions.on_upload.main import on_upload

    event = drop(ground, "a.csv", CSV)
    assert deliver(ground, {"drops": on_upload}) == 1
    (told,) = ground.queue.told("datasets")

    assert DatasetReady.model_validate_json(told.data).drop_id == record(on, event).id
    assert ground.queue.told("drops") == []


@pytest.mark.parametrize("name", ["folder/jinko.yaml", ".hidden.csv", ".git/a.csv", "dataset_info.json"])
def test_what_is_no_drop_is_passed_over_without_a_trace(ground, on, name):
    assert prepare(drop(ground, name, CSV), on) == []
    assert ledger.every(on, DropRecord) == []
    assert objects(on) == []


def test_an_object_of_another_bucket_is_passed_over(ground, on):
    event = drop(ground, "a.csv", CSV).model_copy(update={"bucket": "somebody-s"})

    assert prepare(event, on) == []
    assert ledger.every(on, DropRecord) == []


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("content", "place", "finding"),
    [
        ("", "in/a.csv", "The file is empty."),
        (b"\x7fELF\0\0", "in/a.csv", "This is a program (a binary file)."),
        ("notes\na\n", "in/a.csv:1", "Is this meant?"),
        ("question,answer\na,\n", "in/a.csv", "None of the 1 rows can be used."),
        ("question,answer,prompt,completion\na,b,c,d\n", "in/a.csv:1", "Which is meant?"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_on_its_page_and_twice_is_once(
    ground, on, content, place, finding
):
    event = drop(ground, "in/a.csv", content)
    assert prepare(event, on) == []
    refused, told = record(on, event), page(on, "in/a.csv")
    before = remembered(ground)

    assert refused.state == "refused"
    assert refused.faults[0].place == place
    assert refused.faults[0].finding.startswith(finding)
    assert place in told
    assert refused.faults[0].finding.split("'")[0] in told
    assert "Traceback" not in told
    assert prepare(event, on) == []
    assert remembered(ground) == before
    assert objects(on, "datasets/") == []


def test_rows_that_were_all_held_out_leave_nothing_to_train_on(ground, on):
    event = drop(ground, "a.csv", "question,answer\na,b\n", {"data.test_size": "0.999999"})

    assert prepare(event, on) == []
    assert "held out" in record(on, event).faults[0].finding
    assert "data.test_size" in record(on, event).faults[0].next_step


def test_a_file_that_was_replaced_before_it_was_read_is_answered_by_the_newer_one(ground, on):
    old, new = (
        drop(ground, "a.csv", CSV),
        drop(ground, "a.csv", "question,answer\nx,y\n", {"data.test_size": "0"}),
    )

    assert prepare(old, on) == []
    assert "replaced" in record(on, old).faults[0].finding
    (ready,) = prepare(new, on)
    assert manifest(on, ready.dataset_id).counts.kept == 1
    status.refresh(on, "a.csv")
    assert page(on, "a.csv").count("\n## ") == 2  # the newer one's story, and why the older one has none


def test_a_file_that_was_removed_before_it_was_read_is_refused_in_words(ground, on):
    event = drop(ground, "a.csv", CSV)
    on.store.delete("inbox", "a.csv")

    assert prepare(event, on) == []
    assert "replaced or removed" in record(on, event).faults[0].finding
