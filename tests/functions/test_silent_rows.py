"""Data that TRL trains on wrongly without a word, or stops at with an obscure one: here each is trained right
or refused in words. From the file that is dropped to the very tokens in the loss.
"""

import json

import pyarrow.parquet as pq
import pytest

from functions.on_upload.step import prepare
from gpu_batch.text import ChatText, judge, label, label_text, prefer
from infra import ledger
from schemas import names
from schemas.errors import BadInput
from schemas.orders import Dataset
from schemas.records import DropRecord
from schemas.samples import from_row
from tests.conftest import drop, lines
from tests.gpu_batch.bases import CHATML, make_base
from tests.gpu_batch.test_labels import learned

ASK, SAY = {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}


@pytest.fixture
def chat(tmp_path):
    return ChatText.from_folder(
        make_base(tmp_path / "base", CHATML, ["<|im_start|>", "<|im_end|>"], end="<|im_end|>")
    )


@pytest.fixture
def read(ground, on):
    """Rows, dropped as a file and prepared: (kind, samples), or the words of the refusal."""

    def reading(*rows, **settings):
        given = {"data.test_size": "0", **settings}
        event = drop(ground, "rows.jsonl", lines([json.dumps(row) for row in rows]), given)
        prepare(event, on)
        record = ledger.every(on, DropRecord)[0]
        if record.dataset_id is None:
            return "refused", " ".join(str(fault) for fault in record.faults)
        manifest = on.store.read(on.outbox, names.manifest(record.dataset_id))
        dataset = Dataset.model_validate_json(manifest)
        tables = [pq.read_table(ground.store.path(on.outbox, shard.path)) for shard in dataset.train]
        found = [from_row(dataset.kind, row) for table in tables for row in table.to_pylist()]
        return dataset.kind, found if found else " ".join(str(fault) for fault in dataset.faults)

    return reading


def learns(chat, read, *rows, **settings):
    """What is learned of each row."""
    kind, samples = read(*rows, **settings)
    assert kind == "conversation", samples
    return [learned(chat, label(chat, sample)) for sample in samples]


def refused(made):
    with pytest.raises(BadInput) as error:
        made()
    return error.value.faults[0].finding


# ---------------------------------------------------------------- conversations


def test_messages_learn_the_answer_alone(chat, read):
    assert learns(chat, read, {"messages": [ASK, SAY]}) == [["So.<|im_end|>"]]


def test_messages_longer_than_fit_are_refused_and_not_cut(chat, read):
    _, [sample] = read({"messages": [{"role": "user", "content": "long " * 100}, SAY]})
    assert "nothing is cut" in refused(lambda: label(chat, sample, 200))


def test_an_answer_longer_than_fits_is_refused_and_keeps_its_end(chat, read):
    _, [sample] = read({"prompt": "Why?", "completion": "so " * 100})
    assert "nothing is cut" in refused(lambda: label(chat, sample, 100))
    assert learned(chat, label(chat, sample))[0].endswith("<|im_end|>")


def test_a_prompt_that_fills_the_length_is_refused_and_no_row_goes_away(chat, read):
    _, [sample] = read({"prompt": "why " * 25, "completion": "so"})
    assert "nothing is cut" in refused(lambda: label(chat, sample, 100))


def test_conversations_of_from_and_value_are_turns_of_the_right_roles(chat, read):
    row = {"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]}
    _, [sample] = read(row)
    assert "human" not in chat.render(sample.messages)
    assert learns(chat, read, row) == [["So.<|im_end|>"]]


def test_a_system_column_beside_conversations_is_read(chat, read):
    turns = [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]
    _, [sample] = read({"system": "Be brief.", "conversations": turns})
    assert chat.render(sample.messages).startswith("<|im_start|>system\nBe brief.<|im_end|>")


def test_conversations_of_role_and_content_are_read(chat, read):
    assert learns(chat, read, {"conversations": [ASK, SAY]}) == [["So.<|im_end|>"]]


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "Why?", "input": "", "output": "So."},
        {"question": "Why?", "answer": "So."},
    ],
    ids=["alpaca", "question and answer"],
)
def test_pairs_by_other_names_are_read(chat, read, row):
    assert learns(chat, read, row) == [["So.<|im_end|>"]]


@pytest.mark.parametrize(
    "turns",
    [
        [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}],
        json.dumps([ASK, SAY]),
    ],
    ids=["from and value", "JSON in a text"],
)
def test_messages_in_another_writing_lose_no_row(chat, read, turns):
    assert learns(chat, read, {"messages": turns}) == [["So.<|im_end|>"]]


