"""Which ground the settings name, and that opening one brings nothing of the other."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra import ground
from infra.settings import GoogleSettings, Settings
from schemas.errors import BadInput
from tests.house.tree import ROOT

GOOGLE = Settings(home=Path("/nowhere"), google=GoogleSettings(project="acme", inbox="in", outbox="out"))

OPENS = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1] or name.startswith(sys.argv[1] + "."):
            raise ImportError(name + " is not staged")

sys.meta_path.insert(0, Blocked())
from infra import ground
on = ground.cloud()
clients = ("google.cloud.", "google.api", "grpc")
print(type(on.store).__name__, *(name for name in sys.modules if name.startswith(clients)))
"""


def opened(without, tmp_path, **settings):
    """What a process of its own says that opens the ground of these settings, without a package."""
    environment = {"PYTHONPATH": str(ROOT), "JINKO_HOME": str(tmp_path / "home"), **settings}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OPENS, without], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_google_ground_needs_nothing_of_the_local_one_and_imports_no_client_before_it_is_used(tmp_path):
    assert opened("infra.local", tmp_path, JINKO_PROJECT="acme") == ["GoogleStore"]


def test_the_local_ground_needs_nothing_of_googles(tmp_path):
    assert opened("infra.gcp", tmp_path) == ["LocalStore"]


def test_a_project_has_its_buckets_its_machines_and_no_folders():
    on = ground.cloud(GOOGLE)

    assert (on.inbox, on.outbox, on.folders, on.max_active_runs) == ("in", "out", False, 5)
    assert on.max_function_bytes == 500_000_000
    assert on.machines


def test_the_same_settings_are_the_same_ground():
    assert ground.cloud(GOOGLE) is ground.cloud(GOOGLE.model_copy())
    assert ground.cloud(GOOGLE) is not ground.cloud(GOOGLE.model_copy(update={"max_active_runs": 2}))


def test_what_only_this_machine_can_do_is_refused_in_words_on_a_project():
    with pytest.raises(
        BadInput, match=r"JINKO_GROUND: .*this machine alone.*project acme.*JINKO_GROUND=local"
    ):
        ground.local(GOOGLE)
