"""A run's model is fetched whole and checked, and gone on with where it was cut short."""

import pytest

from infra import ledger
from schemas import names
from schemas.exports import gguf_file
from schemas.results import GgufResult, Quantized
from schemas.runs import RunRecord
from tests.conftest import lines
from tests.jinko.test_verbs import run_of

ROWS = lines(["question,answer", *(f"q{n},a{n}" for n in range(20))])


@pytest.fixture
def trained(jinko, here, tmp_path):
    """A run whose merged model is three files, and which has two GGUF files."""
    (tmp_path / "poems.csv").write_text(ROWS)
    jinko("drop", "poems.csv", "--set", "base_model=tiny-gemma3")
    run = run_of(here, "poems.csv")
    merged = names.weights(run.id, "export", 1, "merged")
    for name, content in {
        "config.json": b"{}",
        "model.safetensors": b"w" * 3_000_000,
        "a/b.txt": b"b",
    }.items():
        here.cloud.store.write("outbox", merged + name, content)
    folder = names.weights(run.id, "gguf", 1, "gguf")
    for name in ("Modelfile", gguf_file("f16"), gguf_file("q8_0")):
        here.cloud.store.write("outbox", folder + name, name.encode())
    files = [Quantized(format=one, path=folder + gguf_file(one), size=9) for one in ("f16", "q8_0")]
    made = GgufResult(run_id=run.id, attempt=1, folder=folder, files=tuple(files))
    here.cloud.store.write("outbox", names.result(run.id, "gguf", 1), made.model_dump_json().encode())
    ledger.change(here.cloud, RunRecord, run.id, lambda it: it.moved(kept={**it.kept, "gguf": 1}))
    return run


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_whole_model_comes_as_it_lies_there(trained, jinko, tmp_path):
    code, out, _ = jinko("pull", "poems.csv")
    folder = tmp_path / f"poems-{trained.id[:6]}"

    assert code == 0
    assert folder.name in out
    assert set(contents(folder)) == {"config.json", "model.safetensors", "a/b.txt"}
    assert contents(folder)["model.safetensors"] == b"w" * 3_000_000


def test_one_gguf_file_comes_with_its_modelfile(trained, jinko, tmp_path):
    jinko("pull", trained.id, "--format", "q8_0", "--to", "got")
    assert set(contents(tmp_path / "got")) == {"Modelfile", "model-Q8_0.gguf"}
    jinko("pull", trained.id, "--format", "gguf", "--to", "all")
    assert set(contents(tmp_path / "all")) == {"Modelfile", "model-Q8_0.gguf", "model-F16.gguf"}


def test_what_was_cut_short_is_gone_on_with_and_what_is_there_is_not_fetched_again(
    trained, jinko, here, tmp_path
):
    jinko("pull", "poems.csv", "--to", "got")
    folder = tmp_path / "got"
    whole, before = folder / "model.safetensors", (folder / "config.json").stat().st_mtime_ns
    name = names.weights(trained.id, "export", 1, "merged") + whole.name
    generation = here.cloud.store.stat("outbox", name).generation
    half = folder / f".{whole.name}.{generation}.part"
    half.write_bytes(whole.read_bytes()[:1_000_000])
    whole.unlink()
    jinko("pull", "poems.csv", "--to", "got")

    assert contents(folder)["model.safetensors"] == b"w" * 3_000_000
    assert not half.exists()
    assert (folder / "config.json").stat().st_mtime_ns == before


def test_what_came_damaged_is_thrown_away_and_said(trained, jinko, here, tmp_path):
    jinko("pull", "poems.csv", "--to", "got")
    whole = tmp_path / "got" / "model.safetensors"
    name = names.weights(trained.id, "export", 1, "merged") + whole.name
    generation = here.cloud.store.stat("outbox", name).generation
    whole.unlink()
    (tmp_path / "got" / f".{whole.name}.{generation}.part").write_bytes(b"x" * 1_000_000)
    code, _, said = jinko("pull", "poems.csv", "--to", "got")

    assert code == 1
    assert "did not arrive whole" in said
    assert not whole.exists()
    assert jinko("pull", "poems.csv", "--to", "got")[0] == 0
    assert whole.read_bytes() == b"w" * 3_000_000


def test_a_format_that_the_run_has_not_is_said_with_the_line_that_makes_it(trained, jinko):
    code, _, said = jinko("pull", "poems.csv", "--format", "q4_k_m")
    assert code == 2
    assert "It has: merged, adapter, gguf, f16, q8_0." in said
    assert f"jinko export {trained.id} q4_k_m" in said


def test_a_deleted_run_is_said_to_be_deleted_whatever_is_asked_of_it(trained, jinko):
    jinko("delete", trained.id, "--yes")
    for typed in (("pull", trained.id), ("export", trained.id, "q8_0"), ("chat", trained.id)):
        code, _, said = jinko(*typed)
        assert (code, "This run was deleted, and its weights with it." in said) == (2, True), said


def test_a_run_is_listed_with_the_models_whatever_came_of_a_later_request(trained, jinko, here):
    ledger.change(here.cloud, RunRecord, trained.id, lambda it: it.moved("waiting"))
    ledger.change(here.cloud, RunRecord, trained.id, lambda it: it.moved("cancelled", ended=it.ended))
    assert trained.id in jinko("models")[1]
    jinko("delete", trained.id, "--yes")
    assert trained.id not in jinko("models")[1]


def test_files_of_two_requests_come_together_and_the_modelfile_names_what_came(
    trained, jinko, here, tmp_path
):
    text = (
        "# ollama create my-model -f Modelfile\n# FROM ./model-F16.gguf\nFROM ./model-Q8_0.gguf\nTEMPLATE x\n"
    )
    store = here.cloud.store
    store.write("outbox", names.weights(trained.id, "gguf", 1, "gguf") + "Modelfile", text.encode())
    later = names.weights(trained.id, "gguf", 2, "gguf")
    store.write("outbox", later + gguf_file("q4_k_m"), b"four")
    store.write("outbox", later + "Modelfile", b"# new\nFROM ./model-Q4_K_M.gguf\nTEMPLATE y\n")
    file = Quantized(format="q4_k_m", path=later + gguf_file("q4_k_m"), size=4)
    made = GgufResult(run_id=trained.id, attempt=2, folder=later, files=(file,))
    store.write("outbox", names.result(trained.id, "gguf", 2), made.model_dump_json().encode())
    ledger.change(here.cloud, RunRecord, trained.id, lambda it: it.moved(kept={**it.kept, "gguf": 2}))
    jinko("pull", "poems.csv", "--format", "gguf", "--to", "all")
    jinko("pull", "poems.csv", "--format", "f16", "--to", "one")

    got = contents(tmp_path / "all")
    assert set(got) == {"Modelfile", "model-F16.gguf", "model-Q8_0.gguf", "model-Q4_K_M.gguf"}
    others = "# FROM ./model-F16.gguf\n# FROM ./model-Q8_0.gguf\n"
    assert got["Modelfile"].decode() == f"# new\n{others}FROM ./model-Q4_K_M.gguf\nTEMPLATE y\n"
    first = contents(tmp_path / "one")
    assert set(first) == {"Modelfile", "model-F16.gguf"}
    assert first["Modelfile"].decode() == text.splitlines(True)[0] + "FROM ./model-F16.gguf\nTEMPLATE x\n"


def test_a_format_that_there_is_not_is_not_said_to_be_makeable(trained, jinko):
    code, _, said = jinko("pull", "poems.csv", "--format", "q9")
    assert code == 2
    assert "Name another format." in said
