"""llama.cpp that is not there, or gives up: told in words, with the command or the reason."""

import pytest

from gpu_batch.llama import convert, pinned, questions
from gpu_batch.llama.install import main as install
from gpu_batch.llama.pieces import write_pieces
from gpu_batch.llama.questions import Questions, ask
from schemas.errors import BadInput
from tests.gpu_batch.papers import RUN, TINY


def test_where_it_is_not_installed_the_command_is_named(tmp_path):
    if pinned.build() is None:
        pytest.skip("no library is built for this machine")
    assert pinned.missing(tmp_path) == (
        f"llama.cpp {pinned.VERSION} is not installed: make llama (or: python -m gpu_batch.llama.install)"
    )
    (tmp_path / "version").write_text("v0.0.1\n")
    assert "make llama" in pinned.missing(tmp_path)


def test_an_export_without_it_fails_with_the_command_and_the_line_that_retries(tmp_path):
    with pytest.raises(BadInput) as caught:
        convert.must_be_installed(RUN, tmp_path)
    (fault,) = caught.value.faults
    assert fault.finding == f"{pinned.missing(tmp_path)}."
    assert f"jinko retry {RUN}" in fault.next_step


def test_installing_twice_is_installing_once(llama):
    before = (llama / "version").stat().st_mtime_ns
    assert install() == 0
    assert (llama / "version").stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model at all"])
def test_a_file_that_is_no_model_is_refused_in_llama_cpps_own_words(llama, tmp_path, content):
    file = tmp_path / "model-Q8_0.gguf"
    file.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        ask(file, Questions([], 8, [], []))
    (fault,) = caught.value.faults
    assert fault.place == "model-Q8_0.gguf"
    assert "llama.cpp cannot answer from this file" in fault.finding
    assert "Traceback" not in fault.finding


def test_a_process_that_ends_without_a_word_is_told_with_its_code():
    fault = questions.refused("a.gguf", "It failed", "", -6).faults[0]
    assert fault.finding == "It failed: it ended with code -6."


def test_a_programs_traceback_is_told_by_its_last_line():
    words = 'INFO: Loading\nTraceback (most recent call last):\n  File "a.py"\nValueError: no such tensor\n'
    fault = questions.refused("a.gguf", "It failed", words, 1).faults[0]
    assert fault.finding == "It failed: ValueError: no such tensor."


def test_a_vocabulary_is_written_for_the_converter_only_where_one_is_wanted(tmp_path, chatml):
    assert not write_pieces(chatml)  # byte-level: the converter reads tokenizer.json itself
    (tmp_path / "tokenizer.json").write_bytes((TINY / "tokenizer.json").read_bytes())
    pytest.importorskip("sentencepiece")
    assert write_pieces(tmp_path)
    assert not write_pieces(tmp_path)  # a base's own is never touched
