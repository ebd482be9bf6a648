"""The status page as it is kept, on the local ground: never an older story over a newer one."""

import pytest

from functions import status
from infra import ground, ledger
from infra.settings import Settings
from schemas import names
from schemas.errors import Unavailable
from schemas.records import DropRecord
from tests.functions.test_pages_status import (
    DATASET,
    EMPTY,
    RUN,
    a_drop,
    a_run,
    a_success,
    a_training,
    alone,
    started,
)


@pytest.fixture
def on(tmp_path):
    return ground.cloud(Settings(home=tmp_path))


def keep(on, story):
    for record in (story.drop, story.run, story.progress):
        if record:
            ledger.create(on, record)
    papers = {
        names.manifest(DATASET): story.dataset,
        names.result(RUN, "train", 1): story.trained,
        names.result(RUN, "export", 1): story.exported,
    }
    for name, paper in papers.items():
        if paper:
            on.store.write(on.outbox, name, paper.model_dump_json().encode())


def test_a_story_is_gathered_as_it_was_kept(on):
    keep(on, a_success())
    assert status.gather(on, "poems.csv") == [a_success()]
    failed = started(a_run(state="failed"), None, a_training(faults=(EMPTY,)))
    ledger.tell(on, failed.run)
    assert status.gather(on, "poems.csv")[0].trained is not None


def test_a_paper_that_cannot_be_read_is_absent_and_the_rest_is_told(on):
    keep(on, a_success())
    on.store.write(on.outbox, names.result(RUN, "train", 1), b'{"stage": "another version"}')
    story = status.gather(on, "poems.csv")[0]
    assert story.trained is None
    assert "## Done: the model is ready" in status.render([story])


def test_refresh_writes_the_page_and_nothing_when_nothing_changed(on):
    keep(on, a_success())
    page = names.status_page("poems.csv")
    status.refresh(on, "poems.csv")
    first = on.store.stat(on.outbox, page)
    assert on.store.read(on.outbox, page).decode() == status.render([a_success()])
    status.refresh(on, "poems.csv")
    assert on.store.stat(on.outbox, page) == first


def test_refresh_of_a_name_that_nobody_dropped_writes_nothing(on):
    status.refresh(on, "nobody.csv")
    assert list(on.store.list(on.outbox)) == []


def test_a_slow_writer_never_puts_an_older_story_over_a_newer_one(on, monkeypatch):
    keep(on, alone(a_drop()))
    slow = status.gather

    def overtaken(cloud, name, line):
        monkeypatch.setattr(status, "gather", slow)
        stories = slow(cloud, name, line)  # read, and then held up while another worker goes on
        ledger.change(cloud, DropRecord, "d1", lambda drop: drop.moved("refused", faults=(EMPTY,)))
        status.refresh(cloud, name)
        return stories

    monkeypatch.setattr(status, "gather", overtaken)
    status.refresh(on, "poems.csv")
    assert "## Refused" in on.store.read(on.outbox, names.status_page("poems.csv")).decode()


def test_losing_every_race_is_unavailable(on, monkeypatch):
    keep(on, alone(a_drop()))
    slow = status.gather

    def always_overtaken(cloud, name, line):
        cloud.store.write(cloud.outbox, names.status_page(name), b"another story")
        return slow(cloud, name, line)

    monkeypatch.setattr(status, "gather", always_overtaken)
    with pytest.raises(Unavailable, match="many at once"):
        status.refresh(on, "poems.csv")
