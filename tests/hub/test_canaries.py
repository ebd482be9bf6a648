"""A row of the data and a token are planted where they could leak from, and looked for where none may be."""

import json

from tests.conftest import lines
from tests.functions.runs import now, page, said
from tests.hub.published import ANSWER, QUESTION, REPOSITORY, at_publishing, publish
from tests.hub.server import TOKEN, Failure

ROWS = lines(
    ["question,answer", *(f"{QUESTION} {n},{ANSWER} {n}" for n in range(40)), f"{QUESTION},", "a,b,c"]
)
CANARIES = (QUESTION, ANSWER)


def records(ground) -> str:
    """Everything that is remembered and queued."""
    with ground.db.reading() as c:
        tables = [row["name"] for row in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        told = [[dict(row) for row in c.execute(f"SELECT * FROM {table}")] for table in tables]
    return json.dumps(told, default=str)


def test_no_row_and_no_token_leaves_by_a_card_a_record_or_a_log(ground, there, capfd):
    run = at_publishing(ground, content=ROWS)
    there.fails["commit"] = Failure(403, times=1)
    publish(ground, run)
    said(ground, run, "publish", "SUCCEEDED")  # the job; its result says what was wrong
    assert now(ground, run).state == "failed"
    assert "The Hub does not allow this" in page(ground)

    there.fails.clear()
    other = at_publishing(ground, content=ROWS, name="b.csv", again="true")
    publish(ground, other)
    said(ground, other, "publish", "SUCCEEDED")
    assert now(ground, other).state == "succeeded"

    logged = "".join(capfd.readouterr())
    files = there.world.repositories[REPOSITORY].head.files
    published = b"".join(there.world.bytes[blob.sha256] for blob in files.values()).decode(errors="replace")
    results = [one for one in ground.store.list("outbox", "runs/") if "/publish/" in one.name]
    told = [ground.store.read("outbox", one.name).decode() for one in results if "result.json" in one.name]
    assert len(told) == 2
    for text in (logged, published, records(ground), *told):
        assert TOKEN not in text
        assert not any(canary in text for canary in CANARIES)


def test_no_token_lies_anywhere_in_what_a_run_leaves(ground, there):
    run = at_publishing(ground)
    publish(ground, run)
    said(ground, run, "publish", "SUCCEEDED")
    everything = [ground.store.read(one.bucket, one.name) for one in ground.store.list("outbox")]

    assert len(everything) > 10
    assert not any(TOKEN.encode() in data for data in everything)
    assert TOKEN not in page(ground)
