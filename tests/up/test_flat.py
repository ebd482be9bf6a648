"""What one drop costs does not grow with what lies there already: looked up by an index, listed by folder."""

import os

import pytest

from infra.local import store

QUESTIONS = [("drops", "state"), ("drops", "name"), ("drops", "run_id"), ("runs", "dataset_id")]


@pytest.mark.parametrize(("kind", "field"), QUESTIONS)
def test_records_are_found_by_what_steps_ask_for_without_reading_the_others(ground, kind, field):
    ground.state.create(kind, "one", {field: "a"})
    ground.state.create(kind, "two", {field: "b"})
    asked = []
    with ground.db.reading() as c:
        c.set_trace_callback(asked.append)
    (found,) = ground.state.find(kind, **{field: "b"})
    with ground.db.reading() as c:
        c.set_trace_callback(None)
        (query,) = [text for text in asked if text.startswith("SELECT")]
        plan = " ".join(row["detail"] for row in c.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())

    assert found.id == "two"
    assert "USING INDEX documents_" in plan


def test_listing_one_run_s_files_does_not_read_those_of_all_others(ground, monkeypatch):
    for run in range(3):
        ground.store.write("outbox", f"runs/{run}/train/1/result.json", b"{}")
    walked = []

    def walking(start):
        for folder in os_walk(start):
            walked.append(str(folder[0]))
            yield folder

    os_walk = os.walk
    monkeypatch.setattr(store.os, "walk", walking)

    assert [o.name for o in ground.store.list("outbox", "runs/1/")] == ["runs/1/train/1/result.json"]
    top = ground.home / "outbox" / "runs" / "1"
    assert walked == [str(folder) for folder in (top, top / "train", top / "train" / "1")]
    assert [o.name for o in ground.store.list("outbox", "runs/1")] == ["runs/1/train/1/result.json"]
    assert list(ground.store.list("outbox", "../inbox")) == []
