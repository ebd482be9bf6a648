"""What `data.from` names in a bucket: files, folders, wildcards, pinned with what lies beside them."""

import json
from contextlib import ExitStack
from datetime import timedelta

import pytest

from functions.on_upload.peek import rows_of
from functions.on_upload.pin import pin
from functions.on_upload.sources.opened import opened_source
from functions.on_upload.sources.source import WAITS_FOR_DATA, find_source, pin_source
from infra import ledger
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Unavailable
from schemas.records import DropRecord
from schemas.sources import MAX_FILES
from tests.conftest import drop, lines

CSV = lines(["question,answer", "q1,a1", "q2,a2"])
OPTIONS = DataOptions()


def found(on, named, recipe="r.yaml", options=OPTIONS):
    return find_source(recipe, named, options, on)


def files(source):
    return [file.name for file in source.files]


def read(source, on, folder):
    """Every row of a source, and where it stands."""
    with ExitStack() as stack:
        opened = opened_source(source, OPTIONS, on, folder, stack)
        return [(block.source, row.line, row.cells) for block in opened.blocks for row in rows_of(block)]


def pinned_recipe(ground, on, text="data: {from: a.csv}", name="r.yaml"):
    return pin(drop(ground, name, text), on)


# ---------------------------------------------------------------- what a name means


@pytest.fixture
def inbox(ground):
    """A few files in folders."""
    for name in ("top.csv", "support/a.csv", "support/b.csv", "support/old/c.csv", "support/notes.txt"):
        drop(ground, name, CSV.replace("q1", name))
    for name in ("support/r.yaml", "support/jinko.yaml", "support/.hidden.csv", "support/dataset_info.json"):
        drop(ground, name, "base_model: a/b\n")


@pytest.mark.parametrize(
    ("named", "names"),
    [
        ("top.csv", ["top.csv"]),
        ("./top.csv", ["top.csv"]),
        ("support/a.csv", ["support/a.csv"]),
        ("support/*.csv", ["support/a.csv", "support/b.csv"]),
        ("support/**/*.csv", ["support/a.csv", "support/b.csv", "support/old/c.csv"]),
        ("support/[ab].csv", ["support/a.csv", "support/b.csv"]),
        ("support/?.csv", ["support/a.csv", "support/b.csv"]),
        ("support/old/", ["support/old/c.csv"]),
        ("support", ["support/a.csv", "support/b.csv", "support/notes.txt", "support/old/c.csv"]),
        ("**.csv", ["support/a.csv", "support/b.csv", "support/old/c.csv", "top.csv"]),
        ("gs://inbox/support/*.csv", ["support/a.csv", "support/b.csv"]),
        ("gs://inbox/support/old/", ["support/old/c.csv"]),
        ("gs://inbox/top.csv", ["top.csv"]),
    ],
)
def test_files_folders_and_wildcards_are_found_and_pinned_by_their_generations(on, inbox, named, names):
    source = found(on, named)
    assert files(source) == names
    assert [file.generation for file in source.files] == [on.store.stat("inbox", n).generation for n in names]


@pytest.mark.parametrize(
    ("named", "names"), [("*.csv", ["support/a.csv", "support/b.csv"]), ("old/", ["support/old/c.csv"])]
)
def test_what_lies_beside_the_recipe_comes_first(on, inbox, named, names):
    assert files(found(on, named, recipe="support/r.yaml")) == names


@pytest.mark.parametrize("named", ["no/such.csv", "no/*.csv", "no/", "gs://inbox/no.csv"])
def test_what_is_not_there_is_waited_for_and_then_refused(ground, on, named):
    drop_record = pinned_recipe(ground, on, f"data: {{from: '{named}'}}")
    with pytest.raises(Unavailable, match="not in the inbox yet"):
        pin_source(drop_record, named, on)
    late = drop_record.model_copy(
        update={"created": drop_record.created - WAITS_FOR_DATA - timedelta(seconds=1)}
    )
    with pytest.raises(BadInput, match="waited for ten minutes"):
        pin_source(late, named, on)


@pytest.mark.parametrize(
    ("named", "finding"),
    [
        ("gs://other/a.csv", "runs on one machine"),
        ("gs://outbox/datasets/", "runs on one machine"),
        ("s3://bucket/a.csv", "no address that Jinko reads"),
        ("https://example.org/a.csv", "no address that Jinko reads"),
        ("gs://bucket", "no address that Jinko reads"),
        ("hf://", "names no dataset"),
        ("hf://a/b/c.csv", "names no dataset"),
        ("r.yaml", "names no data"),
        (".hidden/", "names no data"),
    ],
)
def test_what_can_never_be_data_is_refused_in_words(on, named, finding):
    with pytest.raises(BadInput) as refused:
        found(on, named)
    assert finding in refused.value.faults[0].finding


@pytest.mark.parametrize("option", ["config", "split"])
def test_options_of_the_hub_are_refused_for_files(on, inbox, option):
    with pytest.raises(BadInput, match=f"data.{option}"):
        found(on, "top.csv", options=DataOptions.model_validate({option: "en"}))


