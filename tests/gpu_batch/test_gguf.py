"""GGUF files made by llama.cpp's own programs, and answering in a real llama.cpp as transformers does."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gpu_batch.__main__ import run_job
from infra import ground
from infra.settings import Settings, process_environment
from schemas import names
from schemas.exports import ProofOptions
from tests.gpu_batch.exported import ROWS, gguf_order, trained
from tests.gpu_batch.papers import RUN, dataset, result_of, tiny_pin, train_order

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

PATIENCE = 90.0
ATTEMPTS = {"converting to GGUF": 3, "asking model-F16.gguf": 4, "uploading model-Q8_0.gguf": 5}


@pytest.fixture(scope="module")
def made(tmp_path_factory, tuned_adapter, llama):
    """A merged model on a ground, and its GGUF files."""
    folder = tmp_path_factory.mktemp("gguf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        of = trained(ground.cloud(Settings(home=folder / "home")), tuned_adapter, folder)
        assert run_job(of.on, RUN, "export", 1) == 0
        gguf_order(of, "f16", "q8_0", "q4_k_m")
        assert run_job(of.on, RUN, "gguf", 1) == 0
        yield of


def listed(on, attempt):
    """What an attempt has in the outbox, with sizes, without the folder's name."""
    prefix = names.attempt_prefix(RUN, "gguf", attempt)
    return {one.name.removeprefix(prefix): one.size for one in on.store.list(on.outbox, prefix)}


def test_every_file_answers_in_llama_cpp_as_the_model_does_in_transformers(made):
    result, exact = result_of(made.on, "gguf"), result_of(made.on, "export")
    assert (result.faults, result.refused) == ((), ())
    assert [file.format for file in result.files] == ["f16", "q8_0", "q4_k_m"]
    for file, beside in zip(result.files, ("merged", "f16", "f16"), strict=True):
        proof = file.proof
        assert (proof.format, proof.beside) == (file.format, beside)
        assert (proof.prompts, proof.tokens) == (5, 5)
        assert (proof.compared, proof.stopped) == (8, 8)
        assert proof.loss == pytest.approx(exact.proof.loss, abs=0.1)
        if file.format != "q4_k_m":
            assert (proof.same, proof.alike) == (8, proof.choices)
            assert proof.exact_match == exact.exact_match


def test_the_folder_has_all_that_ollama_and_llama_cpp_want(made):
    result, there = result_of(made.on, "gguf"), listed(made.on, 1)
    files = {f"gguf/model-{name}.gguf" for name in ("F16", "Q8_0", "Q4_K_M")}
    beside = {"gguf/Modelfile", "gguf/chat_template.jinja", "gguf/generation_config.json", "result.json"}
    assert set(there) == files | beside
    told = {file.path.removeprefix(names.attempt_prefix(RUN, "gguf", 1)): file.size for file in result.files}
    assert told == {name: there[name] for name in files}
    modelfile = made.on.store.read("outbox", f"{result.folder}Modelfile").decode()
    assert "\nFROM ./model-Q4_K_M.gguf\n" in modelfile
    assert 'PARAMETER stop "<end_of_turn>"\n' in modelfile
    assert "<bos>" not in modelfile


# ---------------------------------------------------------------- what is wrong is found out


@pytest.fixture(scope="module")
def exam(made, tmp_path_factory):
    """The exact file again, and what it is asked."""
    from gpu_batch.exam import first_exam
    from gpu_batch.folders import download, download_folder

    folder = tmp_path_factory.mktemp("exam")
    order = gguf_order(made, "f16", key="again")
    merged = download_folder(made.on, order.merged, folder / "merged")
    file = download(made.on, result_of(made.on, "gguf").files[0].path, folder / "model-F16.gguf")
    return order, first_exam(order, made.on, folder, merged), file


def refused(exam, tmp_path, change):
    """Why a file that was changed so is not handed out."""
    from gpu_batch.exam import examined

    order, asked, file = exam
    changed = tmp_path / file.name
    changed.write_bytes(change(file.read_bytes()))
    return " ".join(fault.finding for fault in examined(order, "f16", changed, asked, "")[2])


def test_the_file_as_it_was_made_passes_the_exam(exam, tmp_path):
    assert refused(exam, tmp_path, lambda data: data) == ""


def test_a_text_that_begins_twice_is_found_out(exam, tmp_path):
    plain, twice = b"{{ bos_token }}", b"{{bos_token*2}}"
    said = refused(exam, tmp_path, lambda data: data.replace(plain, twice))
    assert "It reads 5 of 5 prompts as other tokens than were trained on" in said


