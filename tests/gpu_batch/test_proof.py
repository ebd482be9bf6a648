"""The verdict on what was made: let through, or refused with figures and what to do. No model is loaded."""

import math

import pytest

from gpu_batch import proof
from gpu_batch.text import ChatText
from schemas.exports import ProofOptions
from schemas.scores import Proof, Reply

GOOD = {
    "prompts": 5,
    "tokens": 5,
    "choices": 200,
    "alike": 190,
    "compared": 8,
    "same": 3,
    "stopped": 8,
    "loss": 0.3,
    "loss_beside": 0.25,
}


def verdict(must_stop=True, allowed=None, format="q4_k_m", beside="f16", **changes):
    made = Proof(format=format, beside=beside, **GOOD | changes)
    return proof.verdict(made, allowed or ProofOptions(), must_stop)


def test_what_differs_no_more_than_is_allowed_is_let_through_however_many_whole_answers_differ():
    assert verdict() == []
    assert verdict(same=0) == []
    assert (
        verdict(loss=None, loss_beside=None, choices=0, alike=0, compared=0, stopped=0, must_stop=False) == []
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tokens": 4}, "It reads 1 of 5 prompts as other tokens"),
        ({"stopped": 0}, "None of its 8 answers ends"),
        ({"alike": 179}, "choose 10.5% of the tokens otherwise than the f16 file did (179 of 200 are alike)"),
        ({"loss": 0.36}, "is 0.360, that of the f16 file 0.250; proof.loss allows 0.1 more"),
        ({"loss": math.nan}, "Its loss on wanted answers is nan"),
        ({"loss": math.inf}, "Its loss on wanted answers is inf"),
    ],
)
def test_each_difference_is_told_with_its_figures(changes, told):
    (fault,) = verdict(**changes)
    assert told in fault.finding
    assert fault.place == "export: q4_k_m"
    assert fault.next_step.startswith("The trained weights are safe.")


def test_a_person_may_allow_more_or_less():
    assert verdict(alike=150, allowed=ProofOptions(threshold=0.25)) == []
    assert verdict(loss=1.0, allowed=ProofOptions(loss=1)) == []
    assert len(verdict(allowed=ProofOptions(threshold=0, loss=0))) == 2


def test_the_next_step_fits_what_was_made_of_what():
    (merged,) = verdict(alike=0, format="merged", beside="adapter")
    assert "export: adapter" in merged.next_step
    (whole,) = verdict(alike=0, format="merged", beside="training")
    assert "Drop the file again" in whole.next_step


def test_an_answer_stopped_only_if_nothing_follows_its_end(gemma):
    chat = ChatText.from_folder(gemma)
    end, word = min(chat.stop_ids), chat.encode("a")[0]
    assert proof.stopped(chat, [*word, end])
    assert not proof.stopped(chat, word)
    assert not proof.stopped(chat, [*word, end, end])
    assert not proof.stopped(chat, [])
    question = proof.Question(7, (), [1], None)
    assert proof.reply(question, chat, [*word, end]) == Reply(line=7, text="a", ended=True)
    assert proof.tokens_of(Reply(line=7, text="a", ended=True), chat, end) == [*word, end]
    assert proof.tokens_of(Reply(line=7, text="a", ended=False), chat, end) == word


def test_a_text_may_begin_once_and_not_twice(gemma):
    chat = ChatText.from_folder(gemma)
    once, twice = (
        proof.Question(1, (), [chat.bos_id] * times + chat.encode("Hello")[0], None) for times in (1, 2)
    )
    assert proof.same_tokens(chat, [once], [once.prompt]) == 1
    assert proof.same_tokens(chat, [once], [twice.prompt]) == 0
    assert proof.same_tokens(chat, [twice], [twice.prompt]) == 0
