"""Texts, preferences, feedback and prompts as tokens: parted at a token's border, ended, whole."""

import json

import pytest

from gpu_batch.text import NO_LOSS, ChatText, ask, judge, label_text, prefer, preview
from schemas.errors import BadInput
from schemas.samples import Feedback, Message, Preference, Prompts, Segment, Text
from tests.gpu_batch.bases import write_json
from tests.gpu_batch.papers import conversation
from tests.gpu_batch.shapes import TOOLS, call, result, said, user

HI = (user("Hi"),)


def text(*segments, line=3):
    given = tuple(Segment(text=one) if isinstance(one, str) else one for one in segments)
    return Text(segments=given, line=line)


def refused(made):
    with pytest.raises(BadInput) as error:
        made()
    [fault] = error.value.faults
    return fault


# ---------------------------------------------------------------- texts


def test_a_text_is_a_document_with_its_end(chatml):
    chat = ChatText.from_folder(chatml)
    row = label_text(chat, text("Once upon a time.\n\n"))
    assert chat.decode(row.input_ids) == "Once upon a time.\n\n<eos>"
    assert row.labels == row.input_ids


def test_a_base_that_begins_its_texts_begins_this_one_and_learns_not_to(chatml):
    spec = json.loads((chatml / "tokenizer.json").read_text())
    bos = {"SpecialToken": {"id": "<bos>", "type_id": 0}}
    text_of = {"Sequence": {"id": "A", "type_id": 0}}
    token = next(one["id"] for one in spec["added_tokens"] if one["content"] == "<bos>")
    spec["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [bos, text_of],
        "pair": [bos, text_of],
        "special_tokens": {"<bos>": {"id": "<bos>", "ids": [token], "tokens": ["<bos>"]}},
    }
    write_json(chatml / "tokenizer.json", spec)
    chat = ChatText.from_folder(chatml)
    row = label_text(chat, text("Once."))
    assert chat.decode(row.input_ids) == "<bos>Once.<eos>"
    assert row.labels == [NO_LOSS, *row.input_ids[1:]]


def test_parts_that_are_read_only_are_not_learned_and_no_token_crosses_their_edge(chatml):
    chat = ChatText.from_folder(chatml)
    row = label_text(chat, text(Segment(text="Q: 1?\n", learn=False), "\nA: one"))
    assert chat.decode([one for one in row.labels if one != NO_LOSS]) == "\nA: one<eos>"
    assert chat.decode(row.input_ids) == "Q: 1?\n\nA: one<eos>"
    ended = label_text(chat, text("learned", Segment(text=" read", learn=False)))
    assert chat.decode([one for one in ended.labels if one != NO_LOSS]) == "learned"


def test_texts_that_cannot_be_learned_are_refused(chatml):
    chat = ChatText.from_folder(chatml)
    assert "empty" in refused(lambda: label_text(chat, text(" \n"))).finding
    spelled = refused(lambda: label_text(chat, text("one<eos>two"), source="book.txt"))
    assert spelled.place == "book.txt:3"
    assert "'<eos>'" in spelled.finding
    assert "read only" in refused(lambda: label_text(chat, text(Segment(text="x", learn=False)))).finding
    assert "at most 3 fit" in refused(lambda: label_text(chat, text("words"), 3)).finding


# ---------------------------------------------------------------- preferences and feedback


@pytest.mark.parametrize("better", ["Yes.", "\n\nYes.", ""])
def test_prompt_and_answers_are_parted_where_a_token_ends(chatml, gemma, better):
    for folder, end in ((chatml, "<|im_end|>"), (gemma, "<end_of_turn>")):
        chat = ChatText.from_folder(folder)
        row = prefer(chat, Preference(prompt=HI, chosen=(said(better),), rejected=(said("No."),), line=1))
        assert row.prompt_ids == chat.prompt_ids(HI)
        wanted = better.strip() if folder == gemma else better
        assert chat.decode(row.chosen_ids) == f"{wanted}{end}"
        assert chat.decode(row.rejected_ids) == f"No.{end}"


def test_preferences_that_teach_nothing_or_too_much_are_refused(chatml):
    chat = ChatText.from_folder(chatml)

    def made(chosen, rejected, limit=None):
        sample = Preference(prompt=HI, chosen=chosen, rejected=rejected, line=5)
        return refused(lambda: prefer(chat, sample, limit, source="pairs.csv"))

    same = made((said("Yes."),), (said("Yes."),))
    assert (same.place, "are the same" in same.finding) == ("pairs.csv:5", True)
    assert "one turn of the assistant" in made((said("a"), user("b"), said("c")), (said("d"),)).finding
    assert "holds '<|im_end|>'" in made((said("a<|im_end|>"),), (said("b"),)).finding
    assert "nothing is cut" in made((said("a" * 50),), (said("b"),), 40).finding


