"""on_dataset_ready: a dataset becomes a run and its first job; the base is found first and never replaced."""

import pytest

from functions.on_dataset_ready.step import order
from infra import ledger, settings
from schemas import events, names
from schemas.errors import Unavailable
from schemas.events import DatasetReady, RunChanged
from schemas.orders import TrainOrder
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.conftest import at_once, deliver, remembered
from tests.functions.runs import jobs, ordered, page, prepared, said, the_drop, trained, write_export


def read_order(on, run):
    return TrainOrder.model_validate_json(on.store.read(on.outbox, names.order(run, "train")))


def runs(on):
    return ledger.every(on, RunRecord)


# ---------------------------------------------------------------- a run


def test_a_dataset_becomes_a_run_whose_job_was_submitted_once(ground, on):
    ready = prepared(ground)
    (changed,) = order(ready, on)
    drop, run = the_drop(ground, ready), ledger.load(on, RunRecord, changed.run_id)

    assert (changed.state, changed.stage, changed.attempt) == ("submitted", "train", 1)
    assert (changed.drop_id, changed.dataset_id) == (ready.drop_id, ready.dataset_id)
    assert (drop.state, drop.run_id) == ("started", run.id)
    assert (run.state, run.stage, run.drop_id) == ("submitted", "train", drop.id)
    assert run.started is not None
    assert jobs(ground) == {names.job_id(run.id, "train", 1): "QUEUED"}
    assert "Starting the training" in page(ground)


def test_the_job_is_told_which_run_and_stage_and_attempt_it_is(ground):
    run = ordered(ground)
    with ground.db.reading() as c:
        (row,) = c.execute("SELECT arguments FROM jobs").fetchall()

    assert row["arguments"] == f'["--run", "{run.id}", "--stage", "train", "--attempt", "1"]'


def test_the_base_is_pinned_in_the_drop_the_run_and_the_order(ground, on):
    ready = prepared(ground)
    (changed,) = order(ready, on)
    drop, run = the_drop(ground, ready), ledger.load(on, RunRecord, changed.run_id)

    assert drop.base is not None
    assert (drop.base.name, drop.base.where) == ("tiny-gemma3", "folder")
    assert drop.base.location == str(settings.BUNDLED_MODELS / "tiny-gemma3")
    assert len(drop.base.revision) == 40
    assert run.base == drop.base == read_order(on, run.id).base


def test_the_order_pins_the_dataset_and_every_setting_with_its_source(ground, on):
    ready = prepared(ground, training__epochs="2", evaluation__rows="3")
    (changed,) = order(ready, on)
    wanted = read_order(on, changed.run_id)
    manifest = on.store.read(on.outbox, names.manifest(ready.dataset_id))

    assert wanted.dataset.model_dump_json(indent=1).encode() == manifest
    assert (wanted.settings.recipe.training.epochs, wanted.evaluation.rows) == (2, 3)
    assert set(wanted.settings.sources) == {
        "base_model",
        "data.test_size",
        "training.epochs",
        "evaluation.rows",
    }
    assert set(wanted.settings.sources.values()) == {"metadata"}
    assert wanted.drop_name == "a.csv"


def test_a_second_call_answers_the_same_and_changes_nothing(ground, on):
    ready = prepared(ground)
    first = order(ready, on)
    before = remembered(ground)

    assert order(ready, on) == first
    assert remembered(ground) == before


def test_several_that_order_at_once_make_one_run_and_one_job(ground, on):
    ready = prepared(ground)
    told = at_once(3, lambda _: order(ready, on))

    assert told[0] == told[1] == told[2]
    assert len(runs(on)) == len(jobs(ground)) == 1


def test_through_its_door_the_run_is_told_to_integrators(ground, on):
    from functions.on_dataset_ready.main import on_dataset_ready

    ready = prepared(ground)
    on.bus.publish(ready)
    assert deliver(ground, {"datasets": on_dataset_ready}) == 1
    (told,) = (events.parse(message.data) for message in ground.queue.told("runs"))

    assert isinstance(told, RunChanged)
    assert (told.drop_id, told.state) == (ready.drop_id, "submitted")


def test_a_drop_that_is_not_there_or_not_prepared_yet_is_tried_again(ground, on):
    with pytest.raises(Unavailable, match="drops/none"):
        order(DatasetReady(drop_id="none", dataset_id="none"), on)
    ready = prepared(ground)
    with ground.db.writing() as c:
        c.execute("UPDATE documents SET data = json_set(data, '$.state', 'received') WHERE kind = 'drops'")
    with pytest.raises(Unavailable, match="not marked as prepared"):
        order(ready, on)
    assert jobs(ground) == {}


# ---------------------------------------------------------------- asked again


def test_an_identical_drop_is_answered_by_the_same_run_for_nothing(ground, on):
    first = ordered(ground)
    ready = prepared(ground, "b.csv")
    (changed,) = order(ready, on)

    assert (changed.run_id, changed.drop_id) == (first.id, ready.drop_id)
    assert the_drop(ground, ready).run_id == first.id
    assert len(runs(on)) == len(jobs(ground)) == 1
    assert "nothing is trained twice" in page(ground, "b.csv")


def test_who_asks_for_it_again_gets_a_run_of_their_own(ground, on):
    first = ordered(ground)
    second = ordered(ground, "b.csv", again="true")

    assert second.id != first.id
    assert len(runs(on)) == len(jobs(ground)) == 2
    assert ordered(ground, "c.csv").id == second.id  # the newest answers whoever comes next


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_run_that_did_not_end_well_does_not_stand_in_the_way(ground, on, state):
    first = ordered(ground)
    ledger.change(on, RunRecord, first.id, lambda it: it.moved(state))
    second = ordered(ground, "b.csv")

    assert second.id != first.id
    assert ledger.load(on, RunRecord, first.id).state == state
    assert ordered(ground, "c.csv").id == second.id


def test_a_run_that_succeeded_answers_too_and_other_settings_do_not(ground, on):
    first = trained(ground)
    write_export(ground, first)
    said(ground, first, "export", "SUCCEEDED")

    assert ordered(ground, "b.csv").id == first.id
    assert ordered(ground, "c.csv", training__epochs="1").id != first.id
    assert ordered(ground, "d.csv", data__seed="1").id != first.id
    assert {drop.state for drop in ledger.every(on, DropRecord)} == {"started"}
