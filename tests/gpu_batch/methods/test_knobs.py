"""That no setting of a recipe is lost on its way to TRL: each is seen in the trainer, or in what it does."""

from typing import get_args

import pytest

from gpu_batch.text import NO_LOSS
from schemas.methods import METHODS, SECTIONS, SMOOTHED, Loss
from schemas.training import TrainingOptions
from tests.gpu_batch.methods.desks import KINDS, desk, made, some
from tests.gpu_batch.papers import conversation

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

# Setting → (where TRL or PEFT keeps it, a value that is nobody's default).
SHARED = {
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
    "max_grad_norm": ("max_grad_norm", 0.5),
    "seed": ("seed", 9),
}
OWN = {
    "dpo": {
        "beta": ("beta", 0.3),
        "losses": ("loss_type", ["robust", "sft"]),
        "loss_weights": ("loss_weights", [1.0, 0.25]),
        "label_smoothing": ("label_smoothing", 0.125),
    },
    "orpo": {"beta": ("beta", 0.3)},
    "kto": {
        "loss": ("loss_type", "apo_zero_unpaired"),
        "beta": ("beta", 0.3),
        "good_weight": ("desirable_weight", 1.5),
        "bad_weight": ("undesirable_weight", 2.5),
    },
    "grpo": {
        "generations": ("num_generations", 3),
        "max_new_tokens": ("max_completion_length", 6),
        "temperature": ("temperature", 0.9),
        "top_p": ("top_p", 0.8),
        "top_k": ("top_k", 50),
        "beta": ("beta", 0.05),
        "loss": ("loss_type", "dr_grpo"),
        "epsilon": ("epsilon", 0.1),
        "epsilon_high": ("epsilon_high", 0.3),
        "scale_rewards": ("scale_rewards", "batch"),
        "ratio": ("importance_sampling_level", "sequence"),
        "iterations": ("num_iterations", 2),
        "leave_out_cut": ("mask_truncated_completions", True),
    },
    "reward": {"centre": ("center_rewards_coefficient", 0.02)},
}
# Settings whose effect is seen by a test of their own below, or elsewhere.
SEEN = {"method", "finetuning", "max_length", "packing", "graders", "image_pixels", *METHODS} - {"pretrain"}
SEEN |= {"early_stopping"}


def test_no_setting_is_without_a_test_of_its_effect():
    assert set(SHARED) | SEEN == set(TrainingOptions.model_fields)
    for method, section in SECTIONS.items():
        kept = set(OWN.get(method, {})) | ({"last_answer_only"} if method == "sft" else set())
        assert kept == (set(section.model_fields) if section else set()), method


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_reaches_trl_or_peft(method, tmp_path):
    own = OWN.get(method, {})
    asked = {name: value for name, (_, value) in SHARED.items()}
    settings = {"method": method, **asked}
    if own:
        settings[method] = {name: value for name, (_, value) in own.items()}
    trainer = made(tmp_path, **settings).trainer
    adapter = trainer.model.peft_config["default"]
    for name, (theirs, value) in SHARED.items():
        kept = getattr(adapter if name.startswith("lora_") else trainer.args, theirs)
        assert kept == value, name
    for name, (theirs, value) in own.items():
        assert getattr(trainer.args, theirs) == value, name
    assert adapter.base_model_name_or_path == "tiny-gemma3"


@pytest.mark.parametrize("loss", get_args(Loss))
def test_every_loss_of_preferences_takes_a_step(loss, tmp_path):
    smoothed = {"label_smoothing": 0.125} if loss in SMOOTHED else {}
    settings = {"losses": ["sigmoid", loss] if loss == "sft" else [loss], **smoothed}
    at = made(tmp_path, some("preference", 4), method="dpo", dpo=settings, max_steps=1, learning_rate=1e-3)
    start = {name: one.clone() for name, one in at.trainer.model.named_parameters() if "lora_B" in name}
    at.trainer.train()
    moved = dict(at.trainer.model.named_parameters())
    assert any(not one.equal(moved[name]) for name, one in start.items())


def test_a_rate_that_stays_is_warmed_up_too(tmp_path):
    trainer = made(tmp_path, method="sft", scheduler="constant", warmup_steps=2, max_steps=4).trainer
    trainer.create_optimizer_and_scheduler(4)
    rates = []
    for _ in range(4):
        rates.append(trainer.lr_scheduler.get_last_lr()[0])
        trainer.optimizer.step()
        trainer.lr_scheduler.step()
    assert rates == pytest.approx([0, 1e-4, 2e-4, 2e-4])


