"""What the job's tests stand on: a ground in a temporary folder, and base models of a few kilobytes."""

import pytest

from infra import ground
from infra.settings import Settings
from tests.gpu_batch.bases import CHATML, GEMMA3, make_base


@pytest.fixture
def on(tmp_path):
    """A local ground of its own."""
    return ground.cloud(Settings(home=tmp_path / "home"))


@pytest.fixture
def gemma(tmp_path):
    """The folder of a base with Gemma 3's chat template."""
    return make_base(
        tmp_path / "tiny-gemma", GEMMA3, ["<start_of_turn>", "<end_of_turn>"], end="<end_of_turn>"
    )


@pytest.fixture
def chatml(tmp_path):
    """The folder of a base with a ChatML template, which strips nothing."""
    return make_base(tmp_path / "tiny-chatml", CHATML, ["<|im_start|>", "<|im_end|>"], end="<|im_end|>")


@pytest.fixture(scope="session")
def tuned_adapter(tmp_path_factory):
    """An adapter of the tiny base that knows a few rows by heart, trained once."""
    from tests.gpu_batch.exported import ROWS
    from tests.gpu_batch.tuned import adapter

    return adapter(tmp_path_factory.mktemp("tuned") / "adapter", ROWS)


@pytest.fixture
def offline(monkeypatch):
    """A job in this process keeps the Hub away by a variable; it is taken back after the test."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
