"""A base without a chat template gets one, and all that was added can be kept with what was trained."""

import json
import shutil

import pytest
from tokenizers import Tokenizer

from gpu_batch.text import ChatText, complete, label
from gpu_batch.text.turns import as_turns, tools_of
from tests.gpu_batch.bases import make_base
from tests.gpu_batch.papers import turn
from tests.gpu_batch.shapes import SHAPES
from tests.gpu_batch.test_labels import learned

CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
WANTED = {
    "one turn": ["Yes."],
    "a system turn and several": ["one", "two"],
    "white space around": ["  yes \n "],
    "a call, its result and an answer": [CALL, "Yes."],
    "words and a call": [f"I look.\n{CALL}"],
    "two calls at once": [f"{CALL}\n{CALL.replace('Oslo', 'Rome')}", "In Oslo."],
    "thoughts in every turn": ["<think>\nHm.\n</think>\n\none", "<think>\nSo.\n</think>\n\ntwo"],
    "thoughts around a call": [f"<think>\nLook.\n</think>\n\n{CALL}", "<think>\nWet.\n</think>\n\nYes."],
}


@pytest.fixture
def plain(tmp_path):
    """A base that was never taught to chat: no template, and no tokens for one."""
    return make_base(tmp_path / "plain", None, [], end="<eos>")


@pytest.mark.parametrize("name", WANTED)
def test_it_is_chatml_and_learns_what_a_person_would_mark(plain, name):
    chat = ChatText.from_folder(plain)
    row = label(chat, SHAPES[name].sample)
    assert learned(chat, row) == [f"{text}<|im_end|>" for text in WANTED[name]]
    assert chat.render(SHAPES["one turn"].sample.messages) == (
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n"
    )


def test_its_tokens_are_new_ones_behind_the_bases_own_and_end_an_answer(plain):
    chat = ChatText.from_folder(plain)
    size = Tokenizer.from_file(str(plain / "tokenizer.json")).get_vocab_size()
    assert chat.added_tokens == ("<|im_start|>", "<|im_end|>")
    ids = [chat.tokenizer.token_to_id(token) for token in chat.added_tokens]
    assert ids == [size, size + 1]
    assert ids[1] in chat.stop_ids
    assert set(ids) <= chat.control_ids


def test_a_base_that_knows_the_tokens_already_needs_no_new_ones(tmp_path):
    folder = make_base(tmp_path / "knows", None, ["<|im_start|>", "<|im_end|>"], end="<eos>")
    chat = ChatText.from_folder(folder)
    assert chat.added_template
    assert chat.added_tokens == ()


def test_what_was_added_is_written_into_the_trained_models_folder_and_read_again(plain, tmp_path):
    chat = ChatText.from_folder(plain)
    kept = tmp_path / "kept"
    shutil.copytree(plain, kept)
    complete(chat, kept)
    complete(chat, kept)
    again = ChatText.from_folder(kept)
    assert again.added_template is None
    assert label(again, turn("Hi", "Yes.")) == label(chat, turn("Hi", "Yes."))
    assert again.stop_ids == chat.stop_ids
    settings = json.loads((kept / "generation_config.json").read_text())
    assert chat.tokenizer.token_to_id("<|im_end|>") in settings["eos_token_id"]


def test_nothing_is_written_for_a_base_that_has_its_own(gemma):
    before = {path: path.read_bytes() for path in gemma.iterdir()}
    complete(ChatText.from_folder(gemma), gemma)
    assert {path: path.read_bytes() for path in gemma.iterdir()} == before


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
def test_transformers_reads_the_completed_folder_as_we_do(plain):
    from transformers import AutoTokenizer

    chat = ChatText.from_folder(plain)
    complete(chat, plain)
    theirs = AutoTokenizer.from_pretrained(plain)
    for name in WANTED:
        sample = SHAPES[name].sample
        row = label(chat, sample)
        turns = as_turns(sample.messages, chat.form)
        ids = theirs.apply_chat_template(turns, tools=tools_of(sample.tools), return_dict=False)
        assert ids == row.input_ids
    assert theirs.eos_token == "<|im_end|>"