def test_a_share_of_few_steps_leaves_none_without_a_rate(tmp_path):
    """A warmup's first step has a rate of 0, and transformers would make one of any share."""
    for steps, share, warmup in ((1, 0.1, 0), (20, 0.1, 2), (29, 0.1, 2), (None, 0.5, 3)):
        settings = {"warmup_steps": share, "batch_size": 8, "max_steps": steps, "epochs": 2}
        assert made(tmp_path, method="sft", **settings).trainer.args.warmup_steps == warmup


@pytest.mark.parametrize("method", METHODS)
def test_dropout_on_the_adapter_is_not_switched_off(method, tmp_path):
    import torch

    trainer = made(tmp_path, method=method, lora_dropout=0.25).trainer
    dropouts = [one.p for one in trainer.model.modules() if isinstance(one, torch.nn.Dropout)]
    assert 0.25 in dropouts


@pytest.mark.parametrize("method", [name for name in METHODS if name != "pretrain"])
def test_no_row_longer_than_max_length_is_taken(method, tmp_path):
    from schemas.errors import BadInput

    with pytest.raises(BadInput) as refused:
        made(tmp_path, method=method, max_length=16)
    assert "at most 16" in refused.value.faults[0].finding or "no room" in refused.value.faults[0].finding


def test_a_text_longer_than_max_length_is_split_and_nothing_of_it_lost(tmp_path):
    whole = made(tmp_path, method="pretrain", packing=False).rows
    parts = made(tmp_path, method="pretrain", packing=False, max_length=16).rows
    assert max(parts.lengths) == 16
    assert sum(parts.lengths) == sum(whole.lengths)
    assert [one for row in parts.data["input_ids"] for one in row] == [
        one for row in whole.data["input_ids"] for one in row
    ]


def test_packed_rows_fill_longer_ones(tmp_path):
    plain = made(tmp_path, method="sft")
    packed = made(tmp_path, method="sft", packing=True)
    assert not plain.trainer.args.packing
    assert packed.trainer.args.packing
    assert packed.trainer.padding_free
    assert len(packed.rows.lengths) < len(plain.rows.lengths) / 2
    assert sum(packed.rows.lengths) == sum(plain.rows.lengths)
    assert packed.rows.count == plain.rows.count == 24


def test_only_the_last_answer_is_learned_where_that_is_asked(tmp_path):
    row = conversation(("user", "a"), ("assistant", "first"), ("user", "b"), ("assistant", "last"))
    for last_only, wanted in ((False, 2), (True, 1)):
        read = made(tmp_path, [row, row], method="sft", sft={"last_answer_only": last_only}).rows
        labels = read.data["labels"][0]
        starts = [at for at, one in enumerate(labels) if one != NO_LOSS and labels[at - 1] == NO_LOSS]
        assert len(starts) == wanted


@pytest.mark.parametrize("method", METHODS)
def test_all_weights_train_where_that_is_asked(method, tmp_path):
    trainer = made(tmp_path, method=method, finetuning="full").trainer
    assert not hasattr(trainer.model, "peft_config")
    assert all(one.requires_grad for one in trainer.model.parameters())
    if method in ("dpo", "kto"):
        assert trainer.ref_model is not trainer.model


def test_what_is_left_out_follows_from_the_rows(tmp_path):
    read = made(tmp_path, method="sft")
    assert read.trainer.args.per_device_train_batch_size == 8
    assert read.trainer.args.gradient_accumulation_steps == 1
    long = desk(tmp_path, 5000, method="sft")
    from gpu_batch.methods import Rows
    from gpu_batch.methods.arguments import batches

    assert batches(long.options, Rows(read.rows.data, [2048] * 5000, 5000)) == (2, 8)
    assert batches(long.options, Rows(read.rows.data, [9000] * 5000, 5000)) == (1, 16)
    asked = long.options.model_copy(update={"batch_size": 4})
    assert batches(asked, Rows(read.rows.data, [9000] * 5000, 5000)) == (4, 1)


@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
def test_rows_of_every_kind_are_read_as_they_are_held_out(kind, tmp_path):
    method = next(name for name, one in KINDS.items() if one == kind)
    read = made(tmp_path, method=method)
    held = read.method.hold(read.desk, some(kind, 4, 900))
    assert held.left_out == []
    assert len(held.rows or held.asked) == 4


def test_the_rarer_kind_of_feedback_counts_more_unless_somebody_says(tmp_path):
    from gpu_batch.methods.kto import weights

    silent = desk(tmp_path, 40, method="kto").options
    assert weights(silent, 10, 30) == (3, 1)
    assert weights(silent, 30, 10) == (1, 3)
    said = desk(tmp_path, 40, method="kto", kto={"good_weight": 1.5}).options
    assert weights(said, 10, 30) == (1.5, 1)
