"""The status page as it reads: pure, plain, newest on top, nothing there that is not known."""

from datetime import UTC, datetime, timedelta

import pytest

from functions import status
from functions.status import Story
from schemas import names
from schemas.errors import Fault
from schemas.orders import BasePin, Counts, Dataset
from schemas.records import DropRecord
from schemas.results import ExportResult, TrainResult
from schemas.runs import Progress, RunRecord
from schemas.scores import Answer, Score

DATASET, RUN = "3f9a1c0b7d2e4a55", "a81f03c9be7712d4"
NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
EMPTY = Fault(place="poems.csv:14", finding="Column 'reply' is empty.", next_step="Fill it.", count=7)
BASE = BasePin(name="tiny", where="folder", location="tiny", revision="9b1c")


def a_drop(**changes):
    plain = {"id": "d1", "created": NOON, "bucket": "inbox", "name": "poems.csv", "generation": 1}
    return DropRecord.model_validate(plain | {"size": 124_518, "md5": None} | changes)


def a_dataset(**changes):
    plain = {"id": DATASET, "source": "poems.csv", "made_of": {"name": "poems.csv"}, "kind": "conversation"}
    counts = Counts(read=1000, kept=993, dropped=7, train=800, test=193)
    paper = {"why": "`q` asks, `a` answers.", "columns": {"question": "q"}, "attempt": "t1", "counts": counts}
    files = {"faults": (EMPTY,), "train": (), "test": (), "card": "c.md", "page": "c.html"}
    return Dataset.model_validate(plain | paper | files | changes)


def a_run(**changes):
    plain = {"id": RUN, "drop_id": "d1", "dataset_id": DATASET, "fingerprint": "f", "base": BASE}
    return RunRecord.model_validate(plain | {"created": NOON, "state": "running"} | changes)


def a_training(**changes):
    scores = {"before": Score(rows=50, exact_match=0.0), "after": Score(rows=50, exact_match=0.96, loss=0.03)}
    plain = {"run_id": RUN, "attempt": 1, "adapter": names.weights(RUN, "train", 1, "adapter")}
    return TrainResult.model_validate(plain | scores | {"steps": 160, "seconds": 47} | changes)


def an_export(**changes):
    plain = {"run_id": RUN, "attempt": 1, "merged": names.weights(RUN, "export", 1, "merged")}
    return ExportResult.model_validate(plain | {"compared": 5, "same": 5} | changes)


def started(run, progress=None, trained=None, exported=None):
    drop = a_drop(state="started", dataset_id=DATASET, run_id=RUN)
    return Story(drop, a_dataset(), run, progress, trained, exported)


def a_success(**changes):
    run = a_run(
        state="succeeded", stage="export", kept={"train": 1, "export": 1}, ended=NOON + timedelta(minutes=2)
    )
    return started(run, None, a_training(**changes), an_export())


def alone(drop):
    return Story(drop, None, None, None, None, None)


def test_the_same_story_is_the_same_page():
    assert status.render([a_success()]) == status.render([a_success()])


def test_a_success_says_how_well_it_answers_where_the_model_is_and_how_to_ask_it():
    page = status.render([a_success()])
    assert "## Done: 48 of 50 held-out answers are right (before: 0)" in page
    assert "| Right answers | 0 of 50 (0%) | 48 of 50 (96%) |" in page
    assert f"`runs/{RUN}/export/1/merged/`: the trained model" in page
    assert f'pipeline("text-generation", "runs/{RUN}/export/1/merged")' in page
    assert f"`runs/{RUN}/report.html`" in page


def test_a_model_that_became_no_better_is_not_praised():
    page = status.render(
        [a_success(before=Score(rows=50, exact_match=0.5), after=Score(rows=50, exact_match=0.4))]
    )
    assert "## Done: 20 of 50 held-out answers are right, no more than before training (before: 25)" in page


def test_what_was_not_measured_is_not_on_the_page_and_never_zero():
    page = status.render([a_success(before=None, after=None)])
    assert "how well it answers was not measured" in page
    assert "Right answers" not in page
    assert "How well it answers" not in page
    page = status.render([a_success(before=None, after=Score(rows=50, loss=0.5))])
    assert "its loss on 50 held-out rows is now 0.5\n" in page
    assert "| Loss (lower is better) | – | 0.5 |" in page
    assert "Right" not in page


def test_a_refused_drop_shows_place_finding_and_next_step():
    page = status.render([alone(a_drop(state="refused", faults=(EMPTY,)))])
    assert "## Refused: Column 'reply' is empty." in page
    assert "- `poems.csv:14` (7 times): Column 'reply' is empty.\\\n" in page
    assert "**Next step:** Fill it." in page
    assert "Nothing was trained" in page


