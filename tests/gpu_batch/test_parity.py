"""Our rendering and our tokens beside transformers' own, for the families that people train most."""

from importlib.metadata import distribution
from pathlib import Path

import pytest

from gpu_batch.text import NO_LOSS, ChatText, label, label_text
from schemas.samples import Segment, Text
from tests.gpu_batch.bases import make_base
from tests.gpu_batch.papers import TINY, conversation, tickets
from tests.gpu_batch.test_labels import CASES

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


def templates() -> Path:
    """The chat templates in the trl wheel, which only the training floor has."""
    return Path(str(distribution("trl").locate_file("trl/chat_templates")))


# Family → the control tokens of its template, the one that ends a turn first.
FAMILIES = {
    "gemma3": ["<end_of_turn>", "<start_of_turn>"],
    "gemma4": ["<turn|>", "<|turn>"],
    "llama3": ["<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
    "phi3": ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"],
    "qwen2_5": ["<|im_end|>", "<|im_start|>"],
    "qwen3": ["<|im_end|>", "<|im_start|>"],
    "lfm2": ["<|im_end|>", "<|im_start|>"],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_text_and_tokens_are_those_of_transformers_for_every_family(tmp_path, family):
    from transformers import AutoTokenizer

    template = (templates() / f"{family}.jinja").read_text(encoding="utf-8")
    end, *others = FAMILIES[family]
    folder = make_base(tmp_path / family, template, [end, *others], end=end)
    ours, theirs = ChatText.from_folder(folder), AutoTokenizer.from_pretrained(folder)
    for case in CASES:
        messages = conversation(*case.values[0]).messages
        turns = [message.model_dump() for message in messages]
        for prompt in (False, True):
            given = turns[:-1] if prompt else turns
            text = theirs.apply_chat_template(given, tokenize=False, add_generation_prompt=prompt)
            assert ours.render(messages[: len(given)], add_generation_prompt=prompt) == text
            ids = theirs.apply_chat_template(given, add_generation_prompt=prompt, return_dict=False)
            assert ours.encode(text)[0] == ids
        learned = label(ours, conversation(*case.values[0])).learned
        assert all(one.endswith(end) for one in learned)
        assert len(learned) == len(case.values[1])


def test_the_bundled_base_gives_the_labels_that_trls_own_masking_gives():
    """But for the line break after the end token, which no model is ever asked for."""
    from transformers import AutoTokenizer

    chat, tokenizer = ChatText.from_folder(TINY), AutoTokenizer.from_pretrained(TINY)
    template = (templates() / "gemma3_training.jinja").read_text(encoding="utf-8")
    for sample in tickets(0, 50):
        turns = [message.model_dump() for message in sample.messages]
        theirs = tokenizer.apply_chat_template(
            turns, chat_template=template, return_dict=True, return_assistant_tokens_mask=True
        )
        row = label(chat, sample)
        assert row.input_ids == theirs["input_ids"]
        assert chat.decode(row.input_ids[-1:]) == "\n"
        assert [int(one != NO_LOSS) for one in row.labels[:-1]] == theirs["assistant_masks"][:-1]


def test_a_text_that_is_no_conversation_begins_as_transformers_begins_it():
    from transformers import AutoTokenizer

    chat, tokenizer = ChatText.from_folder(TINY), AutoTokenizer.from_pretrained(TINY)
    sample = Text(segments=(Segment(text="Once upon a time.\n"),), line=1)
    row = label_text(chat, sample)
    assert row.input_ids == [*tokenizer("Once upon a time.\n").input_ids, tokenizer.eos_token_id]
    assert row.input_ids[0] == tokenizer.bos_token_id
