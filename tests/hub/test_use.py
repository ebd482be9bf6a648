"""A published model, downloaded into an empty place, answers as it did; the lines of its card work."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gpu_batch.publish import publish as do
from gpu_batch.publishing import usage
from gpu_batch.publishing.contents import Contents
from infra.settings import BUNDLED_MODELS
from schemas import names
from schemas.orders import BasePin, PublishOrder
from schemas.recipe import Recipe
from tests.functions.runs import now, ordered, said, write_export, write_training
from tests.hub.published import REPOSITORY, quantized
from tests.hub.server import TOKEN

pytestmark = pytest.mark.train
TINY = BUNDLED_MODELS / "tiny-gemma3"
PROMPTS = ["Hello!", "Who are you?", "Say red, blue, green backwards.", "Repeat: k7f-22", "Thank you!"]
KNOWN = {"hf", "vllm", "ollama", "llama-cli"}


def make_weights(folder: Path) -> dict[str, list[str]]:
    """An adapter that changes the tiny base, and the two made one; what each answers."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tests.hub.used import answers

    torch.set_num_threads(1)
    torch.manual_seed(7)
    tokenizer = AutoTokenizer.from_pretrained(TINY)
    base = AutoModelForCausalLM.from_pretrained(TINY, dtype=torch.float32)
    config = LoraConfig(r=8, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False)
    model = get_peft_model(base, config).eval()
    model.save_pretrained(folder / "adapter")
    told = {"adapter": answers(model, tokenizer, PROMPTS)}
    merged = model.merge_and_unload()
    merged.save_pretrained(folder / "merged")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copyfile(TINY / name, folder / "merged" / name)
    return told | {"whole": answers(merged, tokenizer, PROMPTS)}


def published(ground, there, folder: Path) -> str:
    """A run on a base of the Hub with these weights, published; its card."""
    there.world.write(
        "library/tiny", {path.name: path.read_bytes() for path in TINY.iterdir() if path.is_file()}
    )
    settings = {"base_model": "library/tiny", "publish": REPOSITORY, "export": "merged,adapter"}
    run = ordered(ground, **settings)
    for prefix, made in (
        (write_training(ground, run).adapter, "adapter"),
        (write_export(ground, run).merged, "merged"),
    ):
        for path in (folder / made).iterdir():
            ground.store.upload("outbox", f"{prefix}{path.name}", path)
    said(ground, run, "train", "SUCCEEDED")
    said(ground, run, "export", "SUCCEEDED")
    read = ground.store.read("outbox", names.order(run.id, "publish", now(ground, run).paper))
    order = PublishOrder.model_validate_json(read)
    scratch = folder / "scratch"
    do(order.model_copy(update={"gguf": quantized(ground, run)}), 1, ground.cloud, scratch)
    return there.world.read(REPOSITORY, "README.md").decode()


def of_other_models(there, folder: Path) -> list[str]:
    """The blocks for a reward model, for one that goes on writing, and for one that sees."""
    from peft import LoraConfig, get_peft_model
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoModelForSequenceClassification, AutoTokenizer

    from tests.gpu_batch.tiny_models import make_model

    eyes = make_model("gemma3-sees", folder)
    Image.new("RGB", (64, 64), (255, 0, 0)).save(folder.parent / "empty" / "picture.png")
    for name, kind, base, task, options in (
        ("reward", AutoModelForSequenceClassification, TINY, "SEQ_CLS", {"num_labels": 1}),
        ("eyes", AutoModelForImageTextToText, eyes, "CAUSAL_LM", {}),
    ):
        lora = LoraConfig(task_type=task, r=4, target_modules=["q_proj"])
        model = get_peft_model(kind.from_pretrained(base, **options), lora)
        model.save_pretrained(folder / f"{name}-adapter")
        model.merge_and_unload().save_pretrained(folder / name)
    AutoTokenizer.from_pretrained(TINY).save_pretrained(folder / "reward")
    shutil.copytree(eyes, folder / "eyes", dirs_exist_ok=True)
    for name in ("reward", "reward-adapter", "eyes", "eyes-adapter"):
        there.world.write(f"me/{name}", {one.name: one.read_bytes() for one in (folder / name).iterdir()})
    told = []
    for method, repository, base, adapter, images in (
        ("reward", "me/reward", "library/tiny", None, False),
        ("reward", "me/reward-adapter", "library/tiny", "", False),
        ("pretrain", "library/tiny", "library/tiny", None, False),
        ("sft", "me/eyes", "me/eyes", None, True),
        ("sft", "me/eyes", "me/eyes", None, False),
        ("sft", "me/eyes-adapter", "me/eyes", "", True),
    ):
        recipe = Recipe.model_validate({"training": {"method": method}})
        holds = Contents(adapter is None, adapter, (), sees=base == "me/eyes")
        pin = BasePin(name=base, where="hub", location=base, revision="main")
        uses = usage.uses(usage.Published(repository, pin, holds, recipe, images))
        told += [block.code for use in uses for block in use.blocks if block.language == "python"]
    return told


def elsewhere(there, folder: Path) -> dict[str, str]:
    """The environment of somebody else, who may read: an empty home, and this Hub."""
    programs = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    told = {
        "HOME": str(folder),
        "HF_HOME": str(folder / "hf"),
        "HF_ENDPOINT": there.address,
        "HF_TOKEN": TOKEN,
    }
    quiet = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
    return {"PATH": programs, "PYTHONPATH": str(BUNDLED_MODELS.parent), **told, **quiet}


def run_here(command, environment, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_what_was_published_answers_as_recorded_and_every_line_of_its_card_works(ground, there, tmp_path):
    recorded = make_weights(tmp_path / "made")
    card = published(ground, there, tmp_path / "made")
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = elsewhere(there, empty)
    run_here(["hf", "download", REPOSITORY, "--local-dir", "here"], environment, empty)
    blocks = re.findall(r"^```(\w+)\n(.*?)\n```$", card, re.MULTILINE | re.DOTALL)
    python = [code for language, code in blocks if language == "python"]
    asked = {
        "prompts": PROMPTS,
        "folder": "here",
        "repository": REPOSITORY,
        "base": "library/tiny",
        "blocks": [*python, *of_other_models(there, tmp_path / "others")],
    }
    (empty / "asked.json").write_text(json.dumps(asked))
    told = json.loads(
        run_here([sys.executable, "-m", "tests.hub.used", "asked.json"], environment, empty).splitlines()[-1]
    )

    assert recorded["whole"] == told["whole"]
    assert recorded["adapter"] == told["adapter"]
    assert len(set(recorded["adapter"])) > 1
    assert len(python) == 2
    assert len(told["blocks"]) == 2 + 6
    assert all(printed.strip() for printed in told["blocks"])

    shell = [line for language, code in blocks if language == "sh" for line in code.splitlines()]
    assert {line.split()[0] for line in shell} == KNOWN
    ran = [line for line in shell if shutil.which(line.split()[0], path=environment["PATH"])]
    for line in ran:
        run_here(line.split(), environment, empty)
    assert [line for line in ran if line.startswith("hf ")]
    assert (empty / "bot" / "model-Q8_0.gguf").read_bytes() == b"GGUF"
    assert (empty / "bot" / "Modelfile").is_file()
