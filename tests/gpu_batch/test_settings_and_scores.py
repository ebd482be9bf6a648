"""That no setting of a recipe is lost on its way to TRL, and that scores are what their names say."""

import pytest

from gpu_batch.text import ChatText, Labelled
from schemas.training import TrainingOptions
from tests.gpu_batch.papers import TINY, conversation, tickets, tiny_pin, turn

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

# Setting → (where TRL or PEFT keeps it, a value that is nobody's default).
KEPT = {
    "lora_rank": ("r", 5),
    "lora_alpha": ("lora_alpha", 11),
    "lora_dropout": ("lora_dropout", 0.25),
    "learning_rate": ("learning_rate", 3e-3),
    "epochs": ("num_train_epochs", 1.5),
    "max_steps": ("max_steps", 7),
    "batch_size": ("per_device_train_batch_size", 3),
    "gradient_accumulation": ("gradient_accumulation_steps", 2),
    "warmup_steps": ("warmup_steps", 4),
    "scheduler": ("lr_scheduler_type", "linear"),
    "weight_decay": ("weight_decay", 0.125),
    "max_length": ("max_length", 77),
    "seed": ("seed", 9),
}


@pytest.fixture(scope="module")
def tiny():
    import torch

    from gpu_batch import model

    device = model.settle()
    return model.load_model(TINY, torch.float32, device), ChatText.from_folder(TINY), device


def test_every_setting_reaches_trl_or_peft(tiny, tmp_path):
    from gpu_batch import sft

    assert set(KEPT) | {"method", "finetuning"} == set(TrainingOptions.model_fields)
    options = TrainingOptions.model_validate({name: value for name, (_, value) in KEPT.items()})
    config = sft.sft_config(options, 200, tiny[2], tmp_path, ["none"], "run")
    lora = sft.lora_config(options, tiny[0], tiny_pin())
    for name, (theirs, value) in KEPT.items():
        kept = getattr(lora, theirs) if name.startswith("lora_") else getattr(config, theirs)
        assert kept == value, name


def test_left_out_settings_are_the_longest_row_and_whole_epochs(tiny, tmp_path):
    from gpu_batch import sft

    config = sft.sft_config(TrainingOptions(), 200, tiny[2], tmp_path, [], "run")
    assert (config.max_length, config.max_steps, config.num_train_epochs) == (200, -1, 3.0)
    assert not config.packing
    assert config.learning_rate == 2e-4
    full = sft.sft_config(TrainingOptions(finetuning="full"), 200, tiny[2], tmp_path, [], "run")
    assert full.learning_rate == 2e-5


def test_two_cores_or_a_small_model_get_one_thread_and_others_half_of_the_cores():
    from gpu_batch.model import SMALL, threads_for

    assert [threads_for(10 * SMALL, cores) for cores in (1, 2, 3, 4, 16)] == [1, 1, 1, 2, 8]
    assert threads_for(SMALL - 1, 16) == 1


def test_loss_and_token_accuracy_are_of_the_last_answer_whatever_the_batch(tiny):
    import torch

    from gpu_batch import evaluate

    model, chat, _ = tiny
    rows = [
        *tickets(0, 20),
        conversation(("user", "Hi"), ("assistant", "Hello."), ("user", "And?"), ("assistant", "Good bye.")),
    ]
    asked, left_out = evaluate.choose(chat, rows, 512, "tickets.csv")
    assert left_out == []
    loss, right, count = 0.0, 0, 0
    for one in asked:
        head = chat.prompt_ids(one.sample.prompt)
        ids = torch.tensor([one.row.input_ids])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0]
        for at in range(len(head), ids.shape[1] - 1):  # the line break at the very end is not learned
            wanted = ids[0, at]
            loss += torch.nn.functional.cross_entropy(logits[at - 1], wanted).item()
            right += int(logits[at - 1].argmax() == wanted)
            count += 1
    score = evaluate.measure(model, chat, asked, max_new_tokens=8).score
    assert score.loss == pytest.approx(loss / count, rel=1e-4)
    assert score.token_accuracy == pytest.approx(right / count)


def test_answers_do_not_depend_on_the_batch_they_are_asked_in(tiny):
    from gpu_batch import evaluate

    model, chat, _ = tiny
    prompts = [chat.prompt_ids(row.prompt) for row in tickets(0, 20)]
    together = evaluate.answer(model, chat, prompts, 24)
    assert together == [evaluate.answer(model, chat, [prompt], 24)[0] for prompt in prompts]
    assert not any("<" in answer for answer in together)


def test_an_answer_is_right_if_the_template_writes_it_as_the_wanted_one(tiny, chatml):
    from gpu_batch.evaluate import is_right

    strips, keeps = tiny[1], ChatText.from_folder(chatml)
    assert is_right(strips, turn("a", " yes\n"), "yes")
    assert not is_right(keeps, turn("a", " yes\n"), "yes")
    assert is_right(keeps, turn("a", " yes\n"), " yes\n")
    assert not is_right(strips, turn("a", "yes"), "Yes")


def test_text_rows_train_no_eyes_or_ears(tiny, tmp_path):
    from peft import get_peft_model
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, TrainerCallback

    from gpu_batch import sft

    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**small, "vocab_size": 64, "num_key_value_heads": 1, "head_dim": 16}
    vision = {**small, "image_size": 56, "patch_size": 14}
    config = Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4)
    model = Gemma3ForConditionalGeneration(config)
    options = sft.sft_config(TrainingOptions(), 8, tiny[2], tmp_path, [], "run")
    rows = [Labelled([1, 2, 3], [-100, 2, 3], [])]
    sft.make_trainer(model, TINY, rows, options, None, "tiny", [TrainerCallback()])
    whole = [name for name, one in model.named_parameters() if one.requires_grad]
    assert whole
    assert not any("vision" in name or "projector" in name for name in whole)
    adapted = get_peft_model(model, sft.lora_config(TrainingOptions(), model, tiny_pin()))
    trained = [name for name, one in adapted.named_parameters() if one.requires_grad]
    assert trained
    assert all(".language_model." in name for name in trained)
