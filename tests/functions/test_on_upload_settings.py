"""on_upload's first effect: the settings of a drop, from every place that gives some, pinned once."""

import pytest

from functions.on_upload.step import prepare
from infra import ledger
from schemas import layers, names
from schemas.errors import Unavailable
from schemas.records import DatasetRecord, DropRecord
from tests.conftest import drop, lines, remembered

CSV = lines(["question,answer", *(f"q{n},a{n}" for n in range(30))])


def record(on, event):
    return ledger.load(on, DropRecord, names.drop_id(event.bucket, event.name, event.generation))


def resolved(on, event):
    return layers.resolve(record(on, event).layers)


def datasets(on):
    return [found.name for found in on.store.list(on.outbox, "datasets/")]


# ---------------------------------------------------------------- layers


def test_the_nearer_place_wins_and_each_setting_says_where_it_came_from(ground, on):
    drop(ground, "jinko.yaml", "base_model: top/model\ntraining:\n  epochs: 9\n  lora_rank: 4\n")
    drop(ground, "team/jinko.yaml", "training.epochs: 8\ntraining: {batch_size: 2}\n")
    drop(ground, "other/jinko.yaml", "training.seed: 99\n")
    event = drop(ground, "team/a.csv", CSV, {"training.batch_size": "3", "goog-reserved-file-mtime": "1"})
    prepare(event, on)
    found = resolved(on, event)

    assert found.recipe.base_model == "top/model"
    assert (found.recipe.training.epochs, found.recipe.training.lora_rank) == (8, 4)
    assert found.recipe.training.batch_size == 3
    assert found.recipe.training.seed == 42
    assert found.sources == {
        "base_model": "jinko.yaml",
        "training.epochs": "jinko.yaml",
        "training.lora_rank": "jinko.yaml",
        "training.batch_size": "metadata",
    }
    assert [layer.place for layer in record(on, event).layers] == [
        "jinko.yaml",
        "team/jinko.yaml",
        "team/a.csv (metadata)",
    ]


def test_a_recipe_is_the_strongest_layer_of_its_own_drop(ground, on):
    drop(ground, "team/a.csv", CSV)
    drop(ground, "team/jinko.yaml", "training.epochs: 8\n")
    event = drop(
        ground, "team/r.yaml", "data: {from: team/a.csv}\ntraining: {epochs: 2}\n", {"training.epochs": "5"}
    )
    prepare(event, on)

    assert resolved(on, event).recipe.training.epochs == 2
    assert resolved(on, event).sources["training.epochs"] == "recipe"


def test_settings_are_read_once_a_redelivery_reads_the_record(ground, on):
    drop(ground, "jinko.yaml", "training.epochs: 8\n")
    event = drop(ground, "a.csv", CSV)
    prepare(event, on)
    drop(ground, "jinko.yaml", "training.epochs: 1\n")
    prepare(event, on)

    assert resolved(on, event).recipe.training.epochs == 8


@pytest.mark.parametrize(
    ("settings", "place", "finding", "next_step"),
    [
        (
            "training.lerning_rate: 1",
            "jinko.yaml",
            "'training.lerning_rate' is not a setting",
            "learning_rate'?",
        ),
        ("training: {epochs: -1}", "jinko.yaml", "'training.epochs' cannot be -1", "greater than 0"),
        ("a: b: c", "jinko.yaml:1", "not valid YAML", "Mend this line"),
        ("training:\n  epochs: 1\n bad", "jinko.yaml:3", "not valid YAML", "Mend this line"),
        ("- a\n- b", "jinko.yaml", "found a list", "base_model: owner/name"),
        (b"\xff\xfe\x00", "jinko.yaml", "not UTF-8", "key: value"),
        ("x" * 1_000_001, "jinko.yaml", "1,000,001 bytes", "key: value"),
        ("training: {ref_model: x}", "jinko.yaml", "not built yet", "Remove 'training.ref_model'"),
    ],
)
def test_bad_settings_refuse_the_drop_before_it_is_read(ground, on, settings, place, finding, next_step):
    drop(ground, "jinko.yaml", settings)
    event = drop(ground, "a.csv", CSV)
    assert prepare(event, on) == []
    refused = record(on, event)
    (fault,) = refused.faults

    assert (refused.state, fault.place) == ("refused", place)
    assert finding in fault.finding
    assert next_step in fault.next_step
    assert datasets(on) == []
    assert "# `a.csv`" in on.store.read(on.outbox, names.status_page("a.csv")).decode()


def test_every_wrong_setting_is_named_at_once_with_its_own_place(ground, on):
    drop(ground, "jinko.yaml", "bogus: 1\n")
    event = drop(ground, "a.csv", CSV, {"another": "2", "training.epochs": "3"})
    prepare(event, on)

    assert [fault.place for fault in record(on, event).faults] == ["jinko.yaml", "a.csv (metadata)"]


def test_the_byte_order_mark_of_a_windows_editor_does_not_matter(ground, on):
    drop(ground, "jinko.yaml", b"\xef\xbb\xbftraining.epochs: 8\r\n")
    event = drop(ground, "a.csv", CSV)
    prepare(event, on)

    assert resolved(on, event).recipe.training.epochs == 8


