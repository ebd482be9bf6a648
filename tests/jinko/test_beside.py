"""Other tools' side files on a person's machine: heeded by `jinko check`, taken along by `jinko drop`."""

import json

import pytest

from functions.on_upload.check import check
from functions.on_upload.pin import pin
from jinko.drop import put
from schemas.events import FileDropped

ROWS = "".join(json.dumps({"a": f"one {n}", "b": f"other {n}"}) + "\n" for n in range(30))
INFO = {"mine": {"file_name": "data.jsonl", "columns": {"prompt": "b", "response": "a"}}}


@pytest.fixture
def data(tmp_path):
    """A file that says nothing of its columns, with a dataset_info.json that does."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "data.jsonl").write_text(ROWS)
    (folder / "dataset_info.json").write_text(json.dumps(INFO))
    return folder / "data.jsonl"


def test_the_check_follows_the_side_file_beside_a_file(data):
    verdict = check(data)
    assert verdict.kind == "conversation"
    assert (verdict.columns["question"], verdict.columns["answer"]) == ("b", "a")
    assert "dataset_info.json beside the data says so" in verdict.why
    (data.parent / "dataset_info.json").unlink()
    assert check(data).code == 3


def test_a_drop_takes_the_side_file_along_into_a_folder_of_its_own(data, here):
    made = put(here, data, {})
    assert made.name == "shop/data.jsonl"
    event = FileDropped(
        bucket=made.bucket, name=made.name, generation=made.generation, size=made.size, md5=made.md5
    )
    assert list(pin(event, here.cloud).source.hints) == ["shop/dataset_info.json"]


def test_a_side_file_about_other_data_stays_where_it_is(data, here):
    (data.parent / "dataset_info.json").write_text(json.dumps({"x": {"file_name": "other.jsonl"}}))
    assert put(here, data, {}).name == "data.jsonl"


def test_a_recipe_that_names_a_folder_of_the_inbox_is_dropped(tmp_path, here):
    here.cloud.store.write("inbox", "shop/data.jsonl", ROWS.encode())
    recipe = tmp_path / "r.yaml"
    recipe.write_text("data: {from: shop/}\n")
    assert put(here, recipe, {}).name == "r.yaml"
