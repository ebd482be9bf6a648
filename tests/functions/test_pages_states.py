"""The status page in every state of a run: what happens now, how long, what to type; each thing told once."""

from datetime import timedelta

import pytest

from functions import status
from functions.status import Story
from schemas import names
from schemas.errors import Fault
from schemas.runs import Progress
from tests.functions.test_pages_status import (
    DATASET,
    EMPTY,
    NOON,
    RUN,
    a_dataset,
    a_drop,
    a_run,
    a_success,
    a_training,
    alone,
    started,
)


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (alone(a_drop()), "You need do nothing"),
        (alone(a_drop(waiting="The Hub did not answer.")), "It is tried again by itself"),
        (started(a_run(state="asked")), f"type `jinko approve {RUN}`, or drop a file named `approve/{RUN}`"),
        (started(a_run(state="asked")), "lapses 2026-10-21 12:00 UTC"),
        (
            started(a_run(state="waiting"))._replace(position=2),
            f"`jinko cancel {RUN}` takes it out of the line",
        ),
        (started(a_run(state="submitted")), "at once if a machine is free"),
        (started(a_run(attempt=2)), "This is attempt 2 at the training"),
        (started(a_run()), f"`jinko cancel {RUN}` stops it"),
        (started(a_run(state="failed", attempt=4)), f"`jinko retry {RUN}`"),
        (
            started(a_run(state="cancelled", counted_from=NOON)),
            f"`jinko retry {RUN}` begins the training anew",
        ),
        (
            started(a_run(state="cancelled", stage="export"), None, a_training()),
            "goes on from the trained weights",
        ),
        (started(a_run(state="lapsed")), f"`jinko retry {RUN}` starts it"),
        (started(a_run(state="deleted")), "To train anew, drop the file again"),
    ],
)
def test_every_state_says_what_happens_now_or_what_to_type(story, words):
    page = status.render([story])
    assert words in page
    assert page.count("**What") == 2  # what happened, and one of: what happens now, what to do


def test_faults_that_differ_in_line_and_numbers_are_told_once_and_a_full_list_as_perhaps_more():
    many = tuple(
        Fault(place=f"poems.csv:{n}", finding=f"The row is {n + 60} tokens long.", next_step="Shorten it.")
        for n in range(2, 22)
    )
    page = status.render([started(a_run(state="failed", faults=(*many[:3], EMPTY)))])
    assert "## Training failed: The row is 62 tokens long, and 1 more" in page
    assert "- `poems.csv:2` (3 times; also in lines 3, 4): The row is 62 tokens long." in page
    assert "there may be more" not in page
    assert "there may be more" in status.render([started(a_run(state="failed", faults=many))])


def test_the_log_of_a_lost_job_stands_below_its_sentence_line_by_line():
    log = 'File "x.py", line 3, in <module>\nRuntimeError: ```'
    lost = EMPTY.model_copy(update={"finding": f"The job's process died.\n{log}"})
    page = status.render([started(a_run(state="failed", faults=(lost,)))])
    assert "## Training failed: The job's process died.\n" in page
    assert '  ````text\n  File "x.py", line 3, in <module>\n  RuntimeError: ```\n  ````\n' in page


def test_what_an_attempt_before_this_one_told_is_not_told_of_this_one():
    early = Progress(id=RUN, stage="train", phase="training", step=150, steps=160, told=NOON)
    page = status.render([started(a_run(attempt=2, counted_from=NOON + timedelta(minutes=1)), early)])
    assert "150" not in page


def test_the_same_run_is_told_once_on_a_page_that_it_answers_twice():
    again = a_success()._replace(
        drop=a_drop(id="d2", created=NOON + timedelta(1), state="started", dataset_id=DATASET, run_id=RUN)
    )
    page = status.render([a_success(), again])
    assert page.count("### How well it answers") == 1
    assert page.index("### How well it answers") < page.index("the run told above")


def test_a_drop_that_asks_something_of_a_run_says_only_that():
    drop = a_drop(name=f"cancel/{RUN}", state="started", run_id=RUN)
    page = status.render([Story(drop, a_dataset(), a_run(state="cancelled"))])
    assert f"## A wish to stop run {RUN}, which stands so: cancelled: somebody stopped this run" in page
    assert "the page of the file that it learns from, `poems.csv`." in page
    assert "nothing is trained twice" not in page


def test_held_out_rows_that_could_not_be_asked_are_told():
    page = status.render([a_success(left_out=(EMPTY,))])
    assert "### Held-out rows that could not be asked\n\n- `poems.csv:14` (7 times)" in page


def test_in_a_bucket_the_page_says_how_to_fetch_the_model_before_it_is_asked():
    here, there = status.render([a_success()]), status.render([a_success()], "acme-jinko-outbox")

    assert "gcloud" not in here
    assert f"gcloud storage cp --recursive gs://acme-jinko-outbox/runs/{RUN}/export/1/merged ." in there
    assert 'pipeline("text-generation", "merged")' in there
    assert "outbox's folder" not in there


def test_the_page_of_a_request_by_message_speaks_of_no_file():
    name = names.requested("gentle-1")
    asked = a_drop(name=name, size=0, state="refused", faults=(EMPTY,), dataset_id=DATASET)
    page = status.render([alone(asked)])

    assert "What became of this request." in page
    assert "The request arrived." in page
    assert "ask again under another request_id" in page.replace("`", "").replace("\\", "")
    assert "file again" not in page
    assert " bytes" not in page
    assert "of this file" in status.render([alone(a_drop(name=name, generation=1764052000000000))])