def test_an_end_that_llama_cpp_does_not_know_is_found_out(exam, tmp_path):
    """Its name alone tells it: the file itself names another token as the end of a text."""
    known, unknown = b"<end_of_turn>", b"<end_of_tern>"
    said = refused(exam, tmp_path, lambda data: data.replace(known, unknown))
    assert "None of its 8 answers ends" in said


def test_other_weights_are_found_out(exam, tmp_path):
    def scaled(data):
        """The last third of the file, which is tensors: every number twice or half as large."""
        start = len(data) * 2 // 3 // 32 * 32
        return data[:start] + bytes(one ^ (4 if at % 2 else 0) for at, one in enumerate(data[start:]))

    assert "Its loss on wanted answers is" in refused(exam, tmp_path, scaled)


# ---------------------------------------------------------------- killed


def kill_during(home, phase, attempt):
    """Start the job as a process of its own and kill it as soon as it says so."""
    command = [sys.executable, "-m", "gpu_batch", "--run", RUN, "--stage", "gguf", "--attempt", str(attempt)]
    environment = {**process_environment(home), "HF_HUB_OFFLINE": "1"}
    job = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    end = time.monotonic() + PATIENCE
    said = ""
    while phase not in said:
        said = job.stdout.readline()
        assert said, "it ended before"
        assert time.monotonic() < end
    os.kill(job.pid, signal.SIGKILL)
    job.communicate()


def test_an_export_to_gguf_that_is_killed_leaves_no_result_and_a_retry_finishes_it(made):
    home = Settings(home=made.folder / "home")
    gguf_order(made, "q8_0")
    for phase, attempt in ATTEMPTS.items():
        kill_during(home, phase, attempt)
        assert "result.json" not in listed(made.on, attempt)
    assert run_job(made.on, RUN, "gguf", 6) == 0
    assert set(listed(made.on, 6)) >= {"gguf/model-Q8_0.gguf", "gguf/Modelfile", "result.json"}
    assert result_of(made.on, "gguf", 6).faults == ()


# ---------------------------------------------------------------- K-quants, and what a person allows


@pytest.fixture(scope="module")
def wide(tmp_path_factory, llama):
    """A whole model of width 256, as full fine-tuning would leave it."""
    from gpu_batch.folders import upload_folder
    from tests.gpu_batch.tuned import wide_base

    folder = tmp_path_factory.mktemp("wide")
    base = wide_base(folder / "base", ROWS)
    on = ground.cloud(Settings(home=folder / "home"))
    prefix = names.weights(RUN, "train", 1, "model")
    upload_folder(on, base, prefix)
    measuring = {"rows": 8, "max_new_tokens": 60}
    order = train_order(on, dataset(on, ROWS, ROWS, folder), pin=tiny_pin(base), evaluation=measuring)
    return on, order, prefix


def convert(wide, attempt, proof, *quantizations):
    """GGUF files of the wide model, without an export before: what the result says."""
    from gpu_batch.gguf import gguf
    from schemas.orders import GgufOrder

    on, order, prefix = wide
    common = order.model_dump(include={"run_id", "base", "dataset", "evaluation", "drop_name"})
    asked = GgufOrder(**common, merged=prefix, quantizations=quantizations, proof=proof)
    with tempfile.TemporaryDirectory() as folder:
        return gguf(asked, attempt, on, Path(folder))


def test_k_quants_of_a_wide_model_are_within_the_threshold(wide):
    result = convert(wide, 1, ProofOptions(), "q6_k", "q5_k_m", "q4_k_m")
    assert (result.faults, result.refused) == ((), ())
    sizes = [file.size for file in result.files]
    assert sizes == sorted(sizes, reverse=True)
    for file in result.files:
        assert file.proof.differing <= ProofOptions().threshold
        assert file.proof.loss - file.proof.loss_beside <= ProofOptions().loss


def test_what_a_person_does_not_allow_is_refused_with_the_figures_and_the_rest_is_made(wide):
    result = convert(wide, 2, ProofOptions(loss=0), "f16", "q4_k_m")
    assert [file.format for file in result.files] == ["f16"]
    (fault,) = result.refused
    assert fault.place == "export: q4_k_m"
    assert "Its loss on wanted answers is" in fault.finding
    assert "proof.loss allows 0 more" in fault.finding
