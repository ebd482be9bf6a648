"""What each method measured, in a clause and in figures: as it was measured, and nothing that was not."""

import pytest

from functions.figures import figures, outcome
from schemas.scores import Score

BEFORE, AFTER = {"rows": 50, "loss": 3.0}, {"rows": 50, "loss": 0.5}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"exact_match": 0.0}, {"exact_match": 0.96}, "48 of 50 held-out answers are right (before: 0)"),
        (
            {"preferred": 0.5, "margin": -0.1},
            {"preferred": 0.9, "margin": 2.0},
            "the model is ready; it prefers the better of 50 held-out pairs in 90% (before: 50%)",
        ),
        (
            {"reward": 0.2},
            {"reward": 0.8},
            "the model is ready; its answers to 50 held-out rows are graded 0.8 on average (before: 0.2)",
        ),
        (
            {"margin": -0.5},
            {"margin": 1.25},
            "the model is ready; good answers of 50 held-out rows lead bad ones by 1.2 a word piece "
            "(before: -0.5)",
        ),
        ({}, {}, "the model is ready; its loss on 50 held-out rows is now 0.5 (before: 3)"),
    ],
)
def test_the_outcome_is_told_in_the_methods_own_measure(before, after, told):
    assert outcome(Score(**BEFORE | before), Score(**AFTER | after)) == told


def test_what_was_not_measured_is_not_told():
    assert outcome(None, None) == "the model is ready; how well it answers was not measured"
    assert outcome(None, Score(rows=3)) == outcome(None, None)
    assert figures(None, Score(rows=3)) == []
    names = [figure.name for figure in figures(None, Score(rows=3, reward=0.5, loss=1.0))]
    assert names[:2] == ["Grade of its own answers", "Loss (lower is better)"]
