"""What pages say of a training under way, and of one that ended before its last step."""

from functions import status
from schemas.runs import Progress
from schemas.scores import Check, Glimpse
from tests.functions.test_pages_report import both
from tests.functions.test_pages_status import NOON, RUN, a_run, a_training, started

CHECKS = (
    Check(step=20, figure="loss", value=0.5),
    Check(step=40, figure="loss", value=0.412),
    Check(step=60, figure="loss", value=None),
)
GLIMPSES = tuple(
    Glimpse(step=step, question="Who wrote | it?", expected="Goethe", answer=answer, line=7)
    for step, answer in ((20, ""), (60, "# Schiller"))
)
SAID = "Training stopped after 60 of 160 steps: the loss on held-out rows had been best at step 40."


def test_a_training_tells_its_speed_its_held_out_figure_and_what_it_answers_by_now():
    told = Progress(
        id=RUN,
        stage="train",
        phase="training",
        step=61,
        steps=160,
        seconds_left=95,
        tokens_per_second=2104.6,
        check=CHECKS[0],
        best=CHECKS[1],
        glimpses=GLIMPSES[1:],
        told=NOON,
    )
    page = status.render([started(a_run(), told)])
    assert "It reads 2,105 word pieces a second." in page
    best = "loss on held-out rows 0.412 at step 40"
    assert f"Measured on the way: loss on held-out rows 0.5 at step 20; the best until now: {best}." in page
    assert "### What it answers by now" in page
    assert "asked after 60 steps" in page
    assert "question   Who wrote | it?\nshould be  Goethe\nnow        # Schiller\n" in page


def test_what_was_measured_on_the_way_is_in_the_report_with_the_step_that_is_kept():
    markdown, html = both(steps=60, kept_step=40, checks=CHECKS, glimpses=GLIMPSES, cut_short=SAID)
    assert f"{SAID}\n" in markdown
    assert (
        "| after step | loss on held-out rows |\n| --- | --- |\n| 20 | 0.5 |\n| 40, kept | 0.412 |"
        in markdown
    )
    assert "| 60 | no number |" in markdown
    assert "step 20    (said nothing)\nstep 60    # Schiller\n" in markdown
    assert SAID in html
    assert '<th>40, kept</th><td class="figure">0.412</td>' in html
    assert '<tr><th>step 60</th><td><span dir="auto"># Schiller</span></td></tr>' in html


def test_a_training_that_was_cut_short_says_so_where_it_is_done():
    page = status.render([started(a_run(state="succeeded"), None, a_training(cut_short=SAID))])
    assert SAID in page
    assert "max_cost_usd" not in page
