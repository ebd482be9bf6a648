"""`jinko doctor` in a folder: this machine, this folder, and the token that publishes."""

import json

from infra import ground as grounds
from infra import ledger
from infra.settings import Settings
from schemas.records import Publisher
from tests.hub.server import hub, trust


def test_in_a_folder_it_looks_at_this_machine_and_makes_nothing(jinko, tmp_path):
    code, out, _ = jinko("doctor", "--json")
    found = {one["what"]: one for one in json.loads(out)}

    assert list(tmp_path.iterdir()) == []
    assert {"Python", "processor", "GPU", "to train with", "base tiny-gemma3", "files", "disk"} <= set(found)
    assert found["base tiny-gemma3"]["standing"] == "good"
    assert found["files"]["found"] == f"{tmp_path}/.jinko, made by the first drop"
    assert code == (found["to train with"]["standing"] == "missing" or found["disk"]["standing"] == "missing")


def test_a_folder_that_cannot_be_written_to_and_a_base_that_is_gone_are_missing(jinko, tmp_path, monkeypatch):
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("JINKO_HOME", str(tmp_path / "a-file" / "below"))
    monkeypatch.setenv("JINKO_MODELS", str(tmp_path))
    code, out, _ = jinko("doctor", "--json")
    found = {one["what"]: one for one in json.loads(out)}

    assert code == 1
    assert found["files"]["standing"] == "missing"
    assert found["base tiny-gemma3"]["line"] == "make example"


def test_publishing_asks_the_hub_and_remembers_the_answer(jinko, tmp_path, monkeypatch):
    with hub() as served:
        trust(monkeypatch, served)
        code, out, _ = jinko("doctor", "--publishing")
        served.world.tokens = {}
        refused, _, said = jinko("doctor", "--publishing")
    seen = ledger.find(grounds.local(Settings(home=tmp_path / ".jinko")).cloud, Publisher, "hub")

    assert (code, refused) == (0, 2)
    assert "The Hub knows the token as me; it may write to: me, acme." in out
    assert seen is not None
    assert seen.user == "me"
    assert "HF_TOKEN: The Hub" in said
