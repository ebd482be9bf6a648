"""Five hundred drops of which 25 are not usable: each of those is explained, and none is in another's way."""

import time

import pytest

from functions.story import tell
from functions.verdict import verdict
from infra import ledger
from infra.local.dispatcher import Dispatcher
from jinko.worker import doors
from schemas import names
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord
from tests.conftest import deliver
from tests.up.running import rows, setting

DROPS = 500
NOT_USABLE = {
    "alphabet.csv": b"alpha,beta,gamma\n1,2,3\n4,5,6\n",
    "approve/0123": b"",
    "away.yaml": b"data: {from: 's3://bucket/y.csv'}\n",
    "bytes.csv": bytes(range(256)) * 4,
    "cancel/ffffffffffffffff.txt": b"",
    "empty.csv": b"",
    "header.csv": b"question,answer\n",
    "letter.docx": b"PK\x03\x04word/",
    "list.jsonl": b"[1, 2]\n[3]\n",
    "misspelt.yaml": b"base_modle: tiny-gemma3\n",
    "no-answers.csv": b"question,answer\na,\nb,\nc,\n",
    "no-comma.jsonl": b'{"question": "a" "answer": "b"}\n',
    "no-data.yaml": b"base_model: tiny-gemma3\n",
    "no-header/one-column.csv": b"text\n",
    "no-number.yaml": b"training: {epochs: many}\ndata: {from: good.csv}\n",
    "no-turns.jsonl": b'{"messages": []}\n' * 3,
    "no-yaml.yaml": b"a: [\n",
    "nothing.json": b"{}",
    "numbers.jsonl": b"1\n2\n",
    "photo.png": b"\x89PNG\r\n\x1a\n",
    "two-alike.csv": b"question,question\na,b\n",
    "wizard.jsonl": b'{"messages": [{"role": "wizard", "content": "x"}]}\n' * 3,
    "zipped.zip": b"PK\x03\x04",
}


@pytest.fixture
def everything(ground, capsys):
    """All of them copied into the inbox by hand, the unusable ones among the others, and delivered."""
    inbox, good = ground.home / "inbox", DROPS - len(NOT_USABLE)
    setting(ground.home, "base_model: tiny-gemma3\nconfirm: true\n")  # nothing is trained: a yes is asked
    for number in range(good):
        (inbox / f"good-{number:03d}.csv").write_text(rows(number), encoding="utf-8")
    for name, content in NOT_USABLE.items():
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_bytes(content)
    begun = time.monotonic()
    with Dispatcher.hold(ground) as dispatcher:
        dispatcher.scan()
        deliver(ground, doors())
        told = time.monotonic()
        dispatcher.tick()
        deliver(ground, doors())
    with capsys.disabled():
        swept = time.monotonic() - told
        print(f"\n  {DROPS} drops answered in {told - begun:.0f} s, the sweep after them {swept:.1f} s")
    return ground


@pytest.mark.walk
def test_each_drop_that_is_not_usable_has_its_own_page_that_explains_it_and_all_others_their_dataset(
    everything,
):
    on = everything.cloud
    drops = {drop.name: drop for drop in ledger.every(on, DropRecord)}
    assert len(drops) == DROPS
    assert {name for name, drop in drops.items() if drop.state == "refused"} == set(NOT_USABLE)
    pages = {name: on.store.read("outbox", names.status_page(name)).decode() for name in drops}
    for name in NOT_USABLE:
        faults = drops[name].faults
        assert faults
        page = pages[name].replace("\\", "")  # what Markdown escapes
        assert f"## {verdict(tell(on, drops[name]))}" in page
        assert f"`{faults[0].place}`" in page
        for fault in faults:
            where, _, line = fault.place.partition(":")
            assert where == name
            for part in (line, fault.finding, fault.next_step):
                assert part in page, f"{part!r} is not on the page:\n{page}"
    assert len({drops[name].faults for name in NOT_USABLE}) == len(NOT_USABLE)

    good = [drop for drop in drops.values() if drop.name not in NOT_USABLE]
    datasets = {dataset.id for dataset in ledger.every(on, DatasetRecord)}
    assert {drop.dataset_id for drop in good} == datasets
    assert len(datasets) == len(good)
    assert {run.state for run in ledger.every(on, RunRecord)} == {"asked"}
    assert all("Waiting for your yes" in pages[drop.name] for drop in good)
    assert everything.queue.dead() == []
