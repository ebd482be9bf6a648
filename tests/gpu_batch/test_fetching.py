"""What a job fetches before it works: rows, folders, the base model; and what it tells meanwhile."""

import http.server
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from functions.on_upload.shapes import Shape
from gpu_batch.base import fetch, fetch_whole
from gpu_batch.console import Teller
from gpu_batch.data import read_samples
from gpu_batch.folders import download_folder, upload_folder
from gpu_batch.text import folder_digest
from infra import ledger
from schemas.errors import BadInput, Unavailable
from schemas.orders import BasePin, Shard
from schemas.runs import Progress
from tests.functions.rows_of_kinds import EVERY_KIND
from tests.gpu_batch.papers import RUN, conversation, turn, write_shard


def test_rows_come_back_as_they_were_written_in_their_order(on, tmp_path):
    rows = [turn(f" {n} ", "Größe 🙂\n", line=2 * n) for n in range(1, 30)]
    rows.append(conversation(("system", ""), ("user", "a"), ("assistant", "b"), line=99))
    shards = write_shard(on, "train", rows, tmp_path)
    assert read_samples(on, shards, tmp_path / "scratch") == rows
    assert read_samples(on, shards, tmp_path / "scratch", at_most=3) == rows[:3]
    assert read_samples(on, (), tmp_path / "scratch") == []


@pytest.mark.parametrize(("kind", "sample"), EVERY_KIND)
def test_rows_of_every_kind_come_back_with_their_images(on, tmp_path, kind, sample):
    pq.write_table(Shape(kind, images=True).table([sample] * 2, "f"), tmp_path / "a.parquet")
    on.store.upload(on.outbox, "a.parquet", tmp_path / "a.parquet")
    shards = [Shard(path="a.parquet", rows=2)]
    assert read_samples(on, shards, tmp_path / "scratch", kind=kind) == [sample, sample]


def test_a_shard_that_is_gone_or_damaged_is_told_by_its_name(on, tmp_path):
    [shard] = write_shard(on, "train", [turn("a", "b")], tmp_path)
    with pytest.raises(BadInput, match="holds 1 rows; its manifest says 2"):
        read_samples(on, [shard.model_copy(update={"rows": 2})], tmp_path)
    with pytest.raises(BadInput, match=r"gone\.parquet: This is not in the outbox any more"):
        read_samples(on, [Shard(path="datasets/gone.parquet", rows=1)], tmp_path)


def test_a_folder_goes_to_the_outbox_and_comes_back(on, tmp_path):
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"1")
    (tmp_path / "a" / "deep" / "two").write_bytes(b"22")
    assert upload_folder(on, tmp_path / "a", "runs/r/adapter/") == 3
    assert (download_folder(on, "runs/r/adapter/", tmp_path / "b") / "deep" / "two").read_bytes() == b"22"
    with pytest.raises(BadInput, match="not in the outbox"):
        download_folder(on, "runs/r/nothing/", tmp_path / "c")


# ---------------------------------------------------------------- the base model


def pinned(folder):
    return BasePin(name="mine", where="folder", location=str(folder), revision=folder_digest(folder))


def test_a_folder_base_is_used_as_it_was_when_the_run_was_ordered(gemma):
    (gemma / "model.safetensors").write_bytes(b"weights")
    pin = pinned(gemma)
    assert fetch(pin) == gemma
    (gemma / "model.safetensors").write_bytes(b"others")
    with pytest.raises(BadInput, match="mine: The base model's folder changed"):
        fetch(pin)


