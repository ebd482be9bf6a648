"""How a published model is used: lines for transformers, PEFT, vLLM, Ollama and llama.cpp, to be copied.

A test takes every block out of a card and runs it, where the program that it calls is there. They hold no row
of the data: they say hello.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from gpu_batch.publishing.contents import Contents
from schemas.orders import BasePin
from schemas.recipe import Recipe

HELLO: Final = "Hello! What can you do for me?"
VLLM_RANKS: Final = (16, 32, 64, 128, 256, 320, 512)  # that vLLM can be told to make room for; 16 unasked

_TURNS: Final = f'turns = [{{"role": "user", "content": "{HELLO}"}}]'
_ASK: Final = f"""\
{_TURNS}
answer = model(turns, max_new_tokens=256, return_full_text=False)
print(answer[0]["generated_text"])"""
_GO_ON: Final = """\
print(model("Once upon a time", max_new_tokens=256)[0]["generated_text"])"""
_SCORE: Final = """\
turns = [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hello! How can I help?"}]
text = model.tokenizer.apply_chat_template(turns, tokenize=False)
print(model(text, function_to_apply="none")[0]["score"])  # higher is better"""
_ASK_BESIDE: Final = f"""\
{_TURNS}
asked = tokenizer.apply_chat_template(
    turns, add_generation_prompt=True, return_dict=True, return_tensors="pt"
)
answer = model.generate(**asked, max_new_tokens=256)
print(tokenizer.decode(answer[0][asked["input_ids"].shape[1] :], skip_special_tokens=True))"""
_LOOK: Final = """\
answer = model(text=turns, max_new_tokens=256, return_full_text=False)
print(answer[0]["generated_text"])"""
_LOOK_BESIDE: Final = """\
asked = processor.apply_chat_template(
    turns, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
)
answer = model.generate(**asked, max_new_tokens=256)
print(processor.decode(answer[0][asked["input_ids"].shape[1] :], skip_special_tokens=True))"""
_SCORE_BESIDE: Final = """\
turns = [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hello! How can I help?"}]
asked = tokenizer.apply_chat_template(turns, return_dict=True, return_tensors="pt")
print(model(**asked).logits.item())  # higher is better"""


class Block(NamedTuple):
    """A fenced block: `python` or `sh`."""

    language: str
    code: str


class Use(NamedTuple):
    """One way to use it."""

    title: str
    words: str
    blocks: tuple[Block, ...]


class Published(NamedTuple):
    """What is used: a repository, what it is made of and what it holds."""

    repository: str
    base: BasePin
    contents: Contents
    recipe: Recipe
    images: bool = False  # whether it was trained on images

    @property
    def short(self) -> str:
        return self.repository.partition("/")[2]


def uses(of: Published) -> list[Use]:
    """Every way that what is there can be used."""
    return [*_whole(of), *_adapter(of), *_gguf(of)]


def _whole(of: Published) -> Iterator[Use]:
    if not of.contents.whole:
        return
    method = of.recipe.training.method
    load = f'from transformers import pipeline\n\nmodel = pipeline("{{}}", model="{of.repository}")\n'
    code = load.format("text-generation") + _ASK
    if of.contents.sees and method not in ("reward", "pretrain"):
        code = load.format("image-text-to-text") + _turns(of) + _LOOK
    elif method == "reward":
        code = load.format("text-classification") + _SCORE
    elif method == "pretrain":
        code = load.format("text-generation") + _GO_ON
    yield Use("transformers", "The whole model, loaded from the Hub:", (Block("python", code),))
    if method != "reward":
        serve = Block("sh", f"vllm serve {of.repository}")
        yield Use("vLLM", "An OpenAI-compatible server, on a machine with a GPU:", (serve,))


def _adapter(of: Published) -> Iterator[Use]:
    if of.contents.adapter is None:
        return
    on_hub = of.base.where == "hub"
    base = of.base.location if on_hub else PurePosixPath(of.base.name).name
    words = "The adapter beside its base model:"
    if not on_hub:
        words = f"The adapter beside its base model, which is not on the Hub: `base` is the folder of {base}."
    yield Use("PEFT", words, (Block("python", _beside(of, base)),))
    if on_hub and not of.contents.adapter and of.recipe.training.method != "reward":
        rank = of.recipe.training.lora_rank or VLLM_RANKS[0]
        room = next((one for one in VLLM_RANKS if one >= rank), rank)
        more = f" --max-lora-rank {room}" if room > VLLM_RANKS[0] else ""
        serve = f"vllm serve {base} --enable-lora{more} --lora-modules {of.short}={of.repository}"
        yield Use("vLLM", "The adapter in vLLM, on a machine with a GPU:", (Block("sh", serve),))


def _beside(of: Published, base: str) -> str:
    """The base as it was, and the adapter beside it."""
    pin = f', revision="{of.base.revision}"' if of.base.where == "hub" else ""
    below = f', subfolder="{of.contents.adapter}"' if of.contents.adapter else ""
    scores, sees = of.recipe.training.method == "reward", of.contents.sees
    if sees and not scores:
        return _beside_that_sees(of, base, pin, below)
    kind = "AutoModelForSequenceClassification" if scores else "AutoModelForCausalLM"
    one = ", num_labels=1" if scores else ""
    return f"""\
from peft import PeftModel
from transformers import {kind}, AutoTokenizer

base = "{base}"
tokenizer = AutoTokenizer.from_pretrained(base{pin})
model = {kind}.from_pretrained(base, dtype="auto"{one}{pin})
model = PeftModel.from_pretrained(model, "{of.repository}"{below})
{_SCORE_BESIDE if scores else _ASK_BESIDE}"""


def _beside_that_sees(of: Published, base: str, pin: str, below: str) -> str:
    return f"""\
from peft import PeftModel
from transformers import AutoModelForImageTextToText, AutoProcessor

base = "{base}"
processor = AutoProcessor.from_pretrained(base{pin})
model = AutoModelForImageTextToText.from_pretrained(base, dtype="auto"{pin})
model = PeftModel.from_pretrained(model, "{of.repository}"{below})
{_turns(of)}{_LOOK_BESIDE}"""


def _turns(of: Published) -> str:
    """A turn as models that see want it: with a picture, where it learned from such."""
    words = f'{{"type": "text", "text": "{HELLO}"}}'
    if not of.images:
        return f'turns = [{{"role": "user", "content": [{words}]}}]\n'
    picture = 'picture = {"type": "image", "url": "picture.png"}  # a file of yours, or an address\n'
    return f'{picture}turns = [{{"role": "user", "content": [picture, {words}]}}]\n'


def _gguf(of: Published) -> Iterator[Use]:
    if not of.contents.gguf:
        words = "They read GGUF files, and this repository has none. Jinko makes them: `export: gguf`."
        yield Use("Ollama and llama.cpp", words, ())
        return
    file = PurePosixPath(of.contents.gguf[-1].path).name  # the smallest: the most exact comes first
    fetch = Block("sh", f"hf download {of.repository} {file} Modelfile --local-dir {of.short}")
    ollama = Block("sh", f"ollama create {of.short} --file {of.short}/Modelfile\nollama run {of.short}")
    run = Block("sh", f"llama-cli --model {of.short}/{file} --jinja")
    yield Use("Ollama", "The Modelfile brings the chat template and the stop tokens.", (fetch, ollama))
    yield Use("llama.cpp", "The same file, with the template that is in it:", (run,))
