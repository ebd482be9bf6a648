"""The Modelfile's template gives the prompts that the chat template gives, for templates of every shape."""

import json
from pathlib import Path

import pytest

from gpu_batch.modelfile import modelfile, turns_of
from gpu_batch.text import ChatText
from schemas.samples import Message
from tests.gpu_batch.bases import make_base

# Templates of the shapes that there are: turns, a start of their own, a system's words in the first turn.
TEMPLATES = {
    "chatml": (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    ),
    "words of its own": (
        "{% if messages[0].role != 'system' %}"
        "{{ '<|im_start|>system\nYou are kind.<|im_end|>\n' }}{% endif %}"
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    ),
    "an end after everything": (
        "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
    ),
}
TALKS = [
    [("user", "Hello")],
    [("user", "Hello"), ("assistant", "Good day."), ("user", "How are you?")],
    [("system", "Be brief."), ("user", "Hello")],
    [("system", "Be brief."), ("user", "Hello"), ("assistant", "Hi."), ("user", "And?")],
]


def chat_of(folder, template):
    control = ["<|im_start|>", "<|im_end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    return ChatText.from_folder(make_base(folder, template, control, end="<|im_end|>"))


def rendered(chat, talk):
    messages = [Message(role=role, content=said) for role, said in talk]
    return chat.render(messages, add_generation_prompt=True).removeprefix("<bos>")


@pytest.mark.parametrize("shape", TEMPLATES)
def test_prompts_are_those_of_the_chat_template(tmp_path, shape):
    chat = chat_of(tmp_path / "base", TEMPLATES[shape])
    for talk in TALKS:
        assert turns_of(chat).prompt(talk) == rendered(chat, talk)


def test_gemmas_system_speaks_within_the_first_users_turn(gemma):
    chat = ChatText.from_folder(gemma)
    for talk in TALKS:
        assert turns_of(chat).prompt(talk) == rendered(chat, talk)
    assert "<bos>" not in turns_of(chat).template()


def test_the_template_is_one_of_go_that_writes_every_turn(tmp_path):
    template = turns_of(chat_of(tmp_path / "base", TEMPLATES["words of its own"])).template()
    assert template.count("{{ end }}") == template.count("{{ if") + template.count("{{ range")
    assert template.startswith(
        '{{ if ne (index .Messages 0).Role "system" }}<|im_start|>system\nYou are kind.'
    )
    assert template.endswith("{{ end }}<|im_start|>assistant\n")


def test_a_template_that_is_more_than_turns_is_left_to_the_gguf_file(tmp_path):
    counts = "{% for m in messages %}{{ loop.index|string + m.content }}{% endfor %}"
    chat = chat_of(tmp_path / "base", counts)
    assert turns_of(chat) is None
    told = modelfile([Path("model-Q8_0.gguf")], chat, {})
    assert "TEMPLATE" not in told
    assert "# The chat template is the one inside the GGUF file" in told


def test_the_smallest_file_is_taken_stops_and_sampling_are_the_models_own(tmp_path):
    chat = chat_of(tmp_path / "base", TEMPLATES["chatml"])
    sampling = {"temperature": 0.7, "top_k": 20, "repetition_penalty": 1.05, "do_sample": True, "top_p": None}
    told = modelfile([Path("model-F16.gguf"), Path("model-Q4_K_M.gguf")], chat, sampling).splitlines()
    assert [line for line in told if line.startswith("FROM")] == ["FROM ./model-Q4_K_M.gguf"]
    assert "# FROM ./model-F16.gguf" in told
    parameters = [line.split(" ", 1)[1] for line in told if line.startswith("PARAMETER")]
    stops = [json.loads(line.split(" ", 1)[1]) for line in parameters if line.startswith("stop")]
    assert set(stops) == {"<|im_end|>", "<eos>"}
    assert parameters[len(stops) :] == ["temperature 0.7", "top_k 20", "repeat_penalty 1.05"]