def test_a_base_without_safetensors_is_refused(gemma):
    (gemma / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(BadInput, match="no safetensors weights"):
        fetch(pinned(gemma))


def test_merged_is_the_whole_model_of_a_base_in_four_bits(gemma):
    (gemma / "model.safetensors").write_bytes(b"weights")
    assert fetch_whole(pinned(gemma)) == gemma
    stored = pinned(gemma).model_copy(update={"quantized": "4 bits (bitsandbytes)"})
    with pytest.raises(BadInput, match=r"stored in 4 bits .* 16-bit model is not known"):
        fetch_whole(stored)
    commit = "1" * 40
    with hub(404, X_Error_Code="RepoNotFound") as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", address)
        with pytest.raises(BadInput, match="base_model: owner/whole"):
            fetch_whole(stored.model_copy(update={"whole": f"owner/whole@{commit}"}))


@contextmanager
def hub(status, **headers):
    """A Hub that answers everything alike."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetch_from(address, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    fetch(BasePin(name="owner/name", where="hub", location="owner/name", revision="0" * 40))


@pytest.mark.parametrize(
    ("status", "headers", "finding"),
    [
        (404, {"X_Error_Code": "RepoNotFound"}, "no such model"),
        (404, {"X_Error_Code": "RevisionNotFound"}, "no revision 000"),
        (403, {"X_Error_Code": "GatedRepo"}, "gated"),
        (401, {"X_Error_Code": "GatedRepo"}, "gated"),
        (401, {}, "no such model"),
    ],
)
def test_a_model_that_cannot_be_had_is_the_persons_to_mend(monkeypatch, tmp_path, status, headers, finding):
    with hub(status, **headers) as address:
        with pytest.raises(BadInput, match=f"base_model: owner/name: .*{finding}"):
            fetch_from(address, monkeypatch, tmp_path)


def test_a_hub_that_does_not_answer_is_worth_another_try(monkeypatch, tmp_path):
    with hub(500) as address:
        with pytest.raises(Unavailable, match="answered 500 when asked for owner/name"):
            fetch_from(address, monkeypatch, tmp_path)
    with pytest.raises(Unavailable, match="did not answer for owner/name"):
        fetch_from(address, monkeypatch, tmp_path)  # nobody listens there now


# ---------------------------------------------------------------- telling


def test_a_phase_is_told_at_once_and_steps_not_more_often_than_every_two_seconds(on, capsys):
    teller = Teller(on, RUN, "train")
    teller.phase("training", "160 steps")
    assert capsys.readouterr().out == "     0.0 s  training: 160 steps\n"
    first = ledger.load(on, Progress, RUN)
    assert (first.stage, first.phase, first.step, first.loss) == ("train", "training", 0, None)
    for step in range(1, 50):
        teller.step(step, 160, 60.0, loss=0.5, token_accuracy=0.75)
    assert ledger.load(on, Progress, RUN) == first
    teller.step(160, 160, 0.0, loss=0.25, token_accuracy=0.875)
    last = ledger.load(on, Progress, RUN)
    assert (last.phase, last.step, last.steps) == ("training", 160, 160)
    assert (last.loss, last.token_accuracy, last.seconds_left) == (0.25, 0.875, 0.0)
    teller.phase("asking")
    assert ledger.load(on, Progress, RUN).step == 0


# ---------------------------------------------------------------- Weights & Biases


@pytest.mark.train
def test_wandb_without_a_key_is_the_persons_to_mend_before_anything_is_trained(tmp_path):
    code = (
        "from pathlib import Path\nfrom types import SimpleNamespace as N\n"
        "from gpu_batch.tracking import tracked\nfrom schemas.errors import BadInput\n"
        "settings = N(recipe=N(wandb_project='tickets'))\n"
        "order = N(run_id='0123456789abcdef', drop_name='tickets.csv', settings=settings)\n"
        "try:\n    with tracked(order, Path('.')):\n        print('open')\n"
        "except BadInput as error:\n    print(error)\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    clean = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": root}
    nowhere = {"WANDB_BASE_URL": "http://127.0.0.1:9"}  # a key is missed before anybody is called
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=clean | nowhere, capture_output=True, text=True
    )
    assert told.stdout.startswith("wandb_project: Weights & Biases refuses this run: No API key")
