"""A run's plan: pinned in its order, given to every job of it, and gone when its money is used up."""

import dataclasses
from datetime import timedelta

import pytest

from functions.launch import LEAST_EXPORT_SECONDS
from functions.on_dataset_ready import requests
from functions.on_dataset_ready.step import order
from functions.on_job_done.step import advance
from infra import ledger
from infra.ports import Machine
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.events import JobChanged, RunRequested
from schemas.orders import TrainOrder
from schemas.records import now
from schemas.runs import RunRecord, Slots
from tests.conftest import remembered
from tests.functions.handing import Noting
from tests.functions.runs import jobs, page, prepared, the_drop, write_training

L4 = Machine("g2-standard-4", 4, 16, "NVIDIA L4", 1, 24, 0.72, 0.42)
BIG = Machine("a2-highgpu-1g", 12, 85, "NVIDIA A100", 1, 40, 3.67, None)
EARLY = "Training stopped after 3 of 12 steps: max_cost_usd 10 was used up."


@pytest.fixture
def lent(ground):
    """The ground as one that lends machines."""
    return dataclasses.replace(ground.cloud, machines=(L4, BIG), jobs=Noting(ground.jobs))


def ordered(ground, lent, name="a.csv", **settings):
    (changed,) = order(prepared(ground, name, **settings), lent)
    return ledger.load(lent, RunRecord, changed.run_id)


def planned(lent, run):
    return TrainOrder.model_validate_json(lent.store.read(lent.outbox, names.order(run.id, "train"))).plan


def ends(ground, lent, run, state, lost=False):
    """The scheduler says this of the run's present job; the run afterwards."""
    job = names.job_id(run.id, run.stage, run.attempt)
    with ground.db.writing() as c:
        c.execute("UPDATE jobs SET state = ?, lost = ? WHERE id = ?", (state, lost, job))
    advance(JobChanged(job_id=job, state=state), lent)
    return ledger.load(lent, RunRecord, run.id)


def ran_for(lent, run, seconds):
    """The present attempt has run for so long."""
    since = now() - timedelta(seconds=seconds)
    return ledger.change(lent, RunRecord, run.id, lambda it: it.moved("running", counted_from=since))


def refused(ground, lent, **settings):
    ready = prepared(ground, **settings)
    assert order(ready, lent) == []
    before = remembered(ground)
    assert order(ready, lent) == []
    assert remembered(ground) == before
    assert jobs(ground) == {}
    (fault,) = the_drop(ground, ready).faults
    assert fault.place in page(ground).replace("\\", "")
    return fault


# ---------------------------------------------------------------- pinned and submitted


def test_a_run_has_its_plan_in_its_order_and_its_job_goes_where_it_says(ground, lent):
    run = ordered(ground, lent)
    plan = planned(lent, run)
    (spec,) = lent.jobs.specs

    assert (plan.machine, plan.gpu, plan.spot) == ("g2-standard-4", "NVIDIA L4", False)
    assert spec.program == "gpu_batch"
    assert spec.placement.machine == plan.machine
    assert (spec.placement.spot, spec.placement.disk_gib) == (False, plan.disk_gib)
    assert spec.placement.max_seconds == plan.max_seconds - plan.export_seconds - plan.start_seconds
    assert plan.train_seconds - plan.start_seconds < spec.placement.max_seconds - 60


def test_the_page_says_which_machine_it_is_and_what_it_costs_at_most(ground, lent):
    plan = planned(lent, ordered(ground, lent, spot="true"))
    told = page(ground)

    assert "`g2-standard-4`, NVIDIA L4, as Spot: 0.44 US dollars an hour" in told
    assert "which come to 10.00" in told
    assert plan.why.split(",")[0] in told


def test_a_ground_that_lends_no_machines_places_nothing(ground, on):
    noted = dataclasses.replace(on, jobs=Noting(ground.jobs))
    run = ordered(ground, noted)

    assert planned(noted, run) is None
    assert [spec.placement for spec in noted.jobs.specs] == [None]
    assert "The machine" not in page(ground)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"machine": "g2-standard-99"}, "machine: g2-standard-99"),
        ({"machine": "a2-highgpu-1g", "spot": "true"}, "machine: a2-highgpu-1g"),
        ({"max_cost_usd": "0.01"}, "max_cost_usd: 0.01"),
    ],
)
def test_what_cannot_be_planned_is_refused_before_any_machine_starts(ground, lent, settings, place):
    assert refused(ground, lent, **settings).place == place


def test_a_machine_asked_for_on_a_laptop_is_refused_and_money_is_not(ground, on):
    assert refused(ground, on, machine="g2-standard-4").place == "machine: g2-standard-4"
    assert ordered(ground, on, "b.csv", max_cost_usd="0.01").state == "submitted"


def test_what_was_ordered_keeps_its_price_when_the_table_changes(ground, lent):
    ready = prepared(ground)
    (first,) = order(ready, lent)
    plan = planned(lent, ledger.load(lent, RunRecord, first.run_id))
    with ground.db.writing() as c:  # as if the first delivery had died before the drop's move
        c.execute("UPDATE documents SET data = json_set(data, '$.state', 'prepared') WHERE kind = 'drops'")
    dearer = dataclasses.replace(lent, machines=(L4._replace(usd=900.0),))

    assert order(ready, dearer)[0].run_id == first.run_id
    assert planned(lent, ledger.load(lent, RunRecord, first.run_id)) == plan


