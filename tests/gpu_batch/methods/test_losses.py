"""The loss is on the right tokens, whatever the method: seen in what the trainers give the model."""

import math

import pytest

from gpu_batch import inference
from gpu_batch.methods import pairs, pretrain
from gpu_batch.text import NO_LOSS, Labelled
from tests.gpu_batch.methods.desks import made, some

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

ONE = {"batch_size": 4, "learning_rate": 1e-9, "max_steps": 1}


def batch_of(trainer):
    return next(iter(trainer.get_train_dataloader()))


def learned(chat, ids, mask):
    """The texts that count, row by row."""
    return {
        chat.decode([token for token, one in zip(row, marks, strict=True) if one])
        for row, marks in zip(ids.tolist(), mask.tolist(), strict=True)
    }


def mean(found):
    return -sum(one.logp for one in found) / sum(one.tokens for one in found)


def answers(rows, pick):
    return {f"{pick(row)[0].content}<end_of_turn>" for row in rows}


def test_dpo_compares_answers_with_their_end_and_no_prompt(tmp_path):
    at = made(tmp_path, method="dpo", **ONE)
    batch, rows = batch_of(at.trainer), some("preference")
    told = learned(at.desk.chat, batch["input_ids"], batch["completion_mask"])
    assert len(told) == 8
    assert told <= answers(rows, lambda row: row.chosen) | answers(rows, lambda row: row.rejected)


def test_kto_judges_answers_with_their_end_and_puts_each_behind_another_prompt(tmp_path):
    at = made(tmp_path, method="kto", **ONE)
    batch, rows = batch_of(at.trainer), some("feedback")
    told = learned(at.desk.chat, batch["input_ids"], batch["completion_mask"])
    moved = learned(at.desk.chat, batch["KL_input_ids"], batch["KL_completion_mask"])
    assert told == moved <= answers(rows, lambda row: row.completion)
    assert batch["input_ids"].tolist() != batch["KL_input_ids"].tolist()
    assert sorted(set(batch["label"].tolist())) in ([False, True], [False], [True])


def test_rows_come_in_another_order_every_epoch(tmp_path):
    """TRL's KTO once kept the file's order, so that its pairs of prompts and answers fit."""
    for method in ("sft", "dpo", "orpo", "kto"):
        at = made(tmp_path, method=method, batch_size=4, epochs=2)
        once = list(at.trainer._get_train_sampler())
        assert once != sorted(once), method


def test_a_reward_model_scores_what_the_chat_template_writes(tmp_path):
    """To its last token, as whoever uses it later will render it."""
    at = made(tmp_path, method="reward", **ONE)
    first = some("preference")[0]
    for answer, ids in ((first.chosen, "chosen_ids"), (first.rejected, "rejected_ids")):
        assert at.desk.chat.decode(at.rows.data[ids][0]) == at.desk.chat.render((*first.prompt, *answer))
    assert batch_of(at.trainer)["input_ids"].shape[0] == 8


def test_orpo_learns_the_better_answer_and_not_its_prompt(tmp_path):
    """TRL's own loss is of prompt and answer; ours is of the answer's tokens alone."""
    import torch

    at = made(tmp_path, method="orpo", **ONE)
    batch = at.trainer._prepare_inputs(batch_of(at.trainer))
    at.trainer.model.eval()
    with torch.no_grad():
        loss = at.trainer.concatenated_forward(at.trainer.model, batch)[4].item()
    columns = (batch[f"chosen_{name}"].tolist() for name in ("input_ids", "attention_mask", "labels"))
    rows = [
        Labelled(ids[: sum(mask)], labels[: sum(mask)], ())
        for ids, mask, labels in zip(*columns, strict=True)
    ]
    found = inference.likelihoods(at.trainer.model, at.desk.chat.pad_id, rows)
    assert loss == pytest.approx(mean(found), rel=1e-4)


@pytest.mark.parametrize("method", ["sft", "pretrain"])
def test_the_first_loss_is_that_of_the_labelled_tokens(method, tmp_path):
    at = made(tmp_path, method=method, packing=False, **ONE | {"batch_size": 24})
    at.trainer.train()
    told = next(line["loss"] for line in at.trainer.state.log_history if "loss" in line)
    rows = [
        Labelled(ids, labels, ())
        for ids, labels in zip(at.rows.data["input_ids"], at.rows.data["labels"], strict=True)
    ]
    found = inference.likelihoods(at.trainer.model, at.desk.chat.pad_id, rows)
    assert told == pytest.approx(mean(found), rel=1e-3)


@pytest.mark.parametrize("method", ["sft", "pretrain"])
def test_packed_rows_do_not_see_each_other(method, tmp_path):
    """Their loss is what it is when each stands alone, also without FlashAttention."""
    losses = []
    for packing in (False, True):
        at = made(tmp_path, method=method, packing=packing, **ONE | {"batch_size": 24})
        at.trainer.train()
        losses.append(next(line["loss"] for line in at.trainer.state.log_history if "loss" in line))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_long_text_is_learned_to_its_last_token():
    text = Labelled(list(range(10)), [NO_LOSS, *range(1, 10)], ())
    parts = list(pretrain.pieces(text, 4))
    assert [part.input_ids for part in parts] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [part.labels for part in parts] == [
        [NO_LOSS, 1, 2, 3],
        [NO_LOSS, 5, 6, 7],
        [NO_LOSS, 9],
    ]


def test_a_pair_is_labelled_behind_its_prompt():
    pair = pairs.Pair([1, 2], [3, 4], [5])
    assert pair.better == Labelled([1, 2, 3, 4], [NO_LOSS, NO_LOSS, 3, 4], ())
    assert pair.worse == Labelled([1, 2, 5], [NO_LOSS, NO_LOSS, 5], ())
    assert pairs.preferred([1.0, -1.0, math.nan]) == {"preferred": 0.5, "margin": 0.0}
    assert pairs.preferred([]) == {}


@pytest.mark.parametrize("method", ["dpo", "kto", "grpo"])
def test_the_reference_of_a_whole_model_is_a_copy_that_stays(method, tmp_path):
    import torch

    few = {"batch_size": 4, "learning_rate": 1e-3, "max_steps": 2}
    drawn = {"beta": 0.1, "generations": 4, "max_new_tokens": 8, "temperature": 2}
    own = {"grpo": drawn, "graders": "similarity"} if method == "grpo" else {}
    at = made(tmp_path, method=method, finetuning="full", **few, **own)
    start = {name: one.clone() for name, one in at.trainer.ref_model.state_dict().items()}
    at.trainer.train()
    kept, moved = at.trainer.ref_model.state_dict(), at.trainer.model.state_dict()
    assert all(torch.equal(start[name], kept[name]) for name in start)
    assert not all(torch.equal(start[name], moved[name]) for name in start)
