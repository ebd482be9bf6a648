"""Make the tiny base model and save it in bf16: `python -m examples.make_tiny_gemma3 --out DIR --seed 1`.

Everything follows from the seed (on one kind of processor, with the pinned libraries). It prints progress,
then a report as one line of JSON. It does not write the README beside the model, and it overwrites the model
that is there.
"""

import argparse
import json
import resource
import time
from pathlib import Path
from random import Random

import torch
from transformers import Gemma3ForCausalLM, PreTrainedTokenizerFast

from examples.make_tiny_gemma3.chats import curriculum, pick_chat
from examples.make_tiny_gemma3.model import Sizes, make_model
from examples.make_tiny_gemma3.scoring import exact_by_kind
from examples.make_tiny_gemma3.tokenizer import answer_ids, check_template, make_tokenizer, prompt_ids
from examples.make_tiny_gemma3.training import Example, Settings, batches_of_like_length, train

VOCABULARY = 1024
TOKENIZER_CHATS = 20_000  # the last ones: they have the usual mix of kinds
SCORED_CHATS = 300
SCORING_SEED_OFFSET = 1000  # other chats than those trained on


def make_base(seed: int, settings: Settings) -> tuple[Gemma3ForCausalLM, PreTrainedTokenizerFast, float]:
    """The trained model in fp32, its tokenizer, and the mean loss at the end."""
    r = Random(seed)
    torch.manual_seed(seed)
    chats = curriculum(r, settings.steps * settings.batch, settings.copy_first)
    tokenizer = make_tokenizer(chats[-TOKENIZER_CHATS:], VOCABULARY)
    check_template(tokenizer, chats[0])
    model = make_model(tokenizer, Sizes())
    print(f"{len(chats):,} chats, {model.num_parameters():,} parameters", flush=True)
    examples: list[Example] = []
    for chat in chats:
        prompt = prompt_ids(tokenizer, chat.user)
        examples.append(Example(prompt + answer_ids(tokenizer, chat.answer), len(prompt)))
    loss = train(model, batches_of_like_length(r, examples, settings.batch), settings, tokenizer.pad_token_id)
    return model, tokenizer, loss


def main() -> None:
    """Read the command line, make the model, save it, score it and report."""
    parser = argparse.ArgumentParser(prog="python -m examples.make_tiny_gemma3", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to save the model in")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=Settings.steps, help="fewer make a quick, worse model")
    arguments = parser.parse_args()

    torch.set_num_threads(1)  # at this size a second thread costs more than it brings
    started = time.time()
    model, tokenizer, loss = make_base(arguments.seed, Settings(steps=arguments.steps))
    made_cpu_s = time.process_time()
    model.bfloat16().save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)

    model.float()  # type: ignore[no-untyped-call]  # scored as stored: after the rounding to bf16
    r = Random(arguments.seed + SCORING_SEED_OFFSET)
    exact = exact_by_kind(model, tokenizer, [pick_chat(r) for _ in range(SCORED_CHATS)])
    report = {
        "seed": arguments.seed,
        "parameters": model.num_parameters(),
        "final_loss": round(loss, 4),
        "exact_on_new_chats": exact,
        "cpu_s": round(made_cpu_s, 1),
        "wall_s": round(time.time() - started, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,  # Linux counts it in KiB
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
