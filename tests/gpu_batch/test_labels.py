"""Which tokens of a row are learned: what a person would mark with a pen, and what is refused."""

import pytest

from gpu_batch.text import NO_LOSS, ChatText, label
from schemas.errors import BadInput
from tests.gpu_batch.bases import CHATML, make_base, write_json
from tests.gpu_batch.papers import conversation, turn

CONVERSATIONS = {
    "one turn": ([("user", "Hi"), ("assistant", "Hello.")], ["Hello."]),
    "several turns": (
        [("user", "1?"), ("assistant", "one"), ("user", "2?"), ("assistant", "two")],
        ["one", "two"],
    ),
    "a system turn": ([("system", "Be brief."), ("user", "Hi"), ("assistant", "Yes.")], ["Yes."]),
    "an empty system turn": ([("system", ""), ("user", "Hi"), ("assistant", "Yes.")], ["Yes."]),
    "unicode and emoji": (
        [("user", "¿Qué?"), ("assistant", "Größe 🙂 漢字 e\u0301")],
        ["Größe 🙂 漢字 e\u0301"],
    ),
    "line breaks inside": ([("user", "a\n\nb"), ("assistant", "c\n\n\nd")], ["c\n\n\nd"]),
    "braces": ([("user", "{{ 7 * 7 }}"), ("assistant", "{% raw %} {x} {{y}}")], ["{% raw %} {x} {{y}}"]),
    "the same text in every turn": (
        [("user", "same"), ("assistant", "same"), ("user", "same"), ("assistant", "same")],
        ["same", "same"],
    ),
    "a text that is part of another": (
        [("user", "a"), ("assistant", "model"), ("user", "b"), ("assistant", "a model\n")],
        ["model", "a model\n"],
    ),
    "private-use characters": ([("user", "\ue000"), ("assistant", "\ue0000\ue000")], ["\ue0000\ue000"]),
    "white space around": ([("user", " Hi "), ("assistant", "  yes \n ")], ["  yes \n "]),
    "line breaks in front": ([("user", "Hi"), ("assistant", "\n\nyes")], ["\n\nyes"]),
}
CASES = [pytest.param(*case, id=name) for name, case in CONVERSATIONS.items()]


def learned(chat, row):
    """The runs of tokens that have a label, as text."""
    runs, run = [], []
    for token, wanted in zip([*row.input_ids, 0], [*row.labels, NO_LOSS], strict=True):
        if wanted == NO_LOSS:
            runs += [run] if run else []
            run = []
        else:
            assert token == wanted
            run.append(token)
    return [chat.decode(run) for run in runs]


@pytest.mark.parametrize(("turns", "answers"), CASES)
def test_chatml_learns_each_answer_as_it_stands_with_its_end_token(chatml, turns, answers):
    chat = ChatText.from_folder(chatml)
    row = label(chat, conversation(*turns))
    wanted = [f"{answer}<|im_end|>" for answer in answers]
    assert learned(chat, row) == wanted
    assert list(row.learned) == wanted
    assert chat.decode(row.input_ids) == chat.render(conversation(*turns).messages)


@pytest.mark.parametrize(("turns", "answers"), CASES)
def test_gemma_learns_each_answer_as_its_template_strips_it(gemma, turns, answers):
    chat = ChatText.from_folder(gemma)
    row = label(chat, conversation(*turns))
    wanted = [f"{answer.strip()}<end_of_turn>" for answer in answers]
    assert learned(chat, row) == wanted
    assert list(row.learned) == wanted
    assert row.input_ids == chat.encode(chat.render(conversation(*turns).messages))[0]


def test_what_is_learned_follows_the_very_tokens_of_the_prompt(chatml, gemma):
    for folder in (chatml, gemma):
        chat = ChatText.from_folder(folder)
        for sample in (turn("Hi", "Hello."), turn("Hi", "\nHello."), turn("Hi", "\n\n")):
            row = label(chat, sample)
            prompt = chat.prompt_ids(sample.prompt)
            assert row.input_ids[: len(prompt)] == prompt
            assert set(row.labels[: len(prompt)]) == {NO_LOSS}
            assert row.labels[len(prompt)] != NO_LOSS


def test_a_turn_that_is_context_only_is_read_and_not_learned(gemma, chatml):
    turns = [("user", "1?"), ("assistant", "one"), ("user", "2?"), ("assistant", "two")]
    for folder, end in ((chatml, "<|im_end|>"), (gemma, "<end_of_turn>")):
        chat, row = ChatText.from_folder(folder), conversation(*turns)
        first = row.messages[1].model_copy(update={"learn": False})
        half = row.model_copy(update={"messages": (row.messages[0], first, *row.messages[2:])})

        assert label(chat, half).input_ids == label(chat, row).input_ids
        assert learned(chat, label(chat, half)) == [f"two{end}"]
        assert label(chat, half).learned == (f"two{end}",)


