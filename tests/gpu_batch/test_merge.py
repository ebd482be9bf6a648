"""Merging tensor by tensor: to the last bit what PEFT makes in memory, for whatever an adapter may be."""

import json

import pytest

from tests.gpu_batch.papers import TINY

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

KINDS = {
    "LoRA": {},
    "a part of the layers": {"layers_to_transform": [1, 3]},
    "ranks of their own": {"rank_pattern": {"q_proj": 3}, "alpha_pattern": {"down_proj": 64}},
    "rsLoRA": {"use_rslora": True},
    "DoRA": {"use_dora": True},
    "rows of the embeddings": {"trainable_token_indices": [3, 7, 900]},
}


@pytest.fixture(scope="module", params=KINDS)
def adapter(request, tmp_path_factory):
    """An adapter that changes its base a lot."""
    import torch
    from peft import LoraConfig, get_peft_model

    from gpu_batch import model

    device = model.settle()
    torch.manual_seed(0)
    config = LoraConfig(
        r=8,
        lora_alpha=16,
        target_modules=["q_proj", "down_proj"],
        task_type="CAUSAL_LM",
        **KINDS[request.param],
    )
    both = get_peft_model(model.load_model(TINY, torch.float32, device), config)
    for one in both.parameters():
        if one.requires_grad:
            one.data += torch.randn_like(one) * 0.05
    folder = tmp_path_factory.mktemp("adapter") / "adapter"
    both.save_pretrained(folder)
    return folder


def tensors(folder):
    from safetensors.torch import load_file

    return {k: v for file in sorted(folder.glob("*.safetensors")) for k, v in load_file(file).items()}


def in_memory(adapter, base, target):
    """What PEFT makes of both, rounded once."""
    import torch
    from peft import PeftModel

    from gpu_batch import model

    whole = PeftModel.from_pretrained(model.load_model(base, torch.float32, torch.device("cpu")), adapter)
    return model.save_whole(whole.merge_and_unload(safe_merge=True).to(torch.bfloat16), base, target)


def test_the_merged_tensors_are_those_that_peft_makes_to_the_last_bit(adapter, tmp_path):
    import torch

    from gpu_batch.merge import merge

    merged, expected = merge(TINY, adapter, tmp_path / "merged"), in_memory(adapter, TINY, tmp_path / "peft")
    ours, theirs = tensors(merged), tensors(expected)
    assert ours.keys() == theirs.keys() == tensors(TINY).keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    for file in TINY.iterdir():
        if file.suffix != ".safetensors" and file.name != "README.md":
            assert (merged / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("adapter", ["rows of the embeddings"], indirect=True)
def test_shards_stay_shards_and_a_head_that_is_stored_twice_stays_the_same_as_the_embeddings(
    adapter, tmp_path
):
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForCausalLM

    from gpu_batch.merge import merge

    base = tmp_path / "base"
    base.mkdir()
    whole = load_file(TINY / "model.safetensors")
    whole["lm_head.weight"] = whole["model.embed_tokens.weight"].clone()
    names = sorted(whole)
    parts = {f"model-0000{n}-of-00003.safetensors": names[n - 1 :: 3] for n in (1, 2, 3)}
    for file, keys in parts.items():
        save_file({key: whole[key] for key in keys}, base / file, metadata={"format": "pt"})
    where = {key: file for file, keys in parts.items() for key in keys}
    index = {"metadata": {"total_size": 0}, "weight_map": where}
    (base / "model.safetensors.index.json").write_text(json.dumps(index))
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (base / name).write_bytes((TINY / name).read_bytes())
    merged = merge(base, adapter, tmp_path / "merged")
    made = tensors(merged)
    assert {one.name for one in merged.glob("*.safetensors")} == set(parts)
    assert torch.equal(made["lm_head.weight"], made["model.embed_tokens.weight"])
    single = tensors(merge(TINY, adapter, tmp_path / "single"))
    assert all(torch.equal(made[key], single[key]) for key in single)
    loaded = AutoModelForCausalLM.from_pretrained(merged)
    assert loaded.lm_head.weight is loaded.model.embed_tokens.weight


def test_tokens_that_the_base_did_not_have_get_their_rows_and_the_settings_say_so(tmp_path):
    """A base without a chat template is given ChatML, whose tokens it does not know."""
    import shutil

    import torch
    from peft import get_peft_model

    from gpu_batch import model
    from gpu_batch.merge import merge
    from gpu_batch.text import ChatText
    from schemas.training import TrainingOptions
    from tests.gpu_batch.papers import tickets, tiny_pin

    base = shutil.copytree(TINY, tmp_path / "base", ignore=shutil.ignore_patterns("*.jinja"))
    chat, device = ChatText.from_folder(base), model.settle()
    loaded = model.load_model(base, torch.float32, device)
    options = TrainingOptions.model_validate({"lora_rank": 4, "lora_alpha": 8, "lora_dropout": 0.0})
    lora = model.lora_config(options, loaded, tiny_pin(base), model.make_room(loaded, chat))
    both = get_peft_model(loaded, lora)
    for one in both.parameters():
        if one.requires_grad:
            one.data += torch.randn_like(one) * 0.05
    both.save_pretrained(tmp_path / "adapter")
    merged = merge(base, tmp_path / "adapter", tmp_path / "merged")
    assert json.loads((merged / "config.json").read_text())["vocab_size"] == 1026
    ids = torch.tensor([chat.prompt_ids(tickets(0, 1)[0].prompt)])
    with torch.no_grad():
        ours = model.load_model(merged, torch.float32, device)(input_ids=ids).logits
        theirs = both.eval()(input_ids=ids).logits
    assert torch.allclose(ours, theirs, atol=0.1)  # rounded to bfloat16 once


def test_an_adapter_of_another_model_is_refused_in_words(adapter, tmp_path):
    from safetensors.torch import load_file, save_file

    from gpu_batch.merge import merge
    from schemas.errors import BadInput

    other = tmp_path / "other"
    other.mkdir()
    (other / "adapter_config.json").write_bytes((adapter / "adapter_config.json").read_bytes())
    state = load_file(adapter / "adapter_model.safetensors")
    save_file(
        {key.replace("layers.1.", "layers.77."): one for key, one in state.items()},
        other / "adapter_model.safetensors",
    )
    with pytest.raises(BadInput, match="The adapter changes"):
        merge(TINY, other, tmp_path / "merged")
