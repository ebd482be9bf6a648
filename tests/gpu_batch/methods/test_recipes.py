"""Every recipe that comes with the project is understood, and two steps of it train the tiny base."""

import re
from pathlib import Path

import pytest
import yaml

from schemas.defaults import Known, filled
from schemas.layers import layer_from_yaml, resolve
from schemas.methods import FITS, METHODS, SECTIONS
from schemas.recipe import known_settings
from tests.gpu_batch.methods.desks import made
from tests.gpu_batch.methods.rows import prompts

RECIPES = sorted((Path(__file__).parents[3] / "gpu_batch" / "recipes").glob("*.yaml"))
BY_NAME = [path.stem for path in RECIPES]


def recipe(path):
    layer = layer_from_yaml(path.read_text(encoding="utf-8"), "recipe", path.name)
    method = layer.values["training.method"]
    kind = {"sft": "conversation", "grpo": "prompts"}.get(method) or next(
        kind for kind, fitting in FITS.items() if method in fitting
    )
    return resolve([layer], Known(kind, 1000, 4e9))


def test_there_is_a_recipe_for_every_method():
    assert {recipe(path).recipe.training.method for path in RECIPES} == set(METHODS)


@pytest.mark.parametrize("path", RECIPES, ids=BY_NAME)
def test_a_recipe_is_understood_and_says_why_of_each_setting(path):
    text = path.read_text(encoding="utf-8")
    resolved = recipe(path)
    assert set(resolved.sources) <= set(known_settings())
    assert text.startswith("# ")
    own = SECTIONS[resolved.recipe.training.method]
    if path.stem == resolved.recipe.training.method and own:  # the method's own recipe shows all of its knobs
        shown = set(yaml.safe_load(text)["training"][path.stem])
        assert shown == set(own.model_fields)
    assert re.findall(r"^\s*#", text, re.MULTILINE)


@pytest.mark.parametrize("path", RECIPES, ids=BY_NAME)
@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_two_steps_of_a_recipe_train_the_tiny_base(path, tmp_path):
    asked = recipe(path).recipe.training
    settings = asked.model_dump()
    if asked.finetuning == "qlora":  # four bits need a GPU
        settings["finetuning"] = "lora"
    if asked.max_length:  # the tiny base reads no more
        settings["max_length"] = 512
    samples = None
    if asked.method == "grpo":
        settings["grpo"]["max_new_tokens"] = 16
        samples = prompts([(f"How much is {n} and 1?", str(n + 1)) for n in range(24)])
    settings |= {"max_steps": 2, "batch_size": 8, "gradient_accumulation": 1}
    at = made(tmp_path, samples, **settings)
    done = at.trainer.train()
    assert done.global_step == 2
    assert done.training_loss == done.training_loss  # a number
    assert filled(at.desk.options, Known("conversation", 24)) == at.desk.options
