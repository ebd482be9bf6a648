"""What a stranger does with a published model, in an empty place. No tests here.

    python -m tests.hub.used FILE

FILE is JSON: prompts, a folder that was downloaded, the repository, its base, and the blocks of its card.
Only transformers and peft are used, nothing of Jinko. Prints one JSON object: answers of the whole model and
of the adapter, and what each block printed.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def answers(model: Any, tokenizer: Any, prompts: list[str], most: int = 24) -> list[str]:
    """Greedy answers of at most so many tokens, one prompt after the other."""
    told = []
    for prompt in prompts:
        turns = [{"role": "user", "content": prompt}]
        asked = tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.no_grad():
            tokens = model.generate(**asked, max_new_tokens=most, do_sample=False)
        told.append(tokenizer.decode(tokens[0][asked["input_ids"].shape[1] :], skip_special_tokens=True))
    return told


def printed(code: str) -> str:
    """What a block of a card prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    return out.getvalue()


def main(asked: dict[str, Any]) -> dict[str, Any]:
    torch.set_num_threads(1)
    prompts, most = asked["prompts"], asked.get("most", 24)
    tokenizer = AutoTokenizer.from_pretrained(asked["folder"])
    # As it was recorded here: in 16 bits, as the file holds it, a close call may fall otherwise.
    whole = AutoModelForCausalLM.from_pretrained(asked["folder"], dtype=torch.float32)
    base = AutoModelForCausalLM.from_pretrained(asked["base"], dtype=torch.float32)
    both = PeftModel.from_pretrained(base, asked["repository"], subfolder="adapter")
    return {
        "whole": answers(whole, tokenizer, prompts, most),
        "adapter": answers(both, tokenizer, prompts, most),
        "blocks": [printed(code) for code in asked["blocks"]],
    }


if __name__ == "__main__":
    print("\n" + json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
