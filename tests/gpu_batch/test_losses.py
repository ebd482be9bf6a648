"""When a training is said to have come apart, by its losses alone."""

import math

import pytest

from gpu_batch.losses import Losses


def told(losses, rows_a_step=8, rises=True):
    """What was said first, and after how many losses."""
    one = Losses(rows_a_step, rises)
    return next(((step, said) for step, loss in enumerate(losses, 1) if (said := one.add(step, loss))), None)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_told_at_once_by_any_method(loss):
    for rises in (True, False):
        said = told([1.0, loss, 1.0], rises=rises)
        assert said == (2, "After 2 steps the loss is no number any more: training came apart.")


def test_a_loss_three_times_what_it_was_is_told_within_a_few_steps():
    step, said = told([2.5, 2.0, 1.5, 1.2, 1.1, 1.0, 1.0, 1.0, 6.0, 8.0, 9.0, 9.0])
    assert step == 10
    assert said == (
        "After 10 steps the loss was 5, more than three times the 1.06 that it had been: training came apart."
    )


def test_a_training_that_comes_apart_in_its_first_steps_is_told_as_well():
    """Its best five steps are bad already; before training the loss was less."""
    one, losses = Losses(8, before=3.8), [4.6, 145.0, 18.6, 16.1, 31.8]
    said = [one.add(step, loss) for step, loss in enumerate(losses, 1)]
    assert said[:4] == [None] * 4
    assert said[4] is not None
    assert "more than three times the 4.6 that it had been" in said[4]
    easy = Losses(8, before=0.2)
    assert [easy.add(step, loss) for step, loss in enumerate([2.5, 2.6, 2.4, 2.5, 2.5], 1)] == [None] * 5


@pytest.mark.parametrize(
    "losses",
    [
        [2.0, 1.0, 0.5, 0.3, 0.2, 0.2, 0.2, 0.9, 0.2, 0.2, 0.2],  # one hard batch
        [0.1, 0.05, 0.02, 0.01, 0.01, 0.01, 0.1, 0.2, 0.3, 0.3, 0.3],  # of nearly nothing, thirty times
        [7.5, 12.0, 15.0, 14.0, 12.0, 11.0, 10.0, 9.0, 8.0],  # a rough start
        [-0.5, -0.8, -0.9, -0.9, -0.9, 0.5, 0.6, 0.9, 0.4],
    ],
)
def test_losses_as_they_come_and_go_are_none(losses):
    assert told(losses) is None


def test_steps_of_single_rows_are_judged_by_as_many_rows():
    losses = [0.2, 3.0, 0.1, 0.3, 0.2, 0.1, 4.0, 3.5, 4.0, 0.3] * 20
    assert told(losses, rows_a_step=1) is None
    assert told(losses + [9.0] * 40, rows_a_step=1) is not None


def test_grades_make_losses_whose_rise_means_nothing():
    assert told([0.1] * 10 + [5.0] * 10, rises=False) is None