def test_several_faults_are_all_told_and_the_heading_counts_them():
    other = EMPTY.model_copy(update={"place": "poems.csv:20", "finding": "No answer."})
    page = status.render([alone(a_drop(state="refused", faults=(EMPTY, other)))])
    assert "## Refused: Column 'reply' is empty, and 1 more" in page
    assert "`poems.csv:20`" in page


def test_a_run_that_the_job_refused_tells_the_jobs_reasons():
    story = started(
        a_run(state="failed"), None, a_training(adapter=None, faults=(EMPTY,), before=None, after=None)
    )
    page = status.render([story])
    assert "## Training failed: Column 'reply' is empty." in page


def test_a_failed_export_says_that_the_adapter_is_kept_and_where():
    run = a_run(
        state="failed",
        stage="export",
        kept={"train": 1},
        faults=(EMPTY.model_copy(update={"finding": "Full."}),),
    )
    page = status.render([started(run, None, a_training())])
    assert "## Trained; the export failed: Full." in page
    assert f"`runs/{RUN}/train/1/adapter/`: the adapter alone" in page
    assert "merged" not in page


def test_rows_left_out_are_told_even_when_the_run_later_fails():
    for state in ("ordered", "running", "failed", "cancelled"):
        page = status.render([started(a_run(state=state))])
        assert "### Rows left out" in page
        assert "`poems.csv:14` (7 times)" in page


def test_a_running_job_says_how_far_it_is_but_not_in_another_stages_words():
    told = Progress(id=RUN, stage="train", phase="training", step=40, steps=160, seconds_left=95, told=NOON)
    page = status.render([started(a_run(), told)])
    assert "## Training: step 40 of 160, about 2 minutes left" in page
    page = status.render([started(a_run(stage="export", kept={"train": 1}), told, a_training())])
    assert "## Exporting the trained model" in page
    assert "step 40" not in page


@pytest.mark.parametrize(
    ("story", "heading"),
    [
        (alone(a_drop()), "## Reading the file"),
        (alone(a_drop(waiting="The Hub did not answer.")), "## Waiting: The Hub did not answer."),
        (
            Story(a_drop(state="prepared", dataset_id=DATASET), a_dataset(), None, None, None, None),
            "## Read: 993 rows are ready, training is being prepared",
        ),
        (
            started(a_run(state="ordered", attempt=2)),
            "## Starting the training",
        ),
        (started(a_run(state="submitted")), "## Starting the training as soon as a machine is free\n"),
        (
            started(a_run(state="waiting", attempt=2))._replace(position=3),
            "after 2 other runs that wait (attempt 2)",
        ),
        (
            started(a_run(state="waiting"))._replace(position=1),
            "training starts when another run has ended\n",
        ),
        (started(a_run(attempt=2)), "## Training (attempt 2)\n"),
        (started(a_run(state="asked")), "## Waiting for your yes\n"),
        (started(a_run(state="lapsed")), "## Lapsed: nobody said yes to this run for 7 days\n"),
        (started(a_run(state="deleted")), "## Deleted: this run's files were removed\n"),
        (started(a_run(state="cancelled")), "## Cancelled: somebody stopped this run"),
    ],
)
def test_every_state_has_a_verdict_in_plain_words(story, heading):
    assert heading in status.render([story])


def test_the_newest_drop_is_on_top_in_whatever_order_they_come():
    old = alone(a_drop(id="d0", created=NOON - timedelta(days=1), state="refused", faults=(EMPTY,)))
    page = status.render([old, a_success()])
    assert page.index("## Done") < page.index("## Refused")
    assert page == status.render([a_success(), old])


def test_of_many_drops_the_earlier_ones_get_a_line_each():
    drops = [
        alone(a_drop(id=f"d{i:02}", created=NOON - timedelta(days=i), state="refused")) for i in range(12)
    ]
    page = status.render(drops)
    assert page.count("## Refused") == status.TOLD_IN_FULL
    assert "## Earlier drops\n\n- 2026-10-04 12:00 UTC: refused\n- 2026-10-03 12:00 UTC: refused\n" in page


def test_a_drop_that_an_earlier_run_answers_says_so():
    story = a_success()._replace(drop=a_drop(id="d2", state="started", dataset_id=DATASET, run_id=RUN))
    assert "nothing is trained twice" in status.render([story])
    assert "nothing is trained twice" not in status.render([a_success()])


def test_answers_stand_below_one_another_and_cannot_break_the_page():
    odd = Answer(
        question="<script>",
        expected="```\n## a | b",
        before="",
        after="# x",
        right_before=False,
        right_after=False,
        line=3,
    )
    page = status.render([a_success(answers=(odd,) * 5)])
    assert page.count("question   <script>") == status.ANSWERS
    assert (
        "````text\nquestion   <script>\nshould be  ```\n           ## a | b\nbefore     (said nothing)"
        in page
    )
