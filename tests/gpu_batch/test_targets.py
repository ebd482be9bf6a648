"""What of a model learns and how it is loaded: layers by structure, new tokens, no four bits on a CPU."""

import re

import pytest

from schemas.errors import BadInput
from schemas.training import TrainingOptions
from tests.gpu_batch.bases import write_json
from tests.gpu_batch.papers import tiny_pin
from tests.gpu_batch.tiny_models import MODELS, make_model

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
OPTIONS = TrainingOptions(lora_rank=4, lora_alpha=8, learning_rate=1e-3)
SEEING = ("gemma3-sees", "gemma4", "qwen2.5-vl", "qwen3-vl", "mistral3")


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def loaded(name, parent, **how):
    import torch

    from gpu_batch.model import load_model

    return load_model(make_model(name, parent), torch.float32, torch.device("cpu"), **how)


@pytest.mark.parametrize("name", MODELS)
def test_every_linear_layer_of_the_language_model_learns_and_no_other(name, parent):
    from torch.nn import Linear

    from gpu_batch.model import lora_config

    whole = loaded(name, parent, sees=True)
    pattern = lora_config(OPTIONS, whole, tiny_pin(make_model(name, parent))).target_modules
    fitting = {n for n, _ in whole.named_modules() if re.fullmatch(pattern, n)}
    linear = {n for n, module in whole.named_modules() if isinstance(module, Linear)}
    beside = ("vision", "visual", "projector", "lm_head", "embed_vision")
    assert fitting == {n for n in linear if not any(part in n for part in beside)}
    assert len(fitting) >= 8


@pytest.mark.parametrize("name", SEEING)
def test_for_texts_the_eye_is_left_out_of_memory_and_texts_are_read_as_before(name, parent):
    import torch

    whole, language = loaded(name, parent, sees=True), loaded(name, parent)
    assert language.num_parameters() < whole.num_parameters()
    assert language.state_dict().keys() < whole.state_dict().keys()
    ids = torch.tensor([[3, 4, 5, 6]])
    with torch.no_grad():
        assert torch.equal(language(input_ids=ids).logits, whole(input_ids=ids).logits)


@pytest.mark.parametrize("name", MODELS)
def test_every_stored_tensor_is_known_by_the_name_that_it_has_in_memory(name, parent):
    from safetensors.torch import load_file

    from gpu_batch.model import stored_names

    folder = make_model(name, parent)
    there = loaded(name, parent, sees=True).state_dict()
    stored = load_file(folder / "model.safetensors")
    names = stored_names(folder)
    assert names.keys() == stored.keys()
    assert all(bool((there[names[key]] == value).all()) for key, value in stored.items())


@pytest.mark.parametrize("name", ["no-template", "no-template-tied"])
def test_of_the_embeddings_only_rows_of_new_tokens_learn(name, parent):
    import torch
    from peft import get_peft_model

    from gpu_batch.model import lora_config, make_room
    from gpu_batch.text import ChatText

    folder, base = make_model(name, parent), loaded(name, parent)
    chat = ChatText.from_folder(folder)
    rows = base.get_input_embeddings().weight.shape[0]
    added = make_room(base, chat)
    assert [chat.tokenizer.id_to_token(one) for one in added] == ["<|im_start|>", "<|im_end|>"]
    assert added == [rows, rows + 1]
    adapted = get_peft_model(base, lora_config(OPTIONS, base, tiny_pin(folder), added))
    before = adapted.get_input_embeddings().weight.detach().clone()
    ids = torch.tensor([[added[0], 7, 8, added[1]]])
    learning = torch.optim.SGD([one for one in adapted.parameters() if one.requires_grad], lr=1.0)
    adapted(input_ids=ids, labels=ids).loss.backward()
    learning.step()
    after = adapted.merge_and_unload().get_input_embeddings().weight
    assert torch.equal(after[:rows], before[:rows])
    assert not torch.equal(after[added], before[added])


def test_a_model_with_a_template_gets_no_new_rows(parent):
    from gpu_batch.model import lora_config, make_room
    from gpu_batch.text import ChatText

    folder, base = make_model("qwen3", parent), loaded("qwen3", parent)
    assert make_room(base, ChatText.from_folder(folder)) == []
    assert lora_config(OPTIONS, base, tiny_pin(folder)).trainable_token_indices is None


def test_four_bits_are_refused_on_a_cpu_in_words(parent):
    with pytest.raises(BadInput, match="needs an NVIDIA GPU") as caught:
        loaded("llama3", parent, four_bits=True)
    assert caught.value.faults[0].place == "training.finetuning: qlora"
    assert "training.finetuning: lora" in caught.value.faults[0].next_step


@pytest.mark.parametrize(
    ("quantization", "finding"),
    [
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "stored in 4 bits"),
        ({"quant_method": "gptq"}, "stored as gptq"),
    ],
)
def test_weights_that_are_stored_in_fewer_bits_are_refused_where_they_cannot_be_held(
    tmp_path, quantization, finding
):
    folder = make_model("llama3", tmp_path)
    write_json(folder / "config.json", {"model_type": "llama", "quantization_config": quantization})
    with pytest.raises(BadInput, match=finding) as caught:
        loaded("llama3", tmp_path)
    assert "16-bit" in caught.value.faults[0].next_step


def test_on_a_cpu_trl_trains_and_the_reason_is_told(on, parent, tmp_path):
    from gpu_batch.engine import choose
    from tests.gpu_batch.papers import dataset, train_order, turn

    order = train_order(on, dataset(on, [turn("a", "b")], [], tmp_path))
    (told,) = choose(order).told().values()
    assert told.startswith("TRL 1.14.2")
    assert "GPU" in told