# ---------------------------------------------------------------- recipes


def test_a_recipe_that_names_a_prepared_dataset_prepares_nothing(ground, on):
    (ready,) = prepare(drop(ground, "a.csv", CSV), on)
    before = datasets(on)
    event = drop(ground, "r.yaml", f"data: {{from: '{ready.dataset_id}'}}\ntraining: {{epochs: 1}}\n")
    (again,) = prepare(event, on)

    assert again.dataset_id == ready.dataset_id
    assert again.drop_id == record(on, event).id
    assert datasets(on) == before
    assert len(ledger.every(on, DatasetRecord)) == 1


def test_a_recipe_that_names_a_file_of_the_inbox_prepares_that_file_as_its_own_drop_would(ground, on):
    (ready,) = prepare(drop(ground, "team/a.csv", CSV), on)
    event = drop(ground, "r.yml", "data:\n  from: team/a.csv\n")

    assert prepare(event, on)[0].dataset_id == ready.dataset_id
    other = drop(ground, "s.yaml", "data: {from: team/a.csv, seed: 5}\n")
    assert prepare(other, on)[0].dataset_id != ready.dataset_id


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("training: {epochs: 1}", "names its data, and this one does not"),
        ("", "names its data, and this one does not"),
        ("data: {from: r.yaml}", "names no data"),
        ("data: {from: 'gs://bucket/a.csv'}", "runs on one machine"),
        ("data: {from: ../../etc/passwd}", "names no data"),
        ("data: {from: .hidden.csv}", "names no data"),
        (f"data: {{from: {'x' * 300}}}", "cannot be a file"),
    ],
)
def test_a_recipe_without_data_that_can_be_found_is_refused_in_words(ground, on, text, finding):
    event = drop(ground, "r.yaml", text)
    assert prepare(event, on) == []
    before = remembered(ground)

    assert record(on, event).state == "refused"
    assert finding in record(on, event).faults[0].finding
    assert record(on, event).faults[0].next_step
    assert prepare(event, on) == []
    assert remembered(ground) == before


def test_a_recipe_may_come_before_its_data_and_is_tried_again_until_they_are_there(ground, on):
    event = drop(ground, "r.yaml", "data: {from: late.csv}\n")
    with pytest.raises(Unavailable, match="late"):
        prepare(event, on)
    assert record(on, event).state == "received"
    assert "late.csv" in (record(on, event).waiting or "")
    assert "## Waiting" in on.store.read(on.outbox, names.status_page("r.yaml")).decode()
    drop(ground, "late.csv", CSV)

    assert len(prepare(event, on)) == 1
    assert (record(on, event).state, record(on, event).waiting) == ("prepared", None)


def test_data_that_do_not_come_for_ten_minutes_are_told_to_be_missing(ground, on):
    event = drop(ground, "r.yaml", "data: {from: never.csv}\n")
    with pytest.raises(Unavailable):
        prepare(event, on)
    with ground.db.writing() as c:
        c.execute("UPDATE documents SET data = json_set(data, '$.created', '2026-01-01T00:00:00Z')")

    assert prepare(event, on) == []
    assert "neither a dataset prepared before nor a file" in record(on, event).faults[0].finding


def test_data_replaced_after_a_recipe_named_them_are_not_what_it_trains_on(ground, on):
    drop(ground, "a.csv", CSV)
    event = drop(ground, "r.yaml", "data: {from: a.csv}\n")
    (ready,) = prepare(event, on)
    drop(ground, "a.csv", lines(["question,answer", *(f"other{n},a{n}" for n in range(30))]))

    assert prepare(event, on) == [ready]


def test_data_that_names_other_data_is_refused(ground, on):
    event = drop(ground, "a.csv", CSV, {"data.from": "b.csv"})

    assert prepare(event, on) == []
    assert "recipe.yaml" in record(on, event).faults[0].next_step


def test_a_recipe_may_name_the_data_that_lies_beside_it(ground, on):
    drop(ground, "team/a.csv", CSV)
    ready = prepare(drop(ground, "team/r.yaml", "data: {from: a.csv}\n"), on)

    assert ready[0].dataset_id


@pytest.mark.parametrize("asked", ["test_size: 0.5", "seed: 7", "columns: {question: a, answer: b}"])
def test_a_dataset_that_is_prepared_cannot_be_asked_to_be_another(ground, on, asked):
    (ready,) = prepare(drop(ground, "a.csv", CSV), on)
    event = drop(ground, "r.yaml", f"data: {{from: {ready.dataset_id}, {asked}}}\n")

    assert prepare(event, on) == []
    assert "is prepared already, with another 'data." in record(on, event).faults[0].finding


def test_a_recipe_may_say_again_how_its_dataset_was_prepared(ground, on):
    (ready,) = prepare(drop(ground, "a.csv", CSV, {"data.test_size": "0.5"}), on)
    event = drop(ground, "r.yaml", f"data: {{from: {ready.dataset_id}, test_size: 0.5}}\n")

    assert prepare(event, on)[0].dataset_id == ready.dataset_id