def test_a_job_that_cannot_be_submitted_at_all_ends_the_run_in_words(ground, lent):
    class Closed(Noting):
        def submit(self, job):
            raise BadInput(Fault(place="JINKO_GPU_IMAGE", finding="Not set.", next_step="Set it."))

    run = ordered(ground, dataclasses.replace(lent, jobs=Closed(ground.jobs)))

    assert (run.state, run.faults[0].place) == ("failed", "JINKO_GPU_IMAGE")
    assert ledger.load(lent, Slots, "active").runs == ()
    assert "Set it." in page(ground)


# ---------------------------------------------------------------- used up


def test_the_next_attempt_has_what_the_last_left(ground, lent):
    run = ran_for(lent, ordered(ground, lent), 3600)
    again = ends(ground, lent, run, "FAILED", lost=True)
    first, second = (spec.placement.max_seconds for spec in lent.jobs.specs)

    assert (again.state, again.attempt) == ("submitted", 2)
    assert first - second == pytest.approx(3600 + planned(lent, run).start_seconds, abs=20)


def test_an_attempt_for_which_there_is_no_money_left_is_not_begun(ground, lent):
    run = ran_for(lent, ordered(ground, lent), 14 * 3600)
    over = ends(ground, lent, run, "FAILED", lost=True)

    assert (over.state, over.attempt) == ("failed", 2)
    assert "too little is left of max_cost_usd 10" in over.faults[0].finding
    assert len(jobs(ground)) == 1
    assert ledger.load(lent, Slots, "active").runs == ()
    assert "Set max_cost_usd higher" in page(ground).replace("\\", "")

    requests.request(RunRequested(request="retry", run_id=run.id), lent)  # a retry buys nothing more
    assert ledger.load(lent, RunRecord, run.id).state == "failed"
    assert len(jobs(ground)) == 1


def test_the_export_has_what_is_left_and_ten_minutes_at_least(ground, lent):
    run = ran_for(lent, ordered(ground, lent), 3600)
    write_training(ground, run)
    ends(ground, lent, run, "SUCCEEDED")
    plan, placement = planned(lent, run), lent.jobs.specs[-1].placement
    assert placement.machine == "g2-standard-4"
    assert placement.max_seconds == pytest.approx(plan.max_seconds - 3600 - 2 * plan.start_seconds, abs=20)

    late = ran_for(lent, ordered(ground, lent, "b.csv", again="true"), 14 * 3600)
    write_training(ground, late)
    ends(ground, lent, late, "SUCCEEDED")
    assert lent.jobs.specs[-1].placement.max_seconds == LEAST_EXPORT_SECONDS


def test_an_export_that_is_lost_when_the_money_is_used_up_waits_for_a_persons_word(ground, lent):
    run = ran_for(lent, ordered(ground, lent), 14 * 3600)
    write_training(ground, run)
    exporting = ends(ground, lent, run, "SUCCEEDED")
    over = ends(ground, lent, exporting, "FAILED", lost=True)

    assert (over.state, over.stage, over.attempt) == ("failed", "export", 2)
    assert "too little is left of max_cost_usd 10" in over.faults[0].finding
    assert len(jobs(ground)) == 2

    requests.request(RunRequested(request="retry", run_id=run.id), lent)
    assert ledger.load(lent, RunRecord, run.id).state == "submitted"
    assert lent.jobs.specs[-1].placement.max_seconds == LEAST_EXPORT_SECONDS


# ---------------------------------------------------------------- the same run


def test_the_same_on_another_machine_or_for_more_money_is_the_same_run(ground, lent):
    run = ordered(ground, lent)

    assert ordered(ground, lent, "b.csv", machine="a2-highgpu-1g").id == run.id
    assert ordered(ground, lent, "c.csv", max_cost_usd="50").id == run.id


def test_a_run_that_was_cut_short_does_not_answer_who_would_pay_more(ground, lent):
    run = ordered(ground, lent, export="adapter")
    write_training(ground, run, stopped_early=EARLY)
    assert ends(ground, lent, run, "SUCCEEDED").state == "succeeded"

    assert ordered(ground, lent, "b.csv", export="adapter").id == run.id
    more = ordered(ground, lent, "c.csv", export="adapter", max_cost_usd="50")
    assert more.id != run.id
    assert ordered(ground, lent, "d.csv", export="adapter", max_cost_usd="50").id == more.id


def test_a_training_that_was_cut_short_says_so_wherever_it_is_told(ground, lent):
    run = ordered(ground, lent, export="adapter")
    write_training(ground, run, stopped_early=EARLY)
    ends(ground, lent, run, "SUCCEEDED")
    report = {
        form: lent.store.read("outbox", names.run_report(run.id, form)).decode() for form in ("md", "html")
    }

    for told in (page(ground), *report.values()):
        assert "Training stopped after 3 of 12 steps" in told
        assert "Its weights are kept" in told
        assert "higher and drop the file again" in told
    assert "0.74 US dollars an hour" in report["md"]
    assert "0.74 US dollars an hour" in report["html"]
