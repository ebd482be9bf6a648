"""How to use what a run left: lines to be copied, for transformers, Ollama, llama.cpp and vLLM.

`ways(story, bucket)` is pure. A test compares docs/use-your-model.md with it, and runs what can be run here.
`bucket` is the outbox's, where it is no folder of a person's own machine: then the files are fetched first.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from functions.story import Story, phase
from schemas import names

PYTHON: Final = """\
from transformers import pipeline

model = pipeline("text-generation", "{folder}")
asked = [{{"role": "user", "content": "Your question"}}]
print(model(asked, max_new_tokens=256)[0]["generated_text"][-1]["content"])"""
SCORER: Final = """\
from transformers import AutoModelForSequenceClassification, AutoTokenizer

model = AutoModelForSequenceClassification.from_pretrained("{folder}")
tokenizer = AutoTokenizer.from_pretrained("{folder}")
said = [{{"role": "user", "content": "Your question"}}, {{"role": "assistant", "content": "An answer"}}]
asked = tokenizer.apply_chat_template(said, return_tensors="pt", return_dict=True)
print(model(**asked).logits.item())"""
ADAPTED_SCORER: Final = """\
from peft import AutoPeftModelForSequenceClassification
from transformers import AutoTokenizer

model = AutoPeftModelForSequenceClassification.from_pretrained("{folder}", num_labels=1)
tokenizer = AutoTokenizer.from_pretrained("{base}")
said = [{{"role": "user", "content": "Your question"}}, {{"role": "assistant", "content": "An answer"}}]
asked = tokenizer.apply_chat_template(said, return_tensors="pt", return_dict=True)
print(model(**asked).logits.item())"""
OLLAMA: Final = """\
ollama create {name} --file {folder}/Modelfile
ollama run {name}"""


class Way(NamedTuple):
    """One way: what it is for in a few words, and lines of `sh` or `python`."""

    title: str
    language: str
    code: str


def ways(story: Story, bucket: str | None) -> list[Way]:
    """Every way there is, the simplest first; none before the run has succeeded once."""
    run = story.run
    if run is None or run.first != "train" or run.state == "deleted":
        return []
    if phase(story) != "succeeded" and run.wish is None:  # what was asked for later takes nothing away
        return []
    if story.trained is not None and story.trained.effective.get("method") == "reward":
        return list(_scoring(story, bucket))
    return [*_talk(story), *_gguf(story, bucket), *_whole(story, bucket)]


def _scoring(story: Story, bucket: str | None) -> Iterator[Way]:
    """A reward model gives no answers: how to have one scored."""
    assert story.run is not None
    assert story.trained is not None
    weights = story.trained.weights
    if not weights:
        return
    if bucket:
        yield _fetched("Fetch the reward model", weights, bucket)
    folder, base = _place(weights, bucket), story.run.base.location
    form = SCORER if story.trained.model else ADAPTED_SCORER
    yield Way("Score an answer, in Python", "python", form.format(folder=folder, base=base))


def _talk(story: Story) -> Iterator[Way]:
    assert story.run is not None
    yield Way("Talk with it here, the base beside it", "sh", f"jinko chat {story.run.id} --base")


def _gguf(story: Story, bucket: str | None) -> Iterator[Way]:
    made = story.gguf
    if made is None or not made.folder or not made.files:
        return
    folder = _place(made.folder, bucket)
    if bucket:
        yield _fetched("Fetch the GGUF files", made.folder, bucket)
    file = PurePosixPath(made.files[-1].path).name  # the newest and smallest is the last
    yield Way("Ollama", "sh", OLLAMA.format(name=_name(story), folder=folder))
    yield Way("llama.cpp", "sh", f"llama-cli --model {folder}/{file} --jinja")


def _whole(story: Story, bucket: str | None) -> Iterator[Way]:
    whole = (story.exported and story.exported.merged) or (story.trained and story.trained.model)
    if not whole:
        return
    folder = _place(whole, bucket)
    if bucket:
        yield _fetched("Fetch the whole model", whole, bucket)
    yield Way("transformers, in Python", "python", PYTHON.format(folder=folder))
    yield Way("vLLM, an OpenAI-compatible server on a machine with a GPU", "sh", f"vllm serve {folder}")


def _place(prefix: str, bucket: str | None) -> str:
    """Where the folder lies as the lines are typed: fetched here, or in the outbox's folder."""
    return PurePosixPath(prefix).name if bucket else prefix.rstrip("/")


def _fetched(title: str, prefix: str, bucket: str) -> Way:
    address = names.address(bucket, prefix.rstrip("/"))
    return Way(title, "sh", f"gcloud storage cp --recursive {address} .")


def _name(story: Story) -> str:
    """What Ollama is to call it, after the file that was learned from: letters, digits and dashes."""
    file = story.dataset.source if story.drop.of and story.dataset else story.drop.name
    stem = PurePosixPath(file).stem.lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "my-model"
