"""The command in a folder of its own, in this process, and jobs that only write what training would leave."""

import json
import os
import sys
from pathlib import Path

import pytest

from infra import ground as grounds
from infra.settings import Settings
from jinko import follow
from jinko.__main__ import main
from tests.cloud.google_rest import GoogleRest, deployed

# `python -m gpu_batch --run … --stage … --attempt …` in 50 ms, told by the name of the drop what to do.
JOB = """
import json, os, sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
run, stage, attempt = given["--run"], given["--stage"], int(given["--attempt"])
home = os.environ["JINKO_HOME"]
key = f"-{given['--order']}" if "--order" in given else ""
with open(f"{home}/outbox/runs/{run}/{stage}/order{key}.json") as file:
    name = json.load(file)["drop_name"]
here = f"runs/{run}/{stage}/{attempt}/"
os.makedirs(f"{home}/outbox/{here}", exist_ok=True)
if name.startswith("wait"):
    time.sleep(30)
said = {"stage": stage, "run_id": run, "attempt": attempt, "seconds": 1.5}
if name.startswith("fail") and not os.path.exists("/".join([home, "mended"])):
    long = "The row is {} tokens long; at most 16 fit, and nothing is cut."
    said["faults"] = [
        {"place": f"{name}:{n}", "finding": long.format(60 + n), "next_step": "Raise training.max_length."}
        for n in range(2, 22)
    ]
elif stage == "train":
    asked = {"question": "Where?", "expected": "Here.", "before": "", "after": "Here.", "line": 3}
    score = {"rows": 4, "exact_match": 0.0, "loss": 4.0}
    after = score | {"exact_match": 0.75}
    said |= {"adapter": here + "adapter/", "before": score, "after": after, "steps": 6}
    said["answers"] = [asked | {"right_before": False, "right_after": True}]
else:
    said |= {"merged": here + "merged/", "compared": 4, "same": 4}
with open(f"{home}/outbox/{here}result.json", "w") as file:
    json.dump(said, file)
"""


@pytest.fixture
def jinko(tmp_path, monkeypatch, capsys):
    """The command in a folder of its own, in this process: exit code, what it printed and said beside."""
    for name in Settings(home=tmp_path).environment():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.02)
    monkeypatch.chdir(tmp_path)

    def typed(*arguments):
        monkeypatch.setattr(sys, "argv", ["jinko", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return ended.value.code, printed.out, printed.err

    return typed


@pytest.fixture
def here(tmp_path, jinko):
    """The ground of that folder, whose jobs are stand-ins."""
    package = tmp_path / "stand-in" / "gpu_batch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(JOB)
    ground = grounds.local(Settings(home=Path(".jinko").absolute()))
    path = os.pathsep.join([str(package.parent), ground.jobs.environment["PYTHONPATH"]])
    ground.jobs.environment = {**ground.jobs.environment, "PYTHONPATH": path}
    return ground


@pytest.fixture
def google(monkeypatch, jinko):
    """Google's answers about a project in which everything is there; the command is told of that project."""
    with GoogleRest(deployed("my-project")) as server:
        monkeypatch.setenv("JINKO_PROJECT", "my-project")
        monkeypatch.setenv("JINKO_REST_EMULATOR_HOST", server.host)
        yield server


@pytest.fixture
def looked(google, jinko):
    """Look, and tell how each thing stands: {what: its line as JSON has it}, and the exit code."""

    def look(*options):
        code, out, said = jinko("doctor", "--json", *options)
        assert said == ""
        return {one["what"]: one for one in json.loads(out)}, code

    return look
