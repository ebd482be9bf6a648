"""Lines of the log that metrics are counted from: what was published, what waits too long."""

import json
import logging
from datetime import timedelta

import pytest

from functions.edge import serve
from functions.on_job_done.sweep import LONG, sweep
from schemas import events, names
from schemas.events import DatasetReady, RunChanged, Swept
from tests.conftest import say_of_job
from tests.functions.runs import now, ordered
from tests.functions.test_edge import message

RUN = RunChanged(run_id="r", dataset_id="s", drop_id="d", state="failed", stage="train", attempt=1)


@pytest.fixture
def lines(caplog):
    """The lines so far, as Google's logging takes them apart."""
    caplog.set_level(logging.INFO, logger="jinko")
    return lambda: [json.loads(it.getMessage()) for it in caplog.records if it.getMessage().startswith("{")]


def test_what_was_published_is_a_line_with_its_type_and_state(ground, lines):
    ready = message(events.dumps(DatasetReady(drop_id="d", dataset_id="s")))
    serve(ready, {DatasetReady: lambda event, on: [RUN]}, lambda: ground.cloud)
    (line,) = lines()
    assert (line["type"], line["state"], line["run_id"]) == ("RunChanged", "failed", "r")


@pytest.mark.parametrize(("state", "told"), [("QUEUED", True), ("SCHEDULED", True), ("RUNNING", False)])
def test_a_job_that_waits_for_its_machine_too_long_is_a_line_of_every_sweep(ground, on, lines, state, told):
    run = ordered(ground)
    say_of_job(ground, run.id, "train", state)
    begun = now(ground, run).counted_from
    sweep(Swept(at=begun + LONG - timedelta(minutes=1)), on)
    assert lines() == []
    sweep(Swept(at=begun + LONG + timedelta(minutes=5)), on)
    awaited = [line for line in lines() if line["type"] == "MachineAwaited"]
    assert len(awaited) == (1 if told else 0)
    if told:
        assert awaited[0]["run_id"] == run.id
        assert awaited[0]["job_id"] == names.job_id(run.id, "train", 1)
        assert "65 minutes" in awaited[0]["message"]