def test_a_first_row_without_messages_costs_that_row_alone(chat, read):
    assert learns(chat, read, {"messages": []}, {"messages": [ASK, SAY]}) == [["So.<|im_end|>"]]


def test_a_content_that_is_nothing_is_never_the_word_none(chat, read):
    empty = {"role": "assistant", "content": None}
    found = learns(chat, read, {"messages": [ASK, empty]}, {"messages": [ASK, SAY]})
    assert found == [["So.<|im_end|>"]]


@pytest.mark.parametrize("turn", [{"role": "wizard", "content": "So."}, {"content": "So."}])
def test_a_role_that_is_unknown_or_missing_costs_the_row(chat, read, turn):
    assert learns(chat, read, {"messages": [ASK, turn]}, {"messages": [ASK, SAY]}) == [["So.<|im_end|>"]]


def test_a_prompt_of_text_with_a_list_of_turns_behind_it_is_refused_in_words(read):
    kind, words = read({"prompt": "Why?", "completion": [SAY]})
    assert (kind, "nothing was asked before it" in words) == ("refused", True)


def test_a_later_row_of_another_shape_is_read_or_named(chat, read):
    kind, samples = read({"messages": [ASK, SAY]}, {"messages": "no turns at all"})
    assert (kind, len(samples)) == ("conversation", 1)


# ---------------------------------------------------------------- texts


def test_a_text_of_any_columns_name_ends_in_the_end_of_text(chat, read):
    kind, samples = read({"body": "Once upon a time there was a fox. " * 20, "url": "a"})
    if kind == "refused":
        kind, samples = read({"text": "Once upon a time there was a fox. " * 20})
    assert kind == "text"
    assert chat.decode(label_text(chat, samples[0]).input_ids).endswith("<eos>")


# ---------------------------------------------------------------- preferences and feedback


WAYS = {
    "a prompt of text, answers of turns": {
        "prompt": "Why?",
        "chosen": [ASK, SAY],
        "rejected": [ASK, {**SAY, "content": "No."}],
    },
    "the prompt again inside the answers": {
        "prompt": [ASK],
        "chosen": [ASK, SAY],
        "rejected": [ASK, {**SAY, "content": "No."}],
    },
    "answers that are one turn": {"prompt": "Why?", "chosen": SAY, "rejected": {**SAY, "content": "No."}},
    "OpenAI's": {
        "input": {"messages": [ASK]},
        "preferred_output": [SAY],
        "non_preferred_output": [{**SAY, "content": "No."}],
    },
    "no prompt, dialogues as texts": {
        "chosen": "\n\nHuman: Why?\n\nAssistant: So.",
        "rejected": "\n\nHuman: Why?\n\nAssistant: No.",
    },
}


@pytest.mark.parametrize("name", WAYS)
def test_preferences_are_parted_at_the_answer_whatever_their_shape(chat, read, name):
    kind, samples = read(WAYS[name])
    assert kind == "preference", samples
    row = prefer(chat, samples[0])
    assert chat.decode(row.prompt_ids) == "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"
    assert chat.decode(row.chosen_ids) == "So.<|im_end|>"
    assert chat.decode(row.rejected_ids) == "No.<|im_end|>"


def test_answers_whose_prompt_could_only_be_guessed_are_refused(read):
    """TRL parts them where the letters begin to differ: in the middle of a word."""
    kind, words = read({"chosen": "Why? So it is.", "rejected": "Why? Somehow not."})
    assert (kind, "Add a column prompt" in words) == ("refused", True)


def test_a_system_column_beside_preferences_is_read(chat, read):
    _, [sample] = read({"system": "Be brief.", "prompt": "Why?", "chosen": "So.", "rejected": "No."})
    assert chat.decode(prefer(chat, sample).prompt_ids).startswith("<|im_start|>system\nBe brief.")


def test_labels_that_are_words_are_yes_and_no(chat, read):
    kind, samples = read(
        {"prompt": "Why?", "completion": "So.", "label": "true"},
        {"prompt": "How?", "completion": "No.", "label": "false"},
    )
    assert kind == "feedback", samples
    assert [judge(chat, sample).good for sample in samples] == [True, False]


# ---------------------------------------------------------------- prompts


def test_a_question_to_be_graded_is_a_prompt_by_any_name(chat, read):
    kind, samples = read(
        {"question": "What is 1 + 1?", "answer": "2"},
        **{"data.columns.question": "question", "data.columns.reference": "answer"},
    )
    assert kind == "prompts", samples
    assert [turn.content for turn in samples[0].prompt] == ["What is 1 + 1?"]
    assert "2" in samples[0].reference
