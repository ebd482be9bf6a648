"""A base without a chat template, trained for real: it gets one, learns its new tokens, and keeps both."""

import json
import shutil

import pytest

from gpu_batch.__main__ import run_job
from gpu_batch.folders import download_folder
from gpu_batch.text import ChatText
from schemas import names
from tests.gpu_batch.papers import (
    RUN,
    TINY,
    dataset,
    export_order,
    result_of,
    tickets,
    tiny_pin,
    train_order,
)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
SETTINGS = {"learning_rate": 1e-2, "max_steps": 4, "batch_size": 4}


@pytest.mark.parametrize("finetuning", ["lora", "full"])
def test_a_base_that_was_never_taught_to_chat_leaves_as_a_model_that_can(
    on, tmp_path, monkeypatch, finetuning
):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    base = tmp_path / "plain"
    shutil.copytree(TINY, base)
    (base / "chat_template.jinja").unlink()
    (base / "generation_config.json").write_text(json.dumps({"eos_token_id": 1}))
    rows = dataset(on, tickets(0, 24), tickets(900, 904), tmp_path)
    training = {**SETTINGS, "finetuning": finetuning}
    measuring = {"rows": 4, "max_new_tokens": 8}
    order = train_order(on, rows, tiny_pin(base), training=training, evaluation=measuring)
    assert run_job(on, RUN, "train", 1) == 0
    trained = result_of(on, "train")
    assert trained.faults == ()
    assert trained.effective["chat template"] == "ChatML with 2 new tokens, since the base has none"
    assert trained.preview[0].stretches[-2].text.endswith("<|im_end|>")

    whole = {} if finetuning == "lora" else {"model": trained.model, "answers": trained.answers}
    adapter = trained.adapter if finetuning == "lora" else None
    export_order(on, order, adapter, "merged", **whole)
    assert run_job(on, RUN, "export", 1) == 0
    made = result_of(on, "export")
    assert made.faults == ()
    assert made.same == made.compared == 4
    kept = download_folder(on, made.merged or names.weights(RUN, "export", 1, "merged"), tmp_path / "kept")
    chat = ChatText.from_folder(kept)
    assert chat.added_template is None
    assert chat.decode(sorted(chat.stop_ids)).count("<|im_end|>") == 1
