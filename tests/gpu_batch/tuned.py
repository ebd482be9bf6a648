"""A base that was tuned quickly and by hand, for tests of what comes after training. No tests here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.samples import Conversation
from tests.gpu_batch.papers import TINY


def tune(model: Any, folder: Path, rows: Sequence[Conversation], steps: int, rate: float) -> Any:
    """Teach a model these rows, all of them in every step; the model."""
    import torch

    from gpu_batch.text import NO_LOSS, ChatText, label

    chat = ChatText.from_folder(folder)
    labelled = [label(chat, row) for row in rows]
    width = max(len(one.input_ids) for one in labelled)
    ids = torch.tensor([one.input_ids + [chat.pad_id] * (width - len(one.input_ids)) for one in labelled])
    labels = torch.tensor([one.labels + [NO_LOSS] * (width - len(one.labels)) for one in labelled])
    mask = (ids != chat.pad_id).long()
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=rate)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - step / steps)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


def adapter(
    target: Path, rows: Sequence[Conversation], steps: int = 40, base: Path = TINY, **config: Any
) -> Path:
    """An adapter of the tiny base that has learned these rows, saved."""
    import torch
    from peft import LoraConfig, get_peft_model

    from gpu_batch import model

    device = model.settle()
    torch.manual_seed(1)
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM", **config)
    both = get_peft_model(model.load_model(base, torch.float32, device), lora)
    tune(both, base, rows, steps, 1e-2).save_pretrained(target)
    (target / "README.md").unlink()
    return target


def wide_base(folder: Path, rows: Sequence[Conversation], steps: int = 60) -> Path:
    """A base of width 256, which K-quants want, made of nothing and taught these rows."""
    import shutil

    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    from gpu_batch import model

    model.settle()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    config = Gemma3TextConfig.from_pretrained(TINY)
    config.hidden_size, config.intermediate_size, config.num_hidden_layers = 256, 512, 2
    config.layer_types = ["sliding_attention", "full_attention"]
    tune(made := Gemma3ForCausalLM(config), TINY, rows, steps, 3e-3)
    made.to(torch.bfloat16).save_pretrained(folder)
    for file in TINY.iterdir():
        if file.name not in ("config.json", "README.md") and file.suffix != ".safetensors":
            shutil.copyfile(file, folder / file.name)
    return folder
