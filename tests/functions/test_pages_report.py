"""The run's report: figures as measured or absent, a curve that survives odd losses."""

import math
import re
from datetime import UTC, datetime, timedelta

import pytest

from functions.on_job_done.curve import POINTS, curve
from functions.on_job_done.report import report
from schemas import names
from schemas.layers import Layer, resolve
from schemas.orders import BasePin, Counts, Dataset, TrainOrder
from schemas.recipe import EvaluationOptions
from schemas.results import ExportResult, TrainResult
from schemas.runs import RunRecord
from schemas.scores import Answer, Score
from schemas.sources import Source

RUN = "a81f03c9be7712d4"
NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
BASE = BasePin(name="tiny", where="folder", location="tiny", revision="9b1c")
DATASET = Dataset(
    id="3f9a1c0b7d2e4a55",
    source="a.csv",
    made_of=Source(name="a.csv"),
    kind="conversation",
    why="",
    columns={},
    attempt="t1",
    counts=Counts(read=100, kept=100, train=80, test=20),
    train=(),
    test=(),
    card="card.md",
    page="card.html",
)
ANSWERS = (
    Answer(
        question="Q1 <script>",
        expected="yes | no",
        before="no",
        after="yes | no",
        right_before=False,
        right_after=True,
        line=2,
    ),
    Answer(
        question="Q2",
        expected="yes",
        before="",
        after="```\n# no",
        right_before=False,
        right_after=False,
        line=3,
    ),
)


def both(losses=((1, 4.0), (2, 2.0), (3, 1.0)), exported=None, gguf=None, **changes):
    layer = Layer(source="jinko.yaml", place="jinko.yaml", values={"training.learning_rate": "0.01"})
    evaluation = EvaluationOptions()
    order = TrainOrder(
        run_id=RUN,
        base=BASE,
        dataset=DATASET,
        evaluation=evaluation,
        drop_name="a.csv",
        settings=resolve([layer]),
    )
    run = RunRecord(
        id=RUN,
        state="running",
        created=NOON,
        drop_id="d1",
        dataset_id=DATASET.id,
        fingerprint="f",
        base=BASE,
        started=NOON,
        ended=NOON + timedelta(seconds=72),
    )
    plain = {
        "run_id": RUN,
        "attempt": 2,
        "adapter": names.weights(RUN, "train", 2, "adapter"),
        "before": Score(rows=20, exact_match=0.0, loss=4.2, token_accuracy=0.2),
        "after": Score(rows=20, exact_match=0.95, loss=0.03, token_accuracy=0.9999),
        "answers": ANSWERS,
        "effective": {"device": "cpu"},
        "steps": 3,
        "seconds": 47,
    }
    return report(run, order, TrainResult.model_validate(plain | changes), exported, losses, gguf)


def test_the_report_is_the_same_twice():
    assert both() == both()


@pytest.mark.parametrize("page", both(), ids=["markdown", "html"])
def test_the_report_says_the_result_the_settings_the_places_and_the_times(page):
    for told in (
        "19 of 20 held-out answers are right (before: 0).",
        "99.9%",
        "training.learning_rate",
        "jinko.yaml",
        "chosen on the machine",
        f"runs/{RUN}/train/2/adapter/",
        "1 minute 12 seconds",
        "never trained on",
        "word for word",
    ):
        assert told in page


def test_figures_that_were_not_measured_are_not_on_the_page():
    for page in both(before=None, after=None, answers=()):
        assert "Before and after" not in page
        assert "What the figures mean" not in page
        assert ">0%<" not in page
        assert "(0%)" not in page
    for page in both(before=None, after=Score(rows=20, loss=0.5)):
        assert "Loss (lower is better)" in page
        assert "Right answers</th>" not in page
        assert "| Right answers |" not in page


def test_right_and_wrong_answers_are_marked():
    markdown, html = both()
    assert "`a.csv:2`: before ✗ not the same, after ✓ right" in markdown
    assert "`a.csv:3`: before ✗ not the same, after ✗ not the same" in markdown
    assert html.count('class="miss"') == 3
    assert html.count('class="hit"') == 1
    assert "(said nothing)" in html


def test_answers_break_neither_page():
    markdown, html = both()
    assert "<script" not in html
    assert "\n# no" not in markdown
    assert not re.search(r"src=|href=|url\(|@import|https?:", html)


def test_the_export_is_told_where_there_is_one():
    made = ExportResult(run_id=RUN, attempt=1, merged=names.weights(RUN, "export", 1, "merged"))
    for page in both(exported=made):
        assert f"runs/{RUN}/export/1/merged/" in page
        assert "exactly as the trained model did" not in page  # nothing was compared
    assert all("merged/" not in page for page in both())


@pytest.mark.parametrize("losses", [[], [(1, 2.0)], [(1, 2.0), (1, 1.0)], [(1, math.nan), (2, 1.0)]], ids=str)
def test_too_few_losses_draw_no_curve(losses):
    assert all("How it learned" not in page for page in both(losses))


@pytest.mark.parametrize(
    "losses",
    [
        [(1, 0.0), (2, 0.0)],
        [(1, 4.0), (2, math.inf), (3, 2.0)],
        [(1, 1e-9), (2, 2e-9)],
        [(1, 5e6), (1_000_000, 1.0)],
        [(step, 4 / step) for step in range(1, 5001)],
    ],
    ids=["zero", "infinite", "tiny", "huge", "many"],
)
def test_a_curve_stays_in_its_box_and_is_short_enough(losses):
    html = both(losses)[1]
    drawn = re.search(r'points="([^"]+)"', html)
    assert drawn
    points = [tuple(map(float, point.split(","))) for point in drawn[1].split()]
    assert 2 <= len(points) <= POINTS
    assert all(0 <= x <= 1000 and 0 <= y <= 1000 for x, y in points)
    assert points[0][0] == 0
    assert points[-1][0] == 1000


def test_the_first_rows_show_what_of_them_is_learned():
    row = {
        "line": 2,
        "stretches": [
            {"text": "<|user|>\nHi <b>\n", "learned": False},
            {"text": "Yes *now*<|end|>", "learned": True},
        ],
    }
    markdown, html = both(preview=[row])
    assert "<mark>Yes *now*&lt;|end|&gt;</mark>" in html
    assert "&lt;|user|&gt;\nHi &lt;b&gt;\n<mark>" in html
    assert "`a.csv:2`:" in markdown
    assert "```text\n<|user|>\nHi <b>\n⟦Yes *now*<|end|>⟧\n```" in markdown
    assert all("What of a row is learned" not in page for page in both())


@pytest.mark.parametrize(
    "losses", [[(1, -0.1), (2, -0.2)], [(1, 0.0), (2, 0.0)], [(1, -3.0), (2, 5.0)]], ids=str
)
def test_losses_of_reinforcement_may_lie_below_nothing(losses):
    drawn = curve(losses, "grpo")
    heights = [float(point.split(",")[1]) for point in drawn.points.split()]
    assert all(0 <= one <= 1000 for one in heights)
    assert drawn.name == "Mark"
    assert all("How it learned" in page for page in both(losses))