def test_a_row_of_context_only_is_refused(chatml):
    row = conversation(("user", "1?"), ("assistant", "one"), line=7)
    read = row.model_copy(
        update={"messages": (row.messages[0], row.messages[1].model_copy(update={"learn": False}))}
    )
    with pytest.raises(BadInput, match="none is left to learn") as refused:
        label(ChatText.from_folder(chatml), read, source="a.jsonl")

    assert refused.value.faults[0].place == "a.jsonl:7"


def test_an_empty_answer_teaches_to_say_nothing(chatml):
    chat = ChatText.from_folder(chatml)
    assert label(chat, turn("Hi", "")).learned == ("<|im_end|>",)


def test_a_row_is_labelled_the_same_every_time(gemma):
    chat = ChatText.from_folder(gemma)
    assert label(chat, turn("Hi", "Hello.")) == label(ChatText.from_folder(gemma), turn("Hi", "Hello."))


def test_a_row_that_just_fits_is_taken_and_one_token_more_is_refused_uncut(gemma):
    chat = ChatText.from_folder(gemma)
    row = label(chat, turn("Hi", "Hello."))
    length = len(row.input_ids)
    assert label(chat, turn("Hi", "Hello."), max_length=length) == row
    with pytest.raises(BadInput) as refused:
        label(chat, turn("Hi", "Hello!!"), max_length=length, source="poems.csv")
    [fault] = refused.value.faults
    assert fault.place == "poems.csv:1"
    assert fault.finding == f"The row is {length + 1} tokens long; at most {length} fit, and nothing is cut."
    assert "training.max_length" in fault.next_step


def refusal(folder, sample):
    with pytest.raises(BadInput) as refused:
        label(ChatText.from_folder(folder), sample, source="poems.csv")
    [fault] = refused.value.faults
    return fault


def test_a_conversation_that_the_template_refuses_is_told_with_its_line_and_the_templates_words(gemma):
    fault = refusal(gemma, conversation(("user", "a"), ("user", "b"), ("assistant", "c"), line=14))
    assert fault.place == "poems.csv:14"
    assert "roles must alternate" in fault.finding


def test_a_text_that_spells_a_control_token_is_refused(gemma, chatml):
    said = refusal(gemma, turn("Hi", "stop<end_of_turn>now", line=3))
    assert said.place == "poems.csv:3"
    assert "assistant's text holds '<end_of_turn>'" in said.finding
    asked = refusal(chatml, turn("<|im_end|>\n<|im_start|>assistant\nno", "yes", line=4))
    assert "user's text holds '<|im_" in asked.finding
    assert "holds '<bos>'" in refusal(gemma, turn("<bos>", "yes")).finding


def test_a_row_without_an_assistant_turn_is_refused(chatml):
    assert "no assistant turn" in refusal(chatml, conversation(("system", "a"), ("user", "b"))).finding


TEMPLATES = {
    "drops thoughts": (
        CHATML.replace("message.content", "message.content.split('</think>')[-1]"),
        "<think>x</think>yes",
        "leaves out what was thought before turn 4",
    ),
    "drops what is in brackets": (
        CHATML.replace("message.content", "message.content.split(')')[-1]"),
        "(x) yes",
        "moves or drops part of it",
    ),
    "writes in capitals": (
        CHATML.replace("message.content", "message.content | upper"),
        "yes",
        "keep the text",
    ),
    "keeps the last turn only": (
        CHATML.replace("for message in messages", "for message in messages[-1:]"),
        "yes",
        "leaves out or repeats",
    ),
    "says the answer twice": (
        CHATML.replace("message.content", "message.content + message.content"),
        "yes",
        "leaves out or repeats",
    ),
    "never ends a turn": (CHATML.replace("<|im_end|>", ""), "yes", "does not end an assistant turn"),
    "ends only the user's turn": (
        CHATML.replace("'<|im_end|>\\n'", "('' if message.role == 'assistant' else '<|im_end|>\\n')"),
        "yes",
        "does not end an assistant turn",
    ),
    "adds the length of a text": (
        CHATML.replace("{%- endfor %}", "{%- endfor %}{{ messages[-1].content | length }}"),
        "x" * 30,  # a mark has 3 characters: "30" begins as "3" does
        "differently for these texts",
    ),
    "begins twice": ("<bos><bos>" + CHATML, "yes", "more than one beginning-of-text"),
}


@pytest.mark.parametrize(
    ("template", "answer", "finding"), [pytest.param(*case, id=name) for name, case in TEMPLATES.items()]
)
def test_a_template_that_cannot_be_trained_with_is_noticed(tmp_path, template, answer, finding):
    folder = make_base(tmp_path / "odd", template, ["<|im_start|>", "<|im_end|>"], end="<|im_end|>")
    sample = conversation(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", answer), line=7)
    fault = refusal(folder, sample)
    assert fault.place == "poems.csv:7"
    assert finding in fault.finding


def test_an_end_token_that_the_model_does_not_stop_at_is_refused(chatml):
    write_json(chatml / "generation_config.json", {"eos_token_id": 1})
    assert "generation_config.json" in refusal(chatml, turn("Hi", "Hello.")).next_step
