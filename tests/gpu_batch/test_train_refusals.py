"""Trainings that are refused, left without scores, disturbed or tracked; each a step or two at most."""

import os
from dataclasses import replace

import pytest

from gpu_batch.__main__ import run_job
from infra import ledger
from schemas import names
from schemas.errors import Unavailable
from schemas.runs import Progress
from tests.gpu_batch.papers import (
    RUN,
    conversation,
    dataset,
    export_order,
    metrics_of,
    result_of,
    tickets,
    train_order,
    turn,
)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

ADAPTER = names.weights(RUN, "train", 1, "adapter")


def test_rows_that_cannot_be_trained_on_are_told_with_their_lines_before_the_first_step(
    on, tmp_path, offline
):
    good = tickets(0, 4)
    bad = [
        conversation(("user", "a"), ("user", "b"), ("assistant", "c"), line=14),
        turn("long " * 600, "answer", line=17),
        turn("Hi", "no <end_of_turn> here", line=19),
    ]
    train_order(on, dataset(on, [*good, *bad], [], tmp_path), training={"max_length": 100})
    assert run_job(on, RUN, "train", 1) == 0
    result = result_of(on, "train")
    assert [fault.place for fault in result.faults] == ["tickets.csv:14", "tickets.csv:17", "tickets.csv:19"]
    assert "at most 100 fit" in result.faults[1].finding
    assert result.adapter is None
    assert ledger.load(on, Progress, RUN).phase == "reading the rows"
    assert list(on.store.list(on.outbox, ADAPTER)) == []


def test_no_more_than_twenty_rows_are_told(on, tmp_path, offline):
    rows = [turn("Hi", "<eos>", line=n) for n in range(1, 30)]
    train_order(on, dataset(on, rows, [], tmp_path))
    assert run_job(on, RUN, "train", 1) == 0
    assert len(result_of(on, "train").faults) == 20


def test_without_held_out_rows_scores_are_absent_and_rows_that_do_not_fit_are_said(on, tmp_path, offline):
    training = {"max_steps": 1, "batch_size": 2, "lora_rank": 2}
    rows = tickets(0, 4)
    train_order(on, dataset(on, rows, [], tmp_path), training=training)
    assert run_job(on, RUN, "train", 1) == 0
    nothing = result_of(on, "train")
    assert (nothing.before, nothing.after, nothing.answers) == (None, None, ())
    assert nothing.adapter
    train_order(on, dataset(on, rows, [turn("word " * 600, "x", line=77)], tmp_path), training=training)
    assert run_job(on, RUN, "train", 2) == 0
    left_out = result_of(on, "train", 2)
    assert left_out.before is None
    assert [fault.place for fault in left_out.left_out] == ["tickets.csv:77"]
    assert left_out.effective["held-out rows left out"] == "1; result.json names each"


class Away:
    """A port of which one method never answers."""

    def __init__(self, port, method, name):
        self._port, self._method, self._name = port, method, name

    def __getattr__(self, method):
        def call(*arguments):
            if method == self._method and self._name in arguments:
                raise Unavailable("away")
            return getattr(self._port, method)(*arguments)

        return call


def test_training_goes_on_while_progress_and_metrics_cannot_be_told(on, tmp_path, offline, monkeypatch):
    from gpu_batch import progress

    monkeypatch.setattr(progress, "UPLOAD_SECONDS", 0)
    training = {"max_steps": 3, "batch_size": 2, "lora_rank": 2}
    train_order(on, dataset(on, tickets(0, 4), [], tmp_path), training=training)
    away = replace(on, state=Away(on.state, "create", "progress"))
    assert run_job(away, RUN, "train", 1) == 0
    assert len(metrics_of(on)) == 3
    away = replace(on, store=Away(on.store, "upload", names.metrics(RUN, "train", 2)))
    with pytest.raises(Unavailable):  # at the very end they must be there; the adapter is, by then
        run_job(away, RUN, "train", 2)
    assert list(on.store.list(on.outbox, names.weights(RUN, "train", 2, "adapter")))
    assert on.store.stat(on.outbox, names.result(RUN, "train", 2)) is None


def test_wandb_gets_a_run_with_the_runs_own_id_only_if_asked(on, tmp_path, offline, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    for name in ("WANDB_DIR", "WANDB_RUN_ID", "WANDB_RESUME", "WANDB_PROJECT"):
        monkeypatch.setenv(name, "x")  # so that it is taken back: the job sets them
        monkeypatch.delenv(name)
    training = {"max_steps": 8, "batch_size": 2, "lora_rank": 2}
    rows = dataset(on, tickets(0, 4), tickets(900, 901), tmp_path)
    train_order(
        on, rows, training=training, evaluation={"rows": 1, "max_new_tokens": 8}, wandb_project="tickets"
    )
    for attempt in (1, 2):  # begun once more (on a machine of its own), it goes on in the same page
        monkeypatch.delenv("WANDB_DIR", raising=False)
        assert run_job(on, RUN, "train", attempt) == 0
        assert os.environ["WANDB_RESUME"] == "allow"
        assert result_of(on, "train", attempt).effective["wandb run"] == RUN
        files = on.store.list(on.outbox, names.attempt_prefix(RUN, "train", attempt))
        (sent,) = [one.name for one in files if one.name.endswith(f"run-{RUN}.wandb")]
        told = on.store.read(on.outbox, sent)
        for curve in (b"train/loss", b"train/tokens_per_second", b"held_out/loss", b"after/loss"):
            assert curve in told
        assert tickets(900, 901)[0].answer.encode() not in told  # only numbers: no text of a row


def test_an_export_of_the_adapter_alone_makes_nothing_more(on, tmp_path):
    order = train_order(on, dataset(on, [turn("a", "b")], [], tmp_path))
    export_order(on, order, ADAPTER, "adapter")
    assert run_job(on, RUN, "export", 1) == 0
    result = result_of(on, "export")
    assert (result.faults, result.merged, result.compared, result.exact_match) == ((), None, 0, None)
