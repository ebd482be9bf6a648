"""GGUF is promised only of models that the pinned converter knows, before anything is trained."""

import pytest

from functions.on_dataset_ready.convertible import ARCHITECTURES, LLAMA_CPP
from functions.on_dataset_ready.fits import must_convert, must_fit
from gpu_batch.llama import architectures, pinned
from schemas.errors import BadInput
from schemas.recipe import Recipe
from tests.functions.test_base_fits import images, pin


def refusal(check=must_convert, sees=False, architecture=None, **recipe):
    base = pin(architecture=architecture, sees=sees)
    with pytest.raises(BadInput) as caught:
        check(base, images(sees), Recipe.model_validate(recipe))
    return caught.value.faults[0]


@pytest.mark.parametrize("check", [must_convert, must_fit])
def test_a_family_that_the_converter_does_not_know_is_refused_before_training(check):
    fault = refusal(check, architecture="MyOwnForCausalLM", export="merged,q8_0")
    assert fault.place == "export: q8_0"
    assert fault.finding == f"llama.cpp {LLAMA_CPP} makes no GGUF files of a MyOwnForCausalLM."
    assert "export: merged" in fault.next_step


def test_what_it_knows_and_what_wants_no_gguf_may_be_trained():
    known = pin(architecture="Gemma3ForCausalLM")
    must_convert(known, images(False), Recipe.model_validate({"export": "gguf"}))
    must_convert(pin(architecture="MyOwnForCausalLM"), images(False), Recipe())
    must_convert(pin(), images(False), Recipe.model_validate({"export": "gguf"}))  # ordered long ago


def test_a_model_that_was_taught_to_see_is_not_made_a_file_that_cannot():
    fault = refusal(sees=True, architecture="Gemma3ForConditionalGeneration", export="gguf")
    assert "teaches it to see" in fault.finding


def test_the_families_that_people_train_most_are_known():
    families = "Gemma3 Gemma3n Gemma4 Llama Mistral Qwen2 Qwen3 Phi3 SmolLM3"
    assert {f"{one}ForCausalLM" for one in families.split()} <= ARCHITECTURES


def test_the_list_is_the_pinned_converters_own(llama):
    assert sorted(ARCHITECTURES) == architectures.known()
    assert LLAMA_CPP == pinned.VERSION
