"""Every stock template × every shape of a conversation: the loss is on what a person marked, and the text is
transformers' own.

`spans/FAMILY.txt` holds what a person would mark with a pen (written out once, and read through by that
measure): the thoughts, the words and the calls that the model is to write itself, each turn to its end token;
or the words in which the row is refused.
"""

import re

import pytest
from jinja2 import TemplateError

from gpu_batch.text import NO_LOSS, ChatText, label, left_out
from gpu_batch.text.turns import as_turns, tools_of
from schemas.errors import BadInput
from tests.gpu_batch import families
from tests.gpu_batch.shapes import SHAPES
from tests.gpu_batch.test_labels import learned

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

try:
    FAMILIES = families.families()
except ModuleNotFoundError:  # the quick floor has no trl, and these tests are not its own
    FAMILIES = []


def has_training_template(family):
    return (families.folder() / f"{family}{families.TRAINING}.jinja").is_file()


def marked(chat, shape):
    """What is learned of a row, found by its labels; or the words of its refusal."""
    try:
        row = label(chat, shape.sample, last_only=shape.last_only)
    except BadInput as error:
        return error.faults[0].finding
    assert learned(chat, row) == list(row.learned)
    assert all(chat.encode(one)[0][-1] in chat.stop_ids for one in row.learned)
    return list(row.learned)


def test_there_are_enough_templates_and_shapes():
    assert len(FAMILIES) >= 34
    assert {"llama3_1", "llama3_2", "gemma4"} < set(FAMILIES)
    assert len(SHAPES) >= 30


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_on_what_a_person_marked(tmp_path, family):
    chat = ChatText.from_folder(families.make_family(tmp_path / family, family))
    found = {name: marked(chat, shape) for name, shape in SHAPES.items()}
    assert found == families.expected(family)


LEFT_OUT = {
    "gemma3": ("tools", "thoughts", "thoughts before calls"),
    "gemma4": ("thoughts",),
    "llama3_1": ("thoughts", "thoughts before calls"),
    "qwen2_5": ("thoughts", "thoughts before calls"),
    "gptoss": ("thoughts before calls",),
    "qwen3": (),
    "glm4moe": (),
}


@pytest.mark.parametrize("family", [one for one in FAMILIES if one in LEFT_OUT])
def test_what_a_template_leaves_out_is_known_before_any_row_is_read(tmp_path, family):
    chat = ChatText.from_folder(families.make_family(tmp_path / family, family))
    assert left_out(chat) == LEFT_OUT[family]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_text_is_that_of_transformers_byte_for_byte(tmp_path, family):
    """With the answers, and as a prompt for each of them; where one refuses, so does the other."""
    from transformers import AutoTokenizer

    folder = families.make_family(tmp_path / family, family)
    ours, theirs = ChatText.from_folder(folder), AutoTokenizer.from_pretrained(folder)

    def rendered(messages, tools, opened):
        turns, given = as_turns(messages, ours.form), tools_of(tools)
        try:
            text = theirs.apply_chat_template(
                turns, tools=given, tokenize=False, add_generation_prompt=opened
            )
        except (TemplateError, ValueError, TypeError, KeyError):
            with pytest.raises(BadInput):
                ours.render(messages, opened, tools)
            return
        assert ours.render(messages, opened, tools) == text
        ids = theirs.apply_chat_template(turns, tools=given, add_generation_prompt=opened, return_dict=False)
        assert ours.encode(text)[0] == ids

    for sample, _ in SHAPES.values():
        rendered(sample.messages, sample.tools, False)
        for at, message in enumerate(sample.messages):
            if message.role == "assistant" and at:
                rendered(sample.messages[:at], sample.tools, True)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_byte_more_in_a_template_changes_no_labels_meaning(tmp_path, family):
    """TRL knows a template by its bytes; here one that is written a little differently means the same."""
    source = families.source(family)
    blank = re.sub(r"(\{%-? *(?:for|if|set)) ", r"\1  ", source, count=1)
    assert len(blank) == len(source) + 1
    changed = ChatText.from_folder(families.make_family(tmp_path / "a", family, blank))
    object.__setattr__(changed, "name", family)
    assert {name: marked(changed, shape) for name, shape in SHAPES.items()} == families.expected(family)