def test_more_files_than_a_record_can_name_are_refused(on):
    for number in range(MAX_FILES + 1):
        (on_disk := on.store.path("inbox", f"many/{number:05}.txt")).parent.mkdir(exist_ok=True, parents=True)
        on_disk.write_text("a text")
    with pytest.raises(BadInput, match="ZIP"):
        found(on, "many/")


# ---------------------------------------------------------------- reading them


def test_several_files_are_read_one_after_the_other_with_their_own_names_and_lines(on, inbox, tmp_path):
    rows = read(found(on, "support/*.csv"), on, tmp_path)
    assert [(name, line, cells["question"]) for name, line, cells in rows] == [
        ("support/a.csv", 2, "support/a.csv"),
        ("support/a.csv", 3, "q2"),
        ("support/b.csv", 2, "support/b.csv"),
        ("support/b.csv", 3, "q2"),
    ]


@pytest.mark.parametrize("named", ["top.csv", "support/*.csv"])
def test_a_file_that_was_replaced_after_it_was_pinned_is_refused(ground, on, inbox, tmp_path, named):
    source = found(on, named)
    drop(ground, source.files[-1].name, "question,answer\nx,y\n")
    with pytest.raises(BadInput, match="replaced or removed"):
        read(source, on, tmp_path)


def test_images_of_a_folder_are_found_by_the_table_beside_them(ground, on, tmp_path):
    png = b"\x89PNG\r\n\x1a\n"
    drop(ground, "cats/metadata.csv", "file_name,text\none.png,A cat.\n")
    drop(ground, "cats/one.png", png)
    ((_, _, cells),) = read(found(on, "cats/"), on, tmp_path)
    assert (cells["image"].data, cells["text"]) == (png, "A cat.")


def test_the_same_content_is_the_same_dataset_whatever_else_changes(ground, on):
    drop(ground, "a/x.csv", CSV)
    drop(ground, "b/y.csv", CSV)
    drop(ground, "b/y.txt", CSV)
    one, again, text = (found(on, name) for name in ("a/x.csv", "b/y.csv", "b/y.txt"))
    assert one.content == again.content != text.content
    both = found(on, "b/*")
    drop(ground, "b/y.csv", CSV + "q3,a3\n")
    assert found(on, "b/*").content != both.content


# ---------------------------------------------------------------- side files

INFO = {"mine": {"file_name": "a.csv", "columns": {"prompt": "x"}}, "other": {"file_name": "o.csv"}}


def test_what_a_side_file_says_of_a_drop_is_pinned_with_it_and_shapes_its_dataset(ground, on):
    event = drop(ground, "in/a.csv", CSV)
    bare = pin(event, on).source
    drop(ground, "in/dataset_info.json", json.dumps(INFO))
    assert pin(event, on).source == bare  # a redelivery reads the record, never the world again

    hinted = pin(drop(ground, "in/a.csv", CSV), on).source
    assert hinted.hints == {"in/dataset_info.json": '[{"columns": {"prompt": "x"}}]'}
    assert hinted.content != bare.content


def test_the_side_file_counts_that_lies_beside_the_data_and_not_beside_the_recipe(ground, on):
    drop(ground, "in/a.csv", CSV)
    drop(ground, "in/dataset_info.json", json.dumps(INFO))
    drop(
        ground, "dataset_info.json", json.dumps({"mine": {"file_name": "a.csv", "columns": {"prompt": "y"}}})
    )
    source = pin_source(pinned_recipe(ground, on), "in/a.csv", on)
    assert list(source.hints) == ["in/dataset_info.json"]


def test_an_axolotl_config_beside_the_data_is_a_mapping_and_as_a_drop_refused_with_what_to_write(ground, on):
    config = "base_model: owner/name\ndatasets:\n- path: a.jsonl\n  field_messages: talk\n"
    event = drop(ground, "in/a.yaml", config)
    refused = pin(event, on)
    assert refused.state == "refused"
    assert "config of axolotl" in refused.faults[0].finding
    assert "base_model: owner/name" in refused.faults[0].next_step
    assert "axolotl" in pin(drop(ground, "in/a.jsonl", '{"talk": []}'), on).source.hints["in/a.yaml"]


def test_a_side_file_that_says_too_much_is_refused(ground, on):
    columns = {"prompt": "x" * 200_000}
    drop(ground, "dataset_info.json", json.dumps({"mine": {"file_name": "a.csv", "columns": columns}}))
    refused = pin(drop(ground, "a.csv", CSV), on)
    assert (refused.state, refused.faults[0].place) == ("refused", "dataset_info.json")


def test_a_recipe_pins_what_it_found_once(ground, on):
    drop(ground, "a.csv", CSV)
    record = pinned_recipe(ground, on)
    first = pin_source(record, "a.csv", on)
    drop(ground, "a.csv", CSV + "q3,a3\n")
    assert pin_source(record, "a.csv", on) == first
    assert ledger.load(on, DropRecord, record.id).source == first
