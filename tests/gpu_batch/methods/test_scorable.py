"""Which bases can become a reward model is said before a machine starts, from a list; transformers knows."""

import pytest

from functions.on_dataset_ready.fits import must_fit
from functions.on_dataset_ready.scorable import SCORABLE
from schemas.errors import BadInput
from schemas.recipe import Recipe
from tests.gpu_batch.methods.desks import desk


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_the_list_is_transformers_own():
    from transformers.models.auto import modeling_auto as auto

    tables = (auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    found = set()
    for kind in auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES:
        for table in tables:
            named = table.get(kind, ())
            found |= {named} if isinstance(named, str) else set(named)
    assert found == SCORABLE


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_a_base_that_cannot_score_is_refused_before_a_machine_starts(tmp_path):
    dataset = desk(tmp_path, 4, method="reward").order.dataset
    base = desk(tmp_path, 4, method="reward").order.base
    wanted = Recipe.model_validate({"training": {"method": "reward"}})
    can = base.model_copy(update={"architecture": "Gemma3ForCausalLM"})
    cannot = base.model_copy(update={"architecture": "Gemma4ForConditionalGeneration"})
    must_fit(can, dataset, wanted)
    with pytest.raises(BadInput) as refused:
        must_fit(cannot, dataset, wanted)
    assert "no reward model of a Gemma4ForConditionalGeneration" in refused.value.faults[0].finding
    must_fit(cannot, dataset, Recipe.model_validate({"training": {"method": "dpo"}}))
