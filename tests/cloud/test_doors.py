"""The three functions as they are deployed, over HTTP: they start without a warning, and refuse noise."""

import subprocess

import pytest

from infra.reach import reached
from infra.stage import FUNCTIONS
from tests.cloud.doors import doors, venv
from tests.cloud.envelopes import JSON, push
from tests.house.requirements import IMPORTER

pytestmark = pytest.mark.cloud
NO_CLOUD = {"JINKO_GROUND": "gcp", "JINKO_PROJECT": "nobodys-project", "PYTHONWARNINGS": "default"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The doors with no cloud behind them: what they answer here, they answer without one."""
    with doors(tmp_path_factory.mktemp("doors"), NO_CLOUD) as up:
        yield up


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_foreign_notice_is_acknowledged(served, function):
    assert served[function].post(push(attributes={"eventType": "OBJECT_DELETE"}), JSON) == 200


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_message_that_is_no_event_is_not_acknowledged(served, function):
    assert served[function].post(push(b"no event"), JSON) == 500


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_no_envelope_is_refused(served, function):
    assert served[function].post(b"no envelope", JSON) == 400


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_staged_function_starts_without_a_warning(served, function):
    assert "warn" not in served[function].said().lower()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_everything_that_a_function_imports_is_in_its_folder_and_its_lock(served, function):
    folder = served[function].folder
    ours, others = reached(folder, f"functions.{function}.main")
    python = str(venv(folder / "requirements.txt") / "python")
    command = [python, "-I", "-B", "-W", "error", "-c", IMPORTER, str(folder), *ours, *sorted(others)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
