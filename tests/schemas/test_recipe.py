"""What a person may ask for, where each setting came from, and what a wrong one is answered with."""

import pytest

from schemas.errors import MAX_FAULTS, BadInput
from schemas.layers import layer_from_metadata, layer_from_yaml, resolve
from schemas.not_yet import NOT_YET
from schemas.recipe import DEFAULT_BASE, known_settings


def recipe(text, place="poems.yaml"):
    return layer_from_yaml(text, "recipe", place)


def settings(text, place="jinko.yaml"):
    return layer_from_yaml(text, "jinko.yaml", place)


def faults_of(*layers):
    with pytest.raises(BadInput) as refused:
        resolve(layers)
    return refused.value.faults


def test_nothing_asked_is_a_whole_recipe():
    resolved = resolve([])
    assert resolved.recipe.base_model == DEFAULT_BASE
    assert resolved.recipe.export == ("merged",)
    assert {source for _, _, source in resolved.table()} == {"default"}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "training: {}\n"])
def test_an_empty_file_asks_for_nothing(text):
    assert resolve([recipe(text)]).recipe == resolve([]).recipe


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("training.learning_rat", "training.learning_rate"),
        ("base_modell", "base_model"),
        ("learning_rate", "training.learning_rate"),
        ("test_size", "data.test_size"),
        ("data.column.answer", "data.columns.answer"),
    ],
)
def test_an_unknown_setting_suggests_the_nearest(key, nearest):
    (fault,) = faults_of(recipe(f"{key}: 1\n"))
    assert fault.place == "poems.yaml"
    assert f"'{key}' is not a setting" in fault.finding
    assert f"'{nearest}'" in fault.next_step


def test_a_setting_unlike_any_other_is_answered_with_all_of_them():
    (fault,) = faults_of(recipe("xyzzy: 1\n"))
    assert all(setting in fault.next_step for setting in known_settings())


def test_several_unknown_settings_are_told_at_once():
    wrong = faults_of(recipe("batchsize: 2\nepoch: 1\n"), settings("base: x\n", "shop/jinko.yaml"))
    assert [(fault.place, fault.finding.split("'")[1]) for fault in wrong] == [
        ("poems.yaml", "batchsize"),
        ("poems.yaml", "epoch"),
        ("shop/jinko.yaml", "base"),
    ]


def test_no_more_faults_are_told_than_a_person_reads():
    assert len(faults_of(recipe("".join(f"wrong_{n}: 1\n" for n in range(30))))) == MAX_FAULTS


def test_several_wrong_values_are_told_at_once_each_with_its_own_place():
    wrong = faults_of(
        settings("training:\n  lora_rank: 0\n", "shop/jinko.yaml"),
        layer_from_metadata({"training.epochs": "many"}, "poems.csv"),
    )
    assert {(fault.place, fault.finding) for fault in wrong} == {
        ("shop/jinko.yaml", "'training.lora_rank' cannot be 0."),
        ("poems.csv (metadata)", "'training.epochs' cannot be 'many'."),
    }
    assert all(fault.next_step.endswith(".") for fault in wrong)


@pytest.mark.parametrize("key", sorted(NOT_YET))
def test_what_is_not_built_yet_is_refused_by_name(key):
    (fault,) = faults_of(recipe(f"{key}: 1\n"))
    assert fault.finding == f"'{key}': {NOT_YET[key]}"
    assert "Remove" in fault.next_step


def test_a_part_of_what_is_not_built_yet_is_refused_by_name_too():
    (fault,) = faults_of(recipe("training:\n  ref_model:\n    name: owner/name\n"))
    assert fault.finding == f"'training.ref_model.name': {NOT_YET['training.ref_model']}"


def test_what_is_not_built_yet_is_no_setting():
    assert not set(NOT_YET) & set(known_settings())


def test_metadata_is_text_and_becomes_what_the_setting_is():
    told = {
        "base_model": "acme/small",
        "training.learning_rate": "1e-4",
        "training.max_steps": "160",
        "export": "adapter, merged",
        "again": "true",
    }
    asked = resolve([layer_from_metadata(told, "poems.csv")]).recipe
    assert (asked.base_model, asked.training.learning_rate, asked.training.max_steps) == (
        "acme/small",
        1e-4,
        160,
    )
    assert asked.export == ("adapter", "merged")
    assert asked.again is True


