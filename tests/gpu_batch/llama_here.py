"""llama.cpp for tests: asked for by a fixture, installed by `make setup`. No tests here."""

import os

import pytest

from gpu_batch.llama import pinned

MISSING = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def llama(request):
    """A llama.cpp is there. Without one these tests are skipped with one line; where CI=true, they fail."""
    if missing := pinned.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"In CI the tests that ask GGUF files must run, and {missing}.")
        request.config.stash[MISSING] = missing
        pytest.skip(missing)
    return pinned.FOLDER


def pytest_terminal_summary(terminalreporter, config):
    """The one line on a person's machine."""
    if missing := config.stash.get(MISSING, None):
        terminalreporter.write_line(f"The tests that ask GGUF files were skipped: {missing}.")
