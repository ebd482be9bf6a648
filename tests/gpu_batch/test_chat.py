"""A base model's text side: which files are read, what is refused, and how light it is."""

import json
import subprocess
import sys

import pytest

from gpu_batch.text import REQUIRED_TEXT_FILES, TEXT_FILES, ChatText, folder_digest, label
from schemas.errors import BadInput
from tests.gpu_batch.bases import CHATML, make_base, write_json
from tests.gpu_batch.papers import TINY, conversation, turn


def finding(folder):
    with pytest.raises(BadInput) as refused:
        ChatText.from_folder(folder, "owner/name")
    [fault] = refused.value.faults
    return fault


def test_the_prompt_ends_where_the_answer_begins(gemma):
    chat = ChatText.from_folder(gemma)
    assert chat.render(turn("Hi", "x").prompt, add_generation_prompt=True) == (
        "<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n"
    )
    assert chat.decode(chat.prompt_ids(turn("Hi", "x").prompt)).endswith("<start_of_turn>model\n")


def test_the_bundled_base_is_read(tmp_path):
    chat = ChatText.from_folder(TINY)
    assert chat.decode(sorted(chat.stop_ids)) == "<eos><end_of_turn>"


def test_nothing_but_the_text_files_is_needed(gemma, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for name in TEXT_FILES:
        if (gemma / name).is_file():
            (few / name).write_bytes((gemma / name).read_bytes())
    assert ChatText.from_folder(few).prompt_ids(turn("a", "b").prompt)
    assert set(REQUIRED_TEXT_FILES) < set(TEXT_FILES)


def test_a_template_may_lie_in_the_tokenizers_settings_also_among_others(chatml):
    rendered = ChatText.from_folder(chatml).render(turn("a", "b").messages)
    (chatml / "chat_template.jinja").unlink()
    settings = json.loads((chatml / "tokenizer_config.json").read_text())
    write_json(chatml / "tokenizer_config.json", settings | {"chat_template": CHATML})
    assert ChatText.from_folder(chatml).render(turn("a", "b").messages) == rendered
    several = [{"name": "tool_use", "template": "no"}, {"name": "default", "template": CHATML}]
    write_json(chatml / "tokenizer_config.json", settings | {"chat_template": several})
    assert ChatText.from_folder(chatml).render(turn("a", "b").messages) == rendered


def test_a_template_may_lie_with_the_processor(chatml):
    rendered = ChatText.from_folder(chatml).render(turn("a", "b").messages)
    (chatml / "chat_template.jinja").rename(chatml / "elsewhere.jinja")
    write_json(chatml / "chat_template.json", {"chat_template": CHATML})
    chat = ChatText.from_folder(chatml)
    assert chat.render(turn("a", "b").messages) == rendered
    assert chat.added_template is None


def test_a_saved_limit_of_the_tokenizer_cuts_nothing(chatml):
    spec = json.loads((chatml / "tokenizer.json").read_text())
    spec["truncation"] = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    write_json(chatml / "tokenizer.json", spec)
    assert len(ChatText.from_folder(chatml).encode("a long text")[0]) == 11


def test_every_file_that_names_a_stop_token_is_believed(chatml):
    names = ["<eos>", "<pad>", "<|im_start|>", "<|im_end|>"]
    tokenizer = ChatText.from_folder(chatml).tokenizer
    eos, pad, start, end = map(tokenizer.token_to_id, names)
    write_json(chatml / "generation_config.json", {"eos_token_id": end})
    write_json(chatml / "config.json", {"eos_token_id": [pad], "text_config": {"eos_token_id": start}})
    assert ChatText.from_folder(chatml).stop_ids == {eos, pad, start, end}


def test_generation_marks_loops_and_filters_render_as_in_transformers(tmp_path):
    template = (
        "{%- for message in messages %}{%- if loop.index > 2 %}{%- break %}{%- endif %}\n"
        "    {% if message.role == 'assistant' %}\n"
        "{% generation %}{{ message.content }}{% endgeneration %}\n"
        "    {% else %}\n"
        "{{ {'ü': '<&'} | tojson }}{{ strftime_now('%%') }}\n"
        "    {% endif %}\n"
        "{%- endfor %}"
    )
    chat = ChatText.from_folder(make_base(tmp_path / "odd", template, [], end="<eos>"))
    assert chat.render(turn("a", "b").messages) == '{"ü": "<&"}%\nb'


def test_a_template_cannot_reach_into_python(tmp_path):
    template = "{{ messages.__class__.__mro__[1].__subclasses__() }}"
    chat = ChatText.from_folder(make_base(tmp_path / "bad", template, [], end="<eos>"))
    with pytest.raises(BadInput, match="unsafe"):
        chat.render(turn("a", "b").messages)


def test_a_base_without_a_tokenizer_is_refused_in_words(gemma):
    (gemma / "tokenizer.json").unlink()
    assert finding(gemma).place == "owner/name/tokenizer.json"


def test_a_template_that_does_not_parse_is_told_with_its_line(gemma):
    (gemma / "chat_template.jinja").write_text("fine\n{% if %}")
    assert finding(gemma).place == "owner/name/chat_template:2"


def test_settings_that_are_no_json_are_told(gemma):
    (gemma / "generation_config.json").write_text("{")
    assert finding(gemma).place == "owner/name/generation_config.json"


def test_a_base_that_never_stops_is_refused(gemma):
    (gemma / "generation_config.json").unlink()
    write_json(gemma / "tokenizer_config.json", {"bos_token": "<bos>"})
    assert "which token ends an answer" in finding(gemma).finding


def test_an_error_inside_a_template_is_a_refusal_too(tmp_path):
    chat = ChatText.from_folder(make_base(tmp_path / "odd", "{{ 1 + messages[0].role }}", [], end="<eos>"))
    with pytest.raises(BadInput, match="refuses this conversation"):
        chat.render(conversation(("user", "a"), ("assistant", "b")).messages)


def test_a_folder_is_pinned_by_the_names_and_contents_of_its_files(gemma, tmp_path):
    before = folder_digest(gemma)
    assert len(before) == 40
    (gemma / "README.md").write_text("words")
    (gemma / ".gitattributes").write_text("words")
    (gemma / ".cache").mkdir()
    (gemma / ".cache" / "x").write_text("words")
    assert folder_digest(gemma) == before
    assert folder_digest(gemma.rename(tmp_path / "elsewhere")) == before
    moved = tmp_path / "elsewhere"
    (moved / "config.json").write_text("{}")
    added = folder_digest(moved)
    (moved / "config.json").write_text("{ }")
    assert len({before, added, folder_digest(moved)}) == 3
    with pytest.raises(BadInput, match="missing or empty"):
        folder_digest(tmp_path / "nothing")


def test_the_text_package_imports_neither_torch_nor_transformers():
    code = "import sys, gpu_batch.text; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = {"torch", "transformers", "trl", "peft", "datasets", "pyarrow", "pandas", "numpy", "infra"}
    assert not heavy & set(eval(loaded))


def test_a_template_that_tells_the_time_tells_all_rows_the_same(tmp_path):
    template = "{{ strftime_now('%f') }}" + CHATML
    chat = ChatText.from_folder(
        make_base(tmp_path / "clock", template, ["<|im_start|>", "<|im_end|>"], end="<|im_end|>")
    )
    assert len({chat.render(turn("a", "b").messages) for _ in range(100)}) == 1
    assert label(chat, turn("a", "b")).learned == ("b<|im_end|>",)