def test_what_googles_tools_write_into_metadata_is_not_a_setting():
    layer = layer_from_metadata({"goog-reserved-file-mtime": "1795223941", "GOOG_x": "1"}, "poems.csv")
    assert layer.values == {}


def test_a_number_that_yaml_takes_for_text_is_a_number():
    assert recipe("training:\n  learning_rate: 1e-4\n").values == {"training.learning_rate": "1e-4"}
    assert resolve([recipe("training:\n  learning_rate: 1e-4\n")]).recipe.training.learning_rate == 1e-4


def test_nested_and_dotted_keys_ask_the_same():
    nested = recipe("training:\n  seed: 3\ndata:\n  columns:\n    question: q\n    answer: a\n")
    dotted = recipe("training.seed: 3\ndata.columns.question: q\ndata.columns: {answer: a}\n")
    assert resolve([nested]) == resolve([dotted])
    columns = resolve([nested]).recipe.data.columns
    assert columns is not None
    assert columns.model_dump(exclude_none=True) == {"question": "q", "answer": "a"}


def test_the_stronger_layer_wins_and_every_setting_remembers_who_said_it():
    resolved = resolve(
        [
            settings("base_model: acme/a\ntraining: {seed: 1, epochs: 2}\n"),
            layer_from_metadata({"training.seed": "2", "data.test_size": "0.2"}, "poems.csv"),
            recipe("training: {seed: 3}\n"),
        ]
    )
    assert resolved.recipe.training.seed == 3
    assert resolved.sources == {
        "base_model": "jinko.yaml",
        "training.seed": "recipe",
        "training.epochs": "jinko.yaml",
        "data.test_size": "metadata",
    }
    table = {setting: (value, source) for setting, value, source in resolved.table()}
    assert table["training.seed"] == ("3", "recipe")
    assert table["training.max_steps"] == ("-", "default")
    assert table["export"] == ("merged", "default")


def test_one_column_may_be_named_alone():
    columns = resolve([recipe("data:\n  columns:\n    question: message\n")]).recipe.data.columns
    assert columns is not None
    assert columns.model_dump(exclude_none=True) == {"question": "message"}


def test_held_out_rows_are_a_share_or_a_number():
    assert resolve([recipe("data.test_size: 200\n")]).recipe.data.test_size == 200
    (fault,) = faults_of(recipe("data.test_size: 2.5\n"))
    assert fault.finding == "'data.test_size' cannot be 2.5."
    assert "a share below 1" in fault.next_step


def test_a_part_that_no_column_plays_is_no_setting():
    (fault,) = faults_of(recipe("data.columns.anser: reply\n"))
    assert fault.next_step == "Did you mean 'data.columns.answer'?"


def test_an_export_that_does_not_exist_names_those_that_do():
    (fault,) = faults_of(recipe("export: gptq\n"))
    assert fault.finding == "'export: gptq' is not built yet."
    assert "'adapter', 'merged', 'f16', 'q8_0'" in fault.next_step


def test_gguf_alone_is_the_quantization_that_most_people_run():
    assert resolve([recipe("export: [merged, gguf]\n")]).recipe.export == ("merged", "q4_k_m")


def test_yaml_that_cannot_be_read_names_the_line():
    with pytest.raises(BadInput) as refused:
        recipe("training:\n  seed: 1\n  epochs: [1\n")
    (fault,) = refused.value.faults
    assert fault.place == "poems.yaml:4"
    assert "not valid YAML" in fault.finding


@pytest.mark.parametrize(("text", "kind"), [("- a\n- b\n", "list"), ("just words\n", "text")])
def test_yaml_that_holds_no_settings_says_what_it_holds(text, kind):
    with pytest.raises(BadInput, match=f"found a {kind}"):
        recipe(text)


def test_two_runs_that_differ_in_again_alone_are_the_same_run():
    once, anew = resolve([]).recipe, resolve([recipe("again: true\n")]).recipe
    assert once.pinned() == anew.pinned()
    assert once.pinned() != resolve([recipe("training.seed: 1\n")]).recipe.pinned()


def test_where_the_data_lies_does_not_shape_the_dataset():
    here, there = (resolve([recipe(f"data: {{from: {name}}}\n")]).recipe.data for name in ("a.csv", "b.csv"))
    assert here.prepare_options() == there.prepare_options()
    assert here.prepare_options() != resolve([recipe("data.seed: 1\n")]).recipe.data.prepare_options()
