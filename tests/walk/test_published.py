"""From a CSV to a repository on the Hub: every stage a process of its own, the Hub a stand-in here."""

import json

import pytest
from huggingface_hub import snapshot_download

from infra import ground as grounds
from infra import ledger, settings
from infra.local.dispatcher import Dispatcher
from infra.settings import Settings
from jinko.worker import doors
from schemas import names
from schemas.records import DropRecord
from schemas.runs import RunRecord
from tests.hub.card_rules import problems
from tests.hub.server import hub, trust

pytestmark = pytest.mark.walk
EXAMPLE = settings.BUNDLED_MODELS / "tickets" / "tickets.csv"
ASKED = {
    "base_model": "tiny-gemma3",
    "training.max_steps": "4",
    "training.learning_rate": "0.01",
    "data.test_size": "0.2",
    "evaluation.rows": "3",
    "evaluation.max_new_tokens": "16",
    "export": "adapter,merged,q8_0",
    "publish": "me/tickets",
}


def test_a_dropped_csv_ends_as_a_repository_with_everything_that_was_made(tmp_path, monkeypatch):
    with hub() as there:
        trust(monkeypatch, there)
        for name, value in Settings(home=tmp_path / "home").environment().items():
            monkeypatch.setenv(name, value)
        here = grounds.local()
        small = tmp_path / "forty.csv"
        lines = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
        small.write_text("".join(lines[:41]), encoding="utf-8")
        here.cloud.store.upload("inbox", "forty.csv", small, ASKED)
        with Dispatcher.hold(here) as dispatcher:
            assert dispatcher is not None
            dispatcher.run(doors(), until=lambda: dispatcher.idle(doors()))
        (drop,) = ledger.every(here.cloud, DropRecord)
        (run,) = ledger.every(here.cloud, RunRecord)
        page = here.store.read("outbox", names.status_page(drop.name)).decode()
        assert run.state == "succeeded", page

        down = snapshot_download("me/tickets", local_dir=tmp_path / "down")
        found = {
            path.relative_to(down).as_posix() for path in tmp_path.joinpath(down).rglob("*") if path.is_file()
        }
        wanted = {
            "README.md",
            "model.safetensors",
            "adapter/adapter_model.safetensors",
            "Modelfile",
            "model-Q8_0.gguf",
        }
        assert wanted <= found
        card = (tmp_path / "down" / "README.md").read_text(encoding="utf-8")
        assert problems(card) == []
        rows = [line.split(",")[0].strip('"') for line in lines[1:41]]
        assert not [row for row in rows if len(row) > 10 and row in card]
        marker = json.loads((tmp_path / "down" / "jinko.json").read_text())
        assert marker["run"] == run.id
        assert len(there.world.repositories["me/tickets"].commits) == 2
        assert "me/tickets" in page
