"""Attempts that end early, killed or asked to stop, in real processes; and the attempts that follow them."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from gpu_batch.__main__ import EXIT_STOPPED, run_job
from infra import ground
from infra.settings import Settings, process_environment
from schemas import names
from tests.gpu_batch.papers import RUN, dataset, metrics_of, result_of, tickets, train_order

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

STEPS, ENOUGH = 30, 3
KILLED, STOPPED, WHOLE, AGAIN = 1, 2, 3, 4  # attempts
TRAINING = {"max_steps": STEPS, "batch_size": 2, "lora_rank": 4, "learning_rate": 1e-2}
# `python -m gpu_batch` twice, as two processes; torch is imported once for both, which takes seconds.
TWO_JOBS = f"""
import os, pathlib, runpy, sys, tempfile
import gpu_batch.train
input()
child = os.fork()
if child:
    print(child, flush=True)
attempt = "{STOPPED}" if child else "{KILLED}"
tempfile.tempdir = sys.argv[1] + attempt
sys.argv = ["gpu_batch", "--run", "{RUN}", "--stage", "train", "--attempt", attempt]
sys.stdout = open(os.devnull, "w")
runpy.run_module("gpu_batch", run_name="__main__", alter_sys=True)
"""


def steps_in(scratch):
    """The whole lines of the metrics that an attempt has written on its own machine."""
    lines = [text for path in scratch.glob("jinko-*/metrics.jsonl") for text in path.open()]
    return [json.loads(text) for text in lines if text.endswith("\n")]


def midway(process, scratch):
    end = time.monotonic() + 60
    while len(steps_in(scratch)) < ENOUGH:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "it never trained"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Two attempts that were ended in the middle of training: one killed, one asked to stop."""
    folder = tmp_path_factory.mktemp("attempts")
    killed, stopped = (folder / f"attempt-{number}" for number in (KILLED, STOPPED))
    killed.mkdir()
    stopped.mkdir()
    home = Settings(home=folder / "home")
    on = ground.cloud(home)
    train_order(on, dataset(on, tickets(0, 60), [], folder), training=TRAINING)
    jobs = subprocess.Popen(
        [sys.executable, "-c", TWO_JOBS, str(folder / "attempt-")],
        env=process_environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    import gpu_batch.train  # noqa: F401 (meanwhile: the tests below need it in this process)

    print(file=jobs.stdin, flush=True)
    other = int(jobs.stdout.readline())
    midway(jobs, killed)
    os.kill(other, signal.SIGKILL)
    midway(jobs, stopped)
    asked = time.monotonic()
    jobs.send_signal(signal.SIGTERM)
    jobs.send_signal(signal.SIGTERM)  # whoever waits asks again, and again
    words = jobs.communicate(timeout=30)[1]
    seconds = time.monotonic() - asked
    return SimpleNamespace(
        on=on, killed=killed, stopped=stopped, code=jobs.returncode, words=words, seconds=seconds
    )


def test_a_job_that_is_asked_to_stop_ends_promptly_in_words_and_tidies_up(ended):
    assert ended.code == EXIT_STOPPED == 143
    assert ended.seconds < 5
    assert ended.words == "Asked to stop: this attempt ends without a result.\n"
    assert list(ended.stopped.glob("jinko-*")) == []


def test_an_attempt_that_was_ended_leaves_nothing_that_counts(ended):
    for attempt in (KILLED, STOPPED):
        assert under(ended.on, attempt) == {}


def test_an_attempt_that_starts_anew_gives_the_undisturbed_losses_to_the_last_digit(ended, offline):
    for attempt in (WHOLE, AGAIN):
        assert run_job(ended.on, RUN, "train", attempt) == 0
    whole, again = ([line["loss"] for line in metrics_of(ended.on, one)] for one in (WHOLE, AGAIN))
    assert len(whole) == STEPS
    assert again == whole
    disturbed = [line["loss"] for line in steps_in(ended.killed)]
    assert ENOUGH <= len(disturbed) < STEPS
    assert disturbed == whole[: len(disturbed)]


def under(on, attempt):
    """What an attempt has in the outbox: names and generations."""
    found = on.store.list(on.outbox, names.attempt_prefix(RUN, "train", attempt))
    return {one.name: one.generation for one in found}


class Died(BaseException):
    """As if the machine had gone: nothing may catch it."""


class Mortal:
    """A store that dies instead of writing an object whose name ends so."""

    def __init__(self, store, end):
        self._store, self._end = store, end

    def __getattr__(self, method):
        def call(*arguments):
            if method in ("upload", "write_once") and arguments[1].endswith(self._end):
                raise Died
            return getattr(self._store, method)(*arguments)

        return call


@pytest.mark.parametrize(
    ("finetuning", "what", "last"),
    [("full", "model", "model.safetensors"), ("lora", "adapter", "result.json")],
    ids=["in the middle of the upload", "between the upload and the result"],
)
def test_weights_without_a_result_count_for_nothing_and_the_next_attempt_writes_beside_them(
    on, tmp_path, offline, finetuning, what, last
):
    training = {"finetuning": finetuning, "max_steps": 1, "batch_size": 2}
    train_order(on, dataset(on, tickets(0, 4), [], tmp_path), training=training)
    with pytest.raises(Died):
        run_job(replace(on, store=Mortal(on.store, last)), RUN, "train", 1)
    left = under(on, 1)
    assert any(what in name for name in left)
    assert not any(name.endswith(last) for name in left)
    assert run_job(on, RUN, "train", 2) == 0
    result = result_of(on, "train", 2)
    assert result.weights == names.weights(RUN, "train", 2, what)
    assert any(one.name.endswith(".safetensors") for one in on.store.list(on.outbox, result.weights))
    assert under(on, 1) == left
