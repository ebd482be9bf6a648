"""Where Jinko runs: the environment, the defaults, one clear error, and one ground for the same settings."""

from pathlib import Path

import pytest

from infra import ground as grounds
from infra import settings
from infra.settings import Settings
from schemas.errors import BadInput


def test_without_any_variable_the_ground_is_a_folder_of_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read = settings.read({})

    assert (read.ground, read.home) == ("local", tmp_path / ".jinko")
    assert (read.models / "tiny-gemma3" / "config.json").is_file()


def test_variables_say_where_and_paths_are_made_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read = settings.read({"JINKO_HOME": "here", "JINKO_MODELS": "/models"})

    assert (read.home, read.models) == (tmp_path / "here", Path("/models"))
    assert settings.read(read.environment()) == read


def test_an_unknown_ground_is_refused_with_the_ones_that_there_are():
    with pytest.raises(BadInput) as refused:
        settings.read({"JINKO_GROUND": "moon"})
    (fault,) = refused.value.faults

    assert fault.place == "JINKO_GROUND"
    assert "'moon'" in fault.finding
    assert "local" in fault.next_step


def test_what_a_process_adopts_is_what_it_and_its_children_read(ground, tmp_path):
    other = Settings(home=tmp_path / "other")
    settings.adopt(other)
    child = settings.process_environment(other)

    assert settings.read() == other
    assert settings.read(child) == other
    assert (Path(child["PYTHONPATH"].split(":")[0]) / "gpu_batch" / "__main__.py").is_file()
    assert "PATH" in child


def test_equal_settings_are_the_same_ground(ground):
    assert grounds.local() is ground
    assert grounds.cloud() is ground.cloud
    assert grounds.cloud(Settings(home=ground.home)) is ground.cloud
    assert grounds.local(Settings(home=ground.home / "other")) is not ground
