"""The base of a run is found before anything starts: pinned, refused in words, waited for, never replaced."""

import pytest

from functions.on_dataset_ready.step import order
from infra import ledger, settings
from schemas.errors import Unavailable
from schemas.runs import RunRecord
from tests.conftest import remembered
from tests.functions.runs import jobs, ordered, page, prepared, the_drop
from tests.infra.loopback import COMMIT, NOBODY, believe, serving


def runs(on):
    return ledger.every(on, RunRecord)


def refused(ground, ready):
    """Why a drop was refused, once it is sure that nothing was started for it."""
    assert order(ready, ground.cloud) == []
    before = remembered(ground)
    assert order(ready, ground.cloud) == []
    assert remembered(ground) == before
    assert jobs(ground) == {}
    assert runs(ground.cloud) == []
    drop = the_drop(ground, ready)
    assert drop.state == "refused"
    assert drop.base is None
    (fault,) = drop.faults
    assert fault.finding.split(".")[0] in page(ground).replace("\\", "")
    return fault


def test_an_unknown_bundled_base_is_refused_with_the_ones_that_there_are(ground):
    fault = refused(ground, prepared(ground, base_model="tiny-gemma4"))

    assert fault.place == "base_model: tiny-gemma4"
    assert "no bundled base called 'tiny-gemma4'" in fault.finding
    assert "tiny-gemma3" in fault.next_step


def test_a_folder_that_holds_no_model_is_refused(ground, tmp_path):
    for name, finding in ((str(tmp_path), "no config.json"), ("./here", "full path")):
        fault = refused(ground, prepared(ground, base_model=name))
        assert fault.place == f"base_model: {name}"
        assert finding in fault.finding


def test_a_folder_of_this_machine_with_a_model_is_a_base(ground, on, tmp_path):
    bundled = settings.BUNDLED_MODELS / "tiny-gemma3"
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in bundled.iterdir():
        (mine / path.name).symlink_to(path)
    (changed,) = order(prepared(ground, base_model=str(mine)), on)
    run = ledger.load(on, RunRecord, changed.run_id)

    assert run.base.location == str(mine)
    assert run.base.revision == ordered(ground, "b.csv").base.revision  # the same files, the same revision


def test_a_base_that_cannot_be_talked_to_is_refused(ground, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    fault = refused(ground, prepared(ground, base_model=str(tmp_path)))

    assert str(tmp_path) in fault.place
    assert fault.next_step


def test_a_base_that_the_hub_does_not_know_is_refused_before_any_job_and_never_replaced(ground, monkeypatch):
    with serving({"no/such": (404, "RepoNotFound")}) as (address, asked):
        believe(monkeypatch, address)
        fault = refused(ground, prepared(ground, base_model="no/such"))

    assert fault.place == "base_model: no/such"
    assert "owner/name" in fault.next_step
    assert not [path for path in asked if "/api/models/" in path and "no/such" not in path]


def test_a_base_of_the_hub_is_pinned_at_its_commit_and_asked_for_once(ground, on, monkeypatch):
    with serving({"owner/name": settings.BUNDLED_MODELS / "tiny-gemma3"}) as (address, asked):
        believe(monkeypatch, address)
        ready = prepared(ground, base_model="owner/name")
        first = order(ready, on)
        before = len(asked)
        assert order(ready, on) == first
    run = ledger.load(on, RunRecord, first[0].run_id)

    assert run.base.model_dump() == {
        "name": "owner/name",
        "where": "hub",
        "location": "owner/name",
        "revision": COMMIT,
        "weight_bytes": (settings.BUNDLED_MODELS / "tiny-gemma3" / "model.safetensors").stat().st_size,
        "weight_bits": 16,
        "architecture": "Gemma3ForCausalLM",
        "sees": False,
        "leaves_out": ("tools", "thoughts", "thoughts before calls"),
        "quantized": None,
        "whole": None,
    }
    assert len(asked) == before
    assert not [path for path in asked if "safetensors" in path]


def a_model(folder, config, **sizes):
    """A folder with the bundled base's texts, a configuration of its own, and weights of these sizes."""
    folder.mkdir()
    for path in (settings.BUNDLED_MODELS / "tiny-gemma3").iterdir():
        if path.suffix != ".safetensors" and path.name != "config.json":
            (folder / path.name).symlink_to(path)
    (folder / "config.json").write_text(config)
    for name, size in sizes.items():
        (folder / f"{name.replace('_', '-')}.safetensors").write_bytes(bytes(size))
    return folder


@pytest.mark.parametrize(
    ("config", "bits"),
    [
        ('{"dtype": "float32"}', 32),
        ('{"torch_dtype": "float16"}', 16),
        ('{"text_config": {"torch_dtype": "float32"}}', 32),
        ('{"dtype": 7}', 16),
        ("{}", 16),
    ],
)
def test_how_large_a_base_is_is_pinned_with_it(ground, on, tmp_path, config, bits):
    sizes = {"model_00001_of_00002": 600, "model_00002_of_00002": 40, "consolidated": 640}
    folder = a_model(tmp_path / "mine", config, **sizes)
    (changed,) = order(prepared(ground, base_model=str(folder)), on)
    base = ledger.load(on, RunRecord, changed.run_id).base

    assert (base.weight_bytes, base.weight_bits) == (640, bits)
    assert base.weights == 640 * 8 / bits


def test_a_hub_that_does_not_answer_is_waited_for_and_the_page_says_so(ground, on, monkeypatch):
    believe(monkeypatch, NOBODY)
    ready = prepared(ground, base_model="owner/name")
    for _ in range(2):
        with pytest.raises(Unavailable, match="owner/name"):
            order(ready, on)
    waiting = the_drop(ground, ready)
    assert (waiting.state, waiting.base) == ("prepared", None)
    assert waiting.waiting is not None
    assert "## Waiting" in page(ground)
    assert (jobs(ground), runs(on)) == ({}, [])

    with serving({"owner/name": settings.BUNDLED_MODELS / "tiny-gemma3"}) as (address, _):
        believe(monkeypatch, address)
        (changed,) = order(ready, on)
    assert the_drop(ground, ready).waiting is None
    assert ledger.load(on, RunRecord, changed.run_id).base.name == "owner/name"
