"""What wakes the deployed functions, in every envelope, over HTTP, on Google's own protocols."""

import pytest

from infra import ledger
from infra.stage import FUNCTIONS, ROOT
from schemas import names
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.cloud import quickjob
from tests.cloud.doors import doors
from tests.cloud.envelopes import JSON, batch_notice, bucket_notice, push, storage_event
from tests.cloud.first_events import first_events, sink
from tests.cloud.loopback import loopback

pytestmark = pytest.mark.cloud


@pytest.fixture(scope="module")
def jinko(tmp_path_factory, emulators):
    """A project whose subscriptions push to nobody: events are sent by hand. `emulators` says if it can."""
    folder = tmp_path_factory.mktemp("jinko")
    with loopback(folder / "loopback", quickjob.install(folder / "quick", ROOT), sink) as up:
        with doors(folder, up.environment) as up.doors:
            yield up


def dropped(jinko, name, text):
    """A file of the inbox, and its drop's record where there is one."""
    file = jinko.folder / "file"
    file.write_text(text)
    made = jinko.on.store.upload(jinko.on.inbox, name, file)
    drop = names.drop_id(made.bucket, made.name, made.generation)
    return made, lambda: ledger.find(jinko.on, DropRecord, drop)


def test_a_drop_goes_its_whole_way_by_pushes(jinko):
    for function, body in first_events(jinko, 1):
        assert jinko.doors[function].post(body, JSON) == 200, jinko.doors[function].said()
        assert jinko.doors[function].post(body, JSON) == 200  # twice is once
    (run,) = ledger.every(jinko.on, RunRecord)
    assert (run.trained, run.attempt) == (1, 1)


@pytest.mark.parametrize("envelope", ["push", "event"])
def test_a_bucket_s_own_notice_and_the_native_trigger_s_event_do_the_same(jinko, envelope):
    made, drop = dropped(jinko, f"{envelope}.csv", "question,answer\na,b\nc,d\n")
    body, headers = storage_event(made) if envelope == "event" else (push(*bucket_notice(made)), JSON)
    assert jinko.doors["on_upload"].post(body, headers) == 200, jinko.doors["on_upload"].said()
    assert drop().state == "prepared"
    assert jinko.doors["on_upload"].post(push(*bucket_notice(made)), JSON) == 200
    assert drop().state == "prepared"


def test_what_a_person_did_wrong_is_acknowledged_and_recorded(jinko):
    made, drop = dropped(jinko, "empty.csv", "question,answer\n")
    assert jinko.doors["on_upload"].post(push(*bucket_notice(made)), JSON) == 200
    assert drop().state == "refused"
    assert jinko.page("empty.csv")


@pytest.mark.parametrize("event", ["OBJECT_DELETE", "OBJECT_METADATA_UPDATE", "OBJECT_ARCHIVE"])
def test_other_notices_of_a_bucket_make_no_drop(jinko, event):
    made, drop = dropped(jinko, f"{event}.csv", "question,answer\na,b\n")
    assert jinko.doors["on_upload"].post(push(*bucket_notice(made, event)), JSON) == 200
    assert drop() is None


def test_notices_of_jobs_that_are_not_ours_and_of_tasks_are_acknowledged(jinko):
    google, door = jinko.google, jinko.doors["on_job_done"]
    assert door.post(push(*batch_notice(google, "somebody-elses", "FAILED")), JSON) == 200
    assert door.post(push(*batch_notice(google, "r-0123456789abcdef-train-1", "A_NEW_STATE")), JSON) == 200
    text, told = batch_notice(google, "r-0123456789abcdef-train-1", "RUNNING")
    assert door.post(push(text, {**told, "Type": "TASK_STATE_CHANGED"}), JSON) == 200


def test_nothing_was_said_that_warns(jinko):
    assert not [name for name in FUNCTIONS if "warning" in jinko.doors[name].said().lower()]
