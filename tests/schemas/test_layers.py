"""What YAML can do to settings: each a setting or refused in words; nothing ignored, nothing raised."""

import pytest

from schemas.errors import BadInput
from schemas.layers import layer_from_metadata, layer_from_yaml, resolve


def refusal(text):
    with pytest.raises(BadInput) as refused:
        resolve([layer_from_yaml(text, "recipe", "poems.yaml")])
    (fault,) = refused.value.faults
    return fault


@pytest.mark.parametrize(
    "text",
    ["base_model: 2026-13-01", "base_model: 0x_", "&a {training: *a}", "[1, 2", "a: b: c", "? [a]\n: 1"],
)
def test_yaml_that_cannot_be_read_is_refused_in_words(text):
    assert refusal(text).place.startswith("poems.yaml")


def test_a_key_that_stands_twice_is_refused_with_the_line_of_the_second():
    fault = refusal("training:\n  seed: 1\n  seed: 2\n")

    assert fault.place == "poems.yaml:3"
    assert "'seed' stands here twice" in fault.finding


def test_a_setting_given_nested_and_dotted_is_refused():
    assert "set twice" in refusal("training:\n  seed: 1\ntraining.seed: 2\n").finding


def test_a_section_with_nothing_below_it_says_nothing():
    layer = layer_from_yaml("training:\n  # rank: 3\ndata:\n  columns:\n", "jinko.yaml", "jinko.yaml")

    assert layer.values == {}


@pytest.mark.parametrize(
    "text",
    [
        "training: {epochs: .inf}",
        "training: {learning_rate: .nan}",
        "training: {lora_rank: yes}",
        "base_model: ' '",
        "training: 3",
        "training: {seed: 5000000000}",
        f"data: {{seed: {'9' * 70}}}",
        "training: {epochs: 1.0e300}",
        "training: {batch_size: 99999999999999999999999}",
        f"training: {{lora_alpha: {'9' * 400}}}",
        "wandb_project: ''",
        'wandb_project: "\\ud800x"',
        "[1]",
    ],
)
def test_values_that_make_no_sense_are_refused(text):
    assert refusal(text).next_step


def test_an_export_named_twice_is_one_export():
    layer = layer_from_metadata({"export": "merged, merged"}, "poems.csv")

    assert resolve([layer]).recipe.export == ("merged",)


def test_aliases_that_name_a_billion_settings_are_refused_at_once():
    maps = "".join(
        f"m{n + 1}: &m{n + 1} {{{', '.join(f'k{k}: *m{n}' for k in range(10))}}}\n" for n in range(9)
    )
    assert "more than 500 settings" in refusal(f"m0: &m0 {{a: 1}}\n{maps}").finding
    assert "more than 500 settings" in refusal(f"m0: &m0 {{}}\n{maps}").finding


@pytest.mark.parametrize(
    "text", ["training: {method: ppo}", "export: [merged, gptq]", "training: {finetuning: dora}"]
)
def test_what_is_not_built_yet_is_said_so_by_its_name(text):
    assert "is not built yet" in refusal(text).finding
