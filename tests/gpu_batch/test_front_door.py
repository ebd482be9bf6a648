"""The job's front door: arguments, exit codes, and that it does nothing twice."""

import subprocess
import sys

import pytest

from gpu_batch.__main__ import main
from infra import ground
from schemas import names
from schemas.results import TrainResult
from tests.gpu_batch.papers import RUN, dataset, train_order, turn

ARGUMENTS = ["--run", RUN, "--stage", "train", "--attempt", "1"]


@pytest.fixture
def at_door(on, monkeypatch):
    """The ground that the front door opens is the test's."""
    monkeypatch.setattr(ground, "cloud", lambda: on)
    return on


def test_help_teaches_and_takes_no_torch():
    help_and_more = "try: door.main(['--help'])\nfinally: print('torch' in sys.modules)"
    code = f"import sys, gpu_batch.__main__ as door\n{help_and_more}"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "result.json last" in told
    assert "exit codes: 0" in told
    assert told.endswith("False\n")


@pytest.mark.parametrize("wrong", [["--stage", "bake"], ["--attempt", "0"], ["--attempt", "x"]])
def test_arguments_that_make_no_sense_are_code_two(wrong, capsys):
    with pytest.raises(SystemExit) as left:
        main([*ARGUMENTS, *wrong])
    assert left.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_job_whose_result_is_there_does_nothing(at_door, capsys):
    name = names.result(RUN, "train", 1)
    at_door.store.write(at_door.outbox, name, TrainResult(run_id=RUN, attempt=1).model_dump_json().encode())
    before = at_door.store.stat(at_door.outbox, name)
    assert main(ARGUMENTS) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert at_door.store.stat(at_door.outbox, name) == before


def test_an_order_that_is_not_there_yet_is_worth_another_try(at_door, capsys):
    assert main(ARGUMENTS) == 75
    assert f"no order at {names.order(RUN, 'train')}" in capsys.readouterr().err
    assert at_door.store.stat(at_door.outbox, names.result(RUN, "train", 1)) is None


def test_a_mistake_of_ours_leaves_its_traceback_in_the_log(at_door, capsys):
    at_door.store.write(at_door.outbox, names.order(RUN, "train"), b"{}")
    assert main(ARGUMENTS) == 1
    assert "Traceback" in capsys.readouterr().err
    assert at_door.store.stat(at_door.outbox, names.result(RUN, "train", 1)) is None


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_what_is_wrong_with_a_persons_base_is_a_result_and_code_zero(at_door, tmp_path, offline):
    rows = dataset(at_door, [turn("a", "b")], [], tmp_path)
    order = train_order(at_door, rows)
    changed = order.base.model_copy(update={"revision": "0" * 40})
    train_order(at_door, rows, pin=changed)
    assert main(ARGUMENTS) == 0
    result = TrainResult.model_validate_json(
        at_door.store.read(at_door.outbox, names.result(RUN, "train", 1))
    )
    assert [fault.place for fault in result.faults] == ["tiny-gemma3"]
    assert result.adapter is None
