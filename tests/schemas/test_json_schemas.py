"""The JSON Schemas in the tree say what the models say, and `--check` names the file that does not."""

import json

import pytest

from schemas import __main__ as command
from schemas.records import Record


def test_the_schemas_of_the_tree_are_in_step():
    assert list(command.out_of_step(command.FOLDER)) == []


def test_every_record_has_a_schema():
    ours = {kind for kind in Record.__subclasses__() if kind.__module__.startswith("schemas.")}
    assert set(command.RECORDS) == ours


@pytest.mark.parametrize("model", command.MODELS, ids=lambda model: model.__name__)
def test_a_schema_says_what_it_is(model):
    about = json.loads((command.FOLDER / command.file_name(model)).read_text(encoding="utf-8"))
    assert about["title"] == model.__name__
    assert about["description"]
    assert about["$id"].startswith("urn:jinko:")
    assert about["$schema"] == command.DIALECT


def test_an_event_must_name_its_type():
    assert all("type" in command.schema(event)["required"] for event in command.EVENTS)


def test_a_recipe_need_not_name_anything():
    assert "required" not in command.schema(command.MODELS[0])


def test_what_is_written_is_in_step_and_the_check_says_nothing(tmp_path, capsys):
    assert command.main(["--folder", str(tmp_path)]) == 0
    assert command.main(["--folder", str(tmp_path), "--check"]) == 0
    assert capsys.readouterr().out == ""
    assert all(path.read_text(encoding="utf-8").endswith("}\n") for path in tmp_path.iterdir())


def test_the_check_names_files_that_are_missing_altered_or_left_over(tmp_path, capsys):
    command.main(["--folder", str(tmp_path)])
    (tmp_path / "recipe.schema.json").unlink()
    (tmp_path / "run-changed.schema.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "cat-fed.schema.json").write_text("{}\n", encoding="utf-8")
    assert command.main(["--folder", str(tmp_path), "--check"]) == 1
    told = capsys.readouterr().out
    assert "recipe.schema.json is missing" in told
    assert "run-changed.schema.json is out of step" in told
    assert "cat-fed.schema.json has no model" in told
    assert "make schemas" in told


def test_writing_removes_what_has_no_model_and_leaves_the_example_events(tmp_path):
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "file-dropped.json").write_text("{}", encoding="utf-8")
    (tmp_path / "cat-fed.schema.json").write_text("{}", encoding="utf-8")
    command.write(tmp_path)
    assert not (tmp_path / "cat-fed.schema.json").exists()
    assert (tmp_path / "events" / "file-dropped.json").exists()
