"""Real SFT of the bundled tiny base on the example data set, for a few steps on a CPU, and its export."""

import json
from types import SimpleNamespace

import pytest

from gpu_batch.__main__ import run_job
from infra import ground, ledger
from infra.settings import Settings
from schemas import names
from schemas.runs import Progress
from tests.gpu_batch.journal import Journal
from tests.gpu_batch.papers import RUN, dataset, export_order, metrics_of, result_of, tickets, train_order

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

STEPS = 30
TRAINING = {
    "lora_rank": 16,
    "lora_alpha": 32,
    "learning_rate": 1e-2,
    "max_steps": STEPS,
    "batch_size": 8,
    "warmup_steps": 5,
    "scheduler": "linear",
    "weight_decay": 0.01,
    "seed": 3,
}
MEASURING = {"rows": 8, "max_new_tokens": 40}
ADAPTER = names.weights(RUN, "train", 1, "adapter")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One training and its export, looked at by most tests here."""
    folder = tmp_path_factory.mktemp("run")
    journal = Journal()
    on = journal.watching(ground.cloud(Settings(home=folder / "home")))
    rows = dataset(on, tickets(0, 240), tickets(900, 920), folder)
    order = train_order(on, rows, training=TRAINING, evaluation=MEASURING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")  # so that it is taken back: the job sets it
        assert run_job(on, RUN, "train", 1) == 0
        export_order(on, order, ADAPTER, "merged", "adapter")
        assert run_job(on, RUN, "export", 1) == 0
        yield SimpleNamespace(on=on, order=order, lines=list(journal.lines), journal=journal)


def test_the_loss_goes_down_and_every_step_is_in_the_metrics(run):
    curve = metrics_of(run.on)
    assert [line["step"] for line in curve] == list(range(1, STEPS + 1))
    assert set(curve[0]) == {
        "step",
        "loss",
        "token_accuracy",
        "learning_rate",
        "grad_norm",
        "tokens_per_second",
        "seconds",
    }
    assert curve[-1]["loss"] < curve[0]["loss"] / 3
    assert curve[4]["learning_rate"] == pytest.approx(TRAINING["learning_rate"] * 4 / 5)


def test_the_first_five_rows_show_what_of_them_is_learned(run):
    shown = result_of(run.on, "train").preview
    learned = [[one.text for one in row.stretches if one.learned] for row in shown]
    assert learned == [[f"{row.answer}<end_of_turn>"] for row in tickets(0, 5)]


def test_held_out_rows_are_measured_before_and_after(run):
    result = result_of(run.on, "train")
    assert result.faults == ()
    assert (result.before.rows, result.after.rows) == (8, 8)
    assert result.before.exact_match == 0
    assert result.after.loss < result.before.loss / 3
    assert result.after.token_accuracy > result.before.token_accuracy
    first = result.answers[0]
    assert (first.question, first.expected, first.line) == (
        tickets(900, 901)[0].prompt[0].content,
        tickets(900, 901)[0].answer,
        902,
    )
    assert first.after.startswith("TICKET | ")
    assert not first.before.startswith("TICKET")
    right = sum(one.after == one.expected for one in result.answers)
    assert result.after.exact_match == right / 8


def test_every_setting_is_used(run):
    config = json.loads(run.on.store.read(run.on.outbox, f"{ADAPTER}adapter_config.json"))
    assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (16, 32, 0.0)
    for layer in ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"):
        assert layer in config["target_modules"]
    assert "/" not in config["base_model_name_or_path"]  # the base's name, no path of this machine
    result = result_of(run.on, "train")
    assert result.steps == STEPS
    assert result.effective["device"] == "CPU"
    assert result.effective["dtype"] == "float32"
    assert "learning_rate" not in result.effective  # a person chose it
    assert result.effective["threads"].startswith("1 of ")
    assert result.effective["trainable parameters"] == "155648"
    assert 40 < int(result.effective["max_length"]) < 200


def test_the_adapter_is_saved_before_it_is_measured_and_the_result_is_written_last(run):
    at = run.journal.at
    saved = at(f"{ADAPTER}adapter_model.safetensors")
    assert at("phase: training") < saved < at("phase: asking the held-out rows after")
    for stage in ("train", "export"):
        written = at(names.result(RUN, stage, 1))
        prefix = names.attempt_prefix(RUN, stage, 1)
        assert all(prefix not in line for line in run.lines[written + 1 :])


def test_progress_speaks_of_the_run_in_words(run):
    told = ledger.load(run.on, Progress, RUN)
    assert (told.stage, told.phase) == ("export", "uploading the merged model")
    assert "phase: training" in run.lines


def test_the_merged_model_is_complete_and_answers_as_the_adapter_does(run, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from gpu_batch.folders import download_folder
    from gpu_batch.text import ChatText

    result = result_of(run.on, "export")
    assert result.faults == ()
    assert result.compared == 8
    assert result.same >= 7
    assert result.exact_match is not None
    folder = download_folder(run.on, result.merged, tmp_path / "merged")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert str(model.dtype) == "torch.bfloat16"
    asked = tickets(900, 901)[0].prompt
    turns = [message.model_dump() for message in asked]
    ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    assert ids == ChatText.from_folder(folder).prompt_ids(asked)


def test_a_second_call_of_the_same_attempt_does_nothing(run):
    before = len(run.journal.lines)
    assert run_job(run.on, RUN, "train", 1) == 0
    assert len(run.journal.lines) == before


def test_a_merged_model_that_answers_otherwise_is_not_handed_out(run, monkeypatch):
    from gpu_batch import export

    real = export.merge

    def base_alone(folder, adapter, target):
        """As if merging had lost the adapter."""
        merged = real(folder, adapter, target)
        (merged / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
        return merged

    monkeypatch.setattr(export, "merge", base_alone)
    assert run_job(run.on, RUN, "export", 2) == 0
    result = result_of(run.on, "export", 2)
    assert (result.merged, result.compared, result.same) == (None, 8, 0)
    assert "of the tokens otherwise than the adapter did" in result.faults[0].finding
    assert list(run.on.store.list(run.on.outbox, names.weights(RUN, "export", 2, "merged"))) == []
