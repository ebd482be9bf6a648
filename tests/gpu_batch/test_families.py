"""Each family as a tiny random model: trained, merged, loaded by plain transformers, and asked again."""

import pytest

from infra import ground
from infra.settings import Settings
from schemas import names
from tests.gpu_batch.papers import RUN, dataset, export_order, tiny_pin, train_order, turn
from tests.gpu_batch.tiny_models import MODELS, make_model

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

ADAPTER, MODEL = (names.weights(RUN, "train", 1, kind) for kind in ("adapter", "model"))
MERGED = names.weights(RUN, "export", 1, "merged")
ROWS = [turn(f"{word}?", word.upper(), line=2 + at) for at, word in enumerate("red green blue grey".split())]
TRAINING = {
    "max_steps": 12,
    "batch_size": 4,
    "gradient_accumulation": 1,
    "learning_rate": 2e-2,
    "scheduler": "constant",
    "warmup_steps": 0,
    "weight_decay": 0.0,
    "epochs": 1,
    "lora_rank": 8,
    "lora_alpha": 16,
    "lora_dropout": 0.0,
}


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    return tmp_path_factory.mktemp("families")


def trained_and_exported(name, parent, tmp_path, **training):
    from gpu_batch.export import export
    from gpu_batch.train import train

    on = ground.cloud(Settings(home=tmp_path / "home"))
    folder = make_model(name, parent)
    rows = dataset(on, ROWS * 2, ROWS, tmp_path)
    settings = {"training": TRAINING | training, "evaluation": {"rows": 4, "max_new_tokens": 6}}
    order = train_order(on, rows, pin=tiny_pin(folder), **settings)
    learned = train(order, 1, on, tmp_path / "train")
    whole = {"model": learned.model, "answers": learned.answers} if learned.model else {}
    wish = export_order(on, order, learned.adapter, "merged", **whole)
    return on, folder, learned, export(wish, 1, on, tmp_path / "export")


def fetched(on, prefix, folder):
    from gpu_batch.folders import download_folder

    return download_folder(on, prefix, folder)


def plainly(folder):
    """The model as anybody would load it."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

    sees = hasattr(AutoConfig.from_pretrained(folder), "vision_config")
    return (AutoModelForImageTextToText if sees else AutoModelForCausalLM).from_pretrained(folder).eval()


def of_the_senses(model):
    named = model.state_dict().items()
    return {name: value for name, value in named if "language_model" not in name and "lm_head" not in name}


@pytest.mark.parametrize("name", MODELS)
def test_a_family_learns_is_merged_and_answers_the_same_when_loaded_anew(name, parent, tmp_path):
    import torch
    from peft import PeftModel

    on, folder, learned, exported = trained_and_exported(name, parent, tmp_path)
    assert learned.after.loss < learned.before.loss - 0.2
    assert learned.after.token_accuracy >= learned.before.token_accuracy + 0.25
    assert any(one.before != one.after for one in learned.answers)
    assert (exported.faults, exported.compared, exported.same) == ((), 4, 4)
    merged = plainly(fetched(on, MERGED, tmp_path / "merged"))
    base = plainly(folder)
    if name.startswith("no-template"):  # it was given one, with two tokens
        base.resize_token_embeddings(merged.config.vocab_size)
    beside = PeftModel.from_pretrained(base, fetched(on, ADAPTER, tmp_path / "adapter"))
    ids = torch.tensor([[1, 2, 3, 4, 5]])
    with torch.no_grad():
        assert torch.allclose(merged(input_ids=ids).logits, beside.eval()(input_ids=ids).logits, atol=1e-4)
    unlearned = [n for n, p in beside.named_parameters() if "lora_B" in n and not p.any()]
    # While it trains, Gemma 3n reads this one layer's weight past any adapter, which stays without effect.
    assert [n for n in unlearned if "altup.correction_coefs" not in n] == []
    assert not any("vision" in n or "visual" in n for n, _ in beside.named_parameters() if "lora_" in n)


@pytest.mark.parametrize("name", ["gemma3-sees", "qwen3-vl"])
def test_full_fine_tuning_on_texts_gives_a_model_back_that_sees_as_before(name, parent, tmp_path):
    import torch

    how = {"finetuning": "full", "learning_rate": 5e-3}
    on, folder, learned, exported = trained_and_exported(name, parent, tmp_path, **how)
    assert learned.after.loss < learned.before.loss - 1
    assert (exported.faults, exported.same) == ((), 4)
    before, after = (of_the_senses(plainly(one)) for one in (folder, fetched(on, MODEL, tmp_path / "kept")))
    assert before.keys() == after.keys()
    assert len(before) > 5
    assert all(torch.equal(before[key], after[key]) for key in before)