def test_earlier_answers_of_a_prompt_are_read_and_calls_are_answers_too(chatml):
    chat = ChatText.from_folder(chatml)
    prompt = (user("1?"), said("one"), user("2?"))
    row = judge(chat, Feedback(prompt=prompt, completion=(said("two"),), good=False, line=1))
    assert chat.decode(row.prompt_ids).endswith(
        "one<|im_end|>\n<|im_start|>user\n2?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert (chat.decode(row.completion_ids), row.good) == ("two<|im_end|>", False)
    plain = ChatText.from_folder(chatml)
    dropped = Feedback(prompt=HI, completion=(said("", call(city="Oslo")),), good=True, line=1, tools=TOOLS)
    assert "call of a tool" in refused(lambda: judge(plain, dropped)).finding


def test_a_prompt_is_told_what_may_be_called(tmp_path):
    from tests.gpu_batch.bases import make_base

    chat = ChatText.from_folder(make_base(tmp_path / "plain", None, [], end="<eos>"))
    turns = (user("Rain?"), said("", call(city="Oslo")), result("wet"))
    ids = ask(chat, Prompts(prompt=turns, tools=TOOLS, line=1))
    assert "Tells the weather." in chat.decode(ids)
    assert chat.decode(ids).endswith("wet\n</tool_response><|im_end|>\n<|im_start|>assistant\n")
    assert "fit" in refused(lambda: ask(chat, Prompts(prompt=turns, tools=TOOLS, line=1), 5)).finding
    broken = Prompts(prompt=HI, tools='{"no": "list"}', line=9)
    assert refused(lambda: ask(chat, broken, source="p.jsonl")).place == "p.jsonl:9"


# ---------------------------------------------------------------- previews


def stretches(shown):
    return [(one.text, one.learned) for one in shown.stretches]


def test_a_preview_shows_all_of_a_row_and_what_of_it_is_learned(chatml):
    chat = ChatText.from_folder(chatml)
    row = conversation(("user", "1?"), ("assistant", "one"), ("user", "2?"), ("assistant", "two"), line=4)
    assert stretches(preview(chat, row)) == [
        ("<|im_start|>user\n1?<|im_end|>\n<|im_start|>assistant\n", False),
        ("one<|im_end|>", True),
        ("\n<|im_start|>user\n2?<|im_end|>\n<|im_start|>assistant\n", False),
        ("two<|im_end|>", True),
        ("\n", False),
    ]
    assert [text for text, shown in stretches(preview(chat, row, last_only=True)) if shown] == [
        "two<|im_end|>"
    ]
    assert preview(chat, row).line == 4


def test_other_rows_have_previews_too_and_prompts_have_none(chatml):
    chat = ChatText.from_folder(chatml)
    assert stretches(preview(chat, text("Once.", line=1))) == [("Once.", True), ("<eos>", True)]
    pair = Preference(prompt=HI, chosen=(said("Yes."),), rejected=(said("No."),), line=1)
    assert ("Yes.<|im_end|>", True) in stretches(preview(chat, pair))
    assert preview(chat, Prompts(prompt=HI, line=1)) is None


def test_a_long_row_is_shown_without_its_middles(chatml):
    chat = ChatText.from_folder(chatml)
    shown = stretches(preview(chat, conversation(("user", "q" * 30_000), ("assistant", "Yes."))))
    assert ("Yes.<|im_end|>", True) in shown
    assert sum(len(text) for text, _ in shown) < 5000
    assert "characters …" in shown[0][0]


# ---------------------------------------------------------------- the rest of the gate


def test_what_fills_a_batch_never_ends_an_answer(chatml):
    settings = json.loads((chatml / "tokenizer_config.json").read_text())
    write_json(chatml / "tokenizer_config.json", settings | {"pad_token": "<|im_end|>"})
    chat = ChatText.from_folder(chatml)
    assert chat.pad_id not in chat.stop_ids
    del settings["pad_token"]
    write_json(chatml / "tokenizer_config.json", settings | {"eos_token": "<|im_end|>"})
    chat = ChatText.from_folder(chatml)
    assert chat.pad_id not in chat.stop_ids | {chat.bos_id}


def test_arguments_that_are_no_object_are_told_with_their_line(tmp_path):
    from gpu_batch.text import label
    from schemas.samples import Conversation, ToolCall
    from tests.gpu_batch.bases import make_base

    chat = ChatText.from_folder(make_base(tmp_path / "plain", None, [], end="<eos>"))
    odd = Message(role="assistant", content="", tool_calls=(ToolCall(name="f", arguments="[1]"),))
    fault = refused(lambda: label(chat, Conversation(messages=(user("a"), odd), line=8), source="a.jsonl"))
    assert (fault.place, "no JSON object" in fault.finding) == ("a.jsonl:8", True)
