"""What a person may say beside `training.finetuning: full`, and what is refused in words."""

from typing import get_args

import pytest
from pydantic import ValidationError

from schemas.defaults import Known, epochs, filled, learning_rate
from schemas.errors import BadInput
from schemas.layers import layer_from_metadata, layer_from_yaml, resolve
from schemas.methods import FITS, METHODS
from schemas.orders import ExportOrder
from schemas.recipe import Recipe
from schemas.training import Finetuning, TrainingOptions
from tests.gpu_batch.papers import dataset, tiny_pin, turn

FULL = layer_from_metadata({"training.finetuning": "full"}, "tickets.csv")


CONVERSATIONS = Known("conversation", 1000)


def shown(*layers):
    table = resolve(layers, CONVERSATIONS).table()
    return {setting: (value, source) for setting, value, source in table}


def test_the_learning_rate_is_the_methods_own_unless_somebody_gives_one():
    assert shown()["training.learning_rate"] == ("0.0002 (for LoRA and supervised fine-tuning)", "default")
    full = ("2e-05 (for full fine-tuning and supervised fine-tuning)", "default")
    assert shown(FULL)["training.learning_rate"] == full
    given = layer_from_yaml("training: {learning_rate: 2e-05}", "recipe", "mine.yaml")
    assert shown(FULL, given)["training.learning_rate"] == ("2e-05", "recipe")


@pytest.mark.parametrize("finetuning", get_args(Finetuning))
@pytest.mark.parametrize("method", METHODS)
def test_what_is_chosen_is_pinned_so_that_saying_it_is_the_same_run(method, finetuning):
    known = next(Known(kind, 5000, 8e9) for kind, fitting in FITS.items() if method in fitting)
    asked = TrainingOptions.model_validate({"method": method, "finetuning": finetuning, "graders": "exact"})
    silent = filled(asked, known)
    said = {"learning_rate": learning_rate(method, finetuning, 8e9), "epochs": epochs(method, 5000)}
    assert silent == filled(asked.model_copy(update=said), known) == filled(silent, known)
    recipe = Recipe(training=silent)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_defaults_for_an_adapter_are_shown_as_not_used():
    table = shown(FULL)
    for knob in ("lora_rank", "lora_alpha", "lora_dropout"):
        assert table[f"training.{knob}"] == ("not used (it is full fine-tuning)", "default")
    assert table["export"] == ("merged", "default")
    assert shown()["training.lora_rank"] == ("16", "default")


def test_what_somebody_sets_for_an_adapter_is_refused_with_its_place():
    folder = layer_from_yaml("training: {lora_rank: 32, lora_alpha: 64}", "jinko.yaml", "shop/jinko.yaml")
    drop = layer_from_metadata({"training.finetuning": "full", "export": "adapter,merged"}, "tickets.csv")
    with pytest.raises(BadInput) as refused:
        resolve([folder, drop])
    assert [(fault.place, fault.finding.split("'")[1]) for fault in refused.value.faults] == [
        ("shop/jinko.yaml", "training.lora_rank"),
        ("shop/jinko.yaml", "training.lora_alpha"),
        ("tickets.csv (metadata)", "export"),
    ]
    assert str(refused.value.faults[0]) == (
        "shop/jinko.yaml: 'training.lora_rank' is about an adapter; with training.finetuning: full there is "
        "none. Remove 'training.lora_rank' here, or set training.finetuning: lora."
    )


@pytest.mark.parametrize("wrong", ["{finetuning: half}", "{finetuning: [full]}", "{finetuning: }"])
def test_a_fine_tuning_that_does_not_exist_names_those_that_do(wrong):
    with pytest.raises(BadInput) as refused:
        resolve([layer_from_yaml(f"training: {wrong}", "recipe", "mine.yaml")])
    (fault,) = refused.value.faults
    assert (fault.place, fault.finding[:30]) == ("mine.yaml", "'training.finetuning' cannot b")
    assert "'lora', 'qlora' or 'full'" in fault.next_step


@pytest.mark.parametrize("weights", [{}, {"adapter": "a/", "model": "m/"}])
def test_an_export_is_of_an_adapter_or_of_a_whole_model(on, tmp_path, weights):
    rows = dataset(on, [turn("a", "b")], [], tmp_path)
    plain = {"run_id": "r", "base": tiny_pin(), "dataset": rows, "evaluation": {}, "drop_name": "tickets.csv"}
    with pytest.raises(ValidationError, match="an adapter or of a whole model"):
        ExportOrder.model_validate(plain | {"formats": ("merged",)} | weights)
