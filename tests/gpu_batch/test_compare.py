"""Before and after in words and numbers that a person can read: better, worse, an interval, the wording."""

import pytest

from gpu_batch.asked import choose, compare, everyday, is_right, likeness, side_by_side, wording
from gpu_batch.evaluate import Measured
from gpu_batch.text import ChatText
from schemas.results import TrainResult
from schemas.scores import Answer, Score
from tests.gpu_batch.papers import TINY, turn

LONG = "Dear customer, we are very sorry about the broken washing machine and will call you on Monday."


def answer(before, after, line=1, **like):
    return Answer(
        question="?",
        expected="yes",
        before="",
        after="",
        right_before=before,
        right_after=after,
        line=line,
        **like,
    )


def test_rows_that_became_right_and_wrong_are_counted_and_said_with_an_interval():
    rows = [answer(False, True)] * 41 + [answer(True, False)] * 2 + [answer(True, True)] * 7
    told = compare(rows)
    assert (told.better, told.worse, told.rows, told.measure) == (41, 2, 50, "exact answers")
    assert (told.before, told.after) == (0.18, 0.96)
    assert told.low < told.after - told.before < told.high
    assert (told.low, told.high) == (pytest.approx(0.64, abs=0.05), pytest.approx(0.9, abs=0.05))
    assert told.sentence.startswith("Better on 41 of 50, worse on 2. Exactly right: 18% before, 96% after")
    assert "95 % interval: +0." in told.sentence


def test_the_same_answers_give_the_same_interval_and_no_change_gives_none_but_zero():
    rows = [answer(number % 3 == 0, number % 2 == 0) for number in range(30)]
    assert compare(rows) == compare(rows)
    same = compare([answer(True, True)] * 10)
    assert (same.better, same.worse, same.low, same.high) == (0, 0, 0, 0)


def test_of_a_few_rows_no_interval_is_told_and_of_none_nothing():
    assert "interval" not in compare([answer(False, True)] * 4).sentence
    assert compare([]) is None


def test_long_answers_are_compared_by_their_wording():
    rows = [answer(False, False, like_before=0.2, like_after=0.9)] * 6 + [
        answer(False, False, like_before=0.5, like_after=0.505),
        answer(False, False, like_before=0.8, like_after=0.3),
    ]
    told = compare(rows)
    assert (told.measure, told.better, told.worse, told.rows) == ("wording", 6, 1, 8)
    assert told.sentence.startswith("Better on 6 of 8, worse on 1. Wording as wanted: 31% before, 78% after")


def test_wording_is_measured_where_wanted_answers_are_long_and_absent_where_they_are_short(gemma):
    chat = ChatText.from_folder(gemma)
    short, long = (choose(chat, [turn("Hi?", text)] * 3, None, "a.csv")[0] for text in ("Good.", LONG))
    assert wording(short, ["Good."] * 3) is None
    assert wording(long, [LONG] * 3) == pytest.approx(1)
    assert 0 < wording(long, ["Dear customer, goodbye."] * 3) < 0.5
    assert likeness(LONG, "") == 0
    beside = side_by_side(long, Measured(None, [""] * 3, [False] * 3), Measured(None, [LONG] * 3, [True] * 3))
    assert [(one.like_before, one.like_after) for one in beside] == [(0, pytest.approx(1))] * 3
    assert compare(beside).better == 3
    assert is_right(chat, turn("Hi?", LONG), LONG)


def test_perplexity_follows_from_the_loss_and_is_absent_without_one():
    assert Score(rows=1, loss=0.0).perplexity == 1
    assert Score(rows=1, loss=2.0).perplexity == pytest.approx(7.389, abs=1e-3)
    assert Score(rows=1).perplexity is None
    assert Score(rows=1, loss=400.0).perplexity is None


def test_a_model_that_forgot_general_language_is_told_with_both_figures():
    def trained(before, after):
        scores = (Score(rows=1, general_loss=loss) for loss in (before, after))
        return TrainResult(run_id="r", attempt=1, **dict(zip(("before", "after"), scores, strict=True)))

    assert trained(3.0, 3.4).forgot is None
    assert trained(3.0, 2.0).forgot is None
    assert trained(None, 9.0).forgot is None
    assert "rose from 3.00 to 4.50" in trained(3.0, 4.5).forgot


def test_the_fixed_text_is_short_prose_that_any_model_can_read():
    passages = everyday()
    assert len(passages) == 6
    chat = ChatText.from_folder(TINY)
    assert max(len(chat.encode(one)[0]) for one in passages) < 512
    assert all(one.isascii() and "  " not in one for one in passages)