@pytest.mark.parametrize("family", [one for one in FAMILIES if one not in ("llava_next", "idefics3")])
def test_words_that_a_template_writes_otherwise_change_no_labels_meaning(tmp_path, family):
    """A newer revision of a model often says something else at the beginning."""
    source = "{{ 'A' }}" + families.source(family)
    changed = ChatText.from_folder(families.make_family(tmp_path / "a", family, source))
    plain = ChatText.from_folder(families.make_family(tmp_path / "b", family))
    for name in ("one turn", "several turns", "a turn of weight 0", "a call", "a thought"):
        was, now = marked(plain, SHAPES[name]), marked(changed, SHAPES[name])
        assert now == (was if isinstance(was, list) else now)


@pytest.mark.parametrize("family", [one for one in FAMILIES if has_training_template(one)])
def test_the_wheels_own_templates_for_training_are_understood_as_well(tmp_path, family):
    """They write some turns otherwise; where they write the same, the same is learned."""
    stock = ChatText.from_folder(families.make_family(tmp_path / "a", family))
    source = families.source(f"{family}{families.TRAINING}")
    training = ChatText.from_folder(families.make_family(tmp_path / "b", family, source))
    for name, shape in SHAPES.items():
        found = marked(training, shape)
        if isinstance(found, list) and isinstance(families.expected(family)[name], list):
            given = shape.sample.messages, False, shape.sample.tools
            if training.render(*given) == stock.render(*given):
                assert [one.split("</think>")[-1] for one in found] == [
                    one.split("</think>")[-1] for one in families.expected(family)[name]
                ]


@pytest.mark.parametrize("family", [one for one in FAMILIES if has_training_template(one)])
def test_trls_own_masks_differ_by_the_prompts_opening_and_by_what_follows_the_end(tmp_path, family):
    """Where TRL has a template to train with that writes the same text: another hand's marks beside ours."""
    from transformers import AutoTokenizer

    folder = families.make_family(tmp_path / family, family)
    chat, tokenizer = ChatText.from_folder(folder), AutoTokenizer.from_pretrained(folder)
    training = families.source(f"{family}{families.TRAINING}")
    for name, (sample, last_only) in SHAPES.items():
        texts = "".join(message.content for message in sample.messages)
        # transformers masks by characters, and loses the last bytes of one that has several tokens.
        if last_only or not texts.isascii() or not all(message.learn for message in sample.messages):
            continue
        if isinstance(families.expected(family)[name], str):
            continue
        try:
            theirs = tokenizer.apply_chat_template(
                as_turns(sample.messages, chat.form),
                tools=tools_of(sample.tools),
                chat_template=training,
                return_dict=True,
                return_assistant_tokens_mask=True,
            )
        except ValueError:  # jinja2 and the tag do not always agree on where a call stands
            continue
        row = label(chat, sample)
        if theirs["input_ids"] == row.input_ids:
            compare(chat, row, theirs["assistant_masks"])


def compare(chat, row, mask):
    ours = [one != NO_LOSS for one in row.labels]
    missing = [token for token, o, t in zip(row.input_ids, ours, mask, strict=True) if o and not t]
    assert set(missing) <= chat.stop_ids  # Gemma's end of a call, which TRL leaves out
    opening = [*chat.encode(chat.opening)[0], *chat.encode("\n<think>\n</think>\n")[0]]
    more = {token for token, o, t in zip(row.input_ids, ours, mask, strict=True) if t and not o}
    assert more <= {*opening, *chat.encode(" \n\n<eos>")[0]}
