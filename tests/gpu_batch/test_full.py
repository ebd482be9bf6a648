"""Full fine-tuning of the bundled tiny base for a few steps on a CPU: what it leaves, and its export."""

import json
import shutil
from types import SimpleNamespace

import pytest

from gpu_batch.__main__ import run_job
from gpu_batch.text import TEXT_FILES
from infra import ground
from infra.settings import Settings
from schemas import names
from tests.gpu_batch.journal import Journal
from tests.gpu_batch.papers import (
    RUN,
    TINY,
    dataset,
    export_order,
    metrics_of,
    result_of,
    tickets,
    tiny_pin,
    train_order,
)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

STEPS = 15
TRAINING = {"finetuning": "full", "learning_rate": 1e-3, "max_steps": STEPS, "batch_size": 8}
MEASURING = {"rows": 8, "max_new_tokens": 40}
MODEL = names.weights(RUN, "train", 1, "model")
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One full training, and its export, ordered as `on_job_done` does."""
    folder = tmp_path_factory.mktemp("run")
    journal = Journal()
    on = journal.watching(ground.cloud(Settings(home=folder / "home")))
    rows = dataset(on, tickets(0, 120), tickets(900, 910), folder)
    order = train_order(on, rows, training=TRAINING, evaluation=MEASURING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")  # so that it is taken back: the job sets it
        assert run_job(on, RUN, "train", 1) == 0
        trained = result_of(on, "train")
        export_order(on, order, None, "merged", model=trained.model, answers=trained.answers)
        assert run_job(on, RUN, "export", 1) == 0
        yield SimpleNamespace(on=on, order=order, trained=trained, journal=journal)


def files(run, prefix):
    return {
        one.name.removeprefix(prefix): run.on.store.read(run.on.outbox, one.name)
        for one in run.on.store.list(run.on.outbox, prefix)
    }


def test_all_weights_learn_the_same_labels_and_no_adapter_is_made(run):
    curve = metrics_of(run.on)
    assert len(curve) == STEPS
    assert curve[-1]["loss"] < curve[0]["loss"] / 2
    assert run.trained.faults == ()
    assert (run.trained.adapter, run.trained.model, run.trained.weights) == (None, MODEL, MODEL)
    assert run.trained.effective["trainable parameters"] == "919936"
    assert run.trained.after.loss < run.trained.before.loss / 2


def test_the_first_loss_is_the_one_that_lora_starts_from(run, tmp_path):
    """An untrained adapter changes nothing, so the same rows in the same order give the same number."""
    on = ground.cloud(Settings(home=tmp_path / "home"))
    rows = dataset(on, tickets(0, 120), [], tmp_path)
    train_order(on, rows, training={"max_steps": 1, "batch_size": 8})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        assert run_job(on, RUN, "train", 1) == 0
    assert metrics_of(on)[0]["loss"] == metrics_of(run.on)[0]["loss"]
    assert result_of(on, "train").effective["learning_rate"] == "0.0002"


def test_what_is_kept_is_a_complete_folder_that_differs_from_the_base_in_its_weights_alone(run):
    kept = files(run, MODEL)
    base = {path.name: path.read_bytes() for path in TINY.iterdir() if path.name != "README.md"}
    assert kept.keys() == base.keys()
    for name in (set(TEXT_FILES) - {"config.json"}) & base.keys():
        assert kept[name] == base[name], name
    assert json.loads(kept["config.json"]) == json.loads(base["config.json"])
    assert kept[WEIGHTS] != base[WEIGHTS]
    assert len(kept[WEIGHTS]) == pytest.approx(len(base[WEIGHTS]), rel=0.01)  # bfloat16, as the base
    assert run.trained.effective["dtype"] == "float32, kept as bfloat16"


def test_the_model_is_saved_before_it_is_measured_and_the_result_is_written_last(run):
    at = run.journal.at
    assert at("phase: training") < at(MODEL + WEIGHTS) < at("phase: asking the held-out rows after")
    written = at(names.result(RUN, "train", 1))
    assert all(names.attempt_prefix(RUN, "train", 1) not in line for line in run.journal.lines[written + 1 :])


def test_the_export_is_the_kept_model_which_gave_the_same_answers_again(run):
    result = result_of(run.on, "export")
    assert result.faults == ()
    assert (result.compared, result.same) == (8, 8)
    assert result.exact_match == run.trained.after.exact_match
    assert files(run, result.merged) == files(run, MODEL)


def test_only_rows_that_were_asked_after_training_are_asked_again(run):
    export_order(run.on, run.order, None, "merged", model=MODEL, answers=run.trained.answers[2:5])
    assert run_job(run.on, RUN, "export", 2) == 0
    assert (result_of(run.on, "export", 2).compared, result_of(run.on, "export", 2).same) == (3, 3)


def test_a_kept_model_that_answers_otherwise_is_not_handed_out(run):
    kept = run.on.store.read(run.on.outbox, MODEL + WEIGHTS)
    export_order(run.on, run.order, None, "merged", model=MODEL, answers=run.trained.answers)
    run.on.store.write(run.on.outbox, MODEL + WEIGHTS, (TINY / WEIGHTS).read_bytes())
    try:
        assert run_job(run.on, RUN, "export", 3) == 0
    finally:
        run.on.store.write(run.on.outbox, MODEL + WEIGHTS, kept)
    result = result_of(run.on, "export", 3)
    assert (result.merged, result.compared, result.same) == (None, 8, 0)
    assert "otherwise than the model right after training did" in result.faults[0].finding
    assert "What training left stays" in result.faults[0].next_step


def test_a_base_in_whose_precision_no_model_can_be_saved_is_refused_before_training(on, tmp_path, offline):
    import torch
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(TINY, tmp_path / "small")
    weights = {name: one.to(torch.float8_e4m3fn) for name, one in load_file(TINY / WEIGHTS).items()}
    save_file(weights, folder / WEIGHTS, {"format": "pt"})
    rows = dataset(on, tickets(0, 4), [], tmp_path)
    train_order(on, rows, pin=tiny_pin(folder), training=TRAINING)
    assert run_job(on, RUN, "train", 1) == 0
    (fault,) = result_of(on, "train").faults
    assert "stored as F8_E4M3" in fault.finding
    assert "LoRA" in fault.next_step
