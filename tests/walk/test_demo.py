"""`jinko demo --json`, as a stranger runs it: the example is learned, not remembered, and in time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.walk
BUSY_SECONDS = 120  # on two busy cores; 90 on two idle ones


def test_the_demo_learns_rows_it_never_saw_and_says_where_everything_lies(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "jinko", "demo", "--json"], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)

    assert told["dataset"]["rows_read"] == told["dataset"]["rows_kept"]
    assert told["dataset"]["train"] + told["dataset"]["test"] == told["dataset"]["rows_kept"]
    assert told["before"]["exact_match"] <= 0.05
    assert told["after"]["exact_match"] >= 0.90
    assert told["merged"]["compared"] == told["merged"]["same"] == 50
    assert set(told["artifacts"]) == {"adapter", "merged", "report", "card", "status"}
    assert all(Path(path).exists() for path in told["artifacts"].values())
    assert told["seconds"] <= BUSY_SECONDS
    assert "Traceback" not in ran.stderr
