"""Ask one GGUF file in a real llama.cpp. Reads a Questions as JSON, writes an Asked as JSON.

    python -m gpu_batch.llama.ask model-Q4_K_M.gguf < questions.json

The template and every token are the file's own, as a person's llama.cpp would have them. Answers are greedy,
a few prompts side by side. On the CPU alone.
"""

import ctypes as c
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from gpu_batch.llama.library import Deck, LlamaError, opened, pieces, tokenized
from gpu_batch.llama.questions import Asked, Forced, Questions, Told
from gpu_batch.text.template import compile_template

SIDE_BY_SIDE: Final = 8  # prompts at once: the weights are read once for all of them
AT_ONCE: Final = 512  # tokens in one pass
SMALL: Final = 100_000_000  # bytes; under this, threads would wait for one another more than they work


class Model:
    """A GGUF file, loaded."""

    def __init__(self, file: Path) -> None:
        self.llama = opened()
        settings = self.llama.llama_model_default_params()
        settings.n_gpu_layers = 0
        self.model = self.llama.llama_model_load_from_file(str(file).encode(), settings)
        if not self.model:
            raise LlamaError("The file could not be loaded.")
        self.vocab = self.llama.llama_model_get_vocab(self.model)
        self.words = self.llama.llama_vocab_n_tokens(self.vocab)
        self.bos = self.llama.llama_vocab_bos(self.vocab)
        cores = len(os.sched_getaffinity(0))
        self.threads = 1 if cores <= 2 or file.stat().st_size < SMALL else cores

    def rendered(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The prompt, by the file's own template; what llama.cpp adds itself is not there twice."""
        source = self.llama.llama_model_chat_template(self.model, None)
        if source is None:
            raise LlamaError("The file holds no chat template.")
        bos, eos = (self._text(token) for token in (self.bos, self.llama.llama_vocab_eos(self.vocab)))
        text = compile_template(source.decode()).render(
            messages=messages,
            tools=None,
            documents=None,
            add_generation_prompt=True,
            bos_token=bos,
            eos_token=eos,
        )
        adds = self.llama.llama_vocab_get_add_bos(self.vocab)
        return text.removeprefix(bos) if adds else text

    def _text(self, token: int) -> str:
        return pieces(self.llama, self.vocab, token).decode(errors="replace") if token >= 0 else ""

    def context(self, tokens: int, sequences: int) -> Any:
        """Room for so many tokens in all."""
        settings = self.llama.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = tokens, AT_ONCE, AT_ONCE
        settings.n_seq_max, settings.kv_unified, settings.n_outputs_max_per_seq = sequences, True, 0
        settings.n_threads = settings.n_threads_batch = self.threads
        made = self.llama.llama_init_from_model(self.model, settings)
        if not made:
            raise LlamaError(f"There is no room for {tokens} tokens.")
        return made

    def decode(self, context: Any, batch: Any) -> None:
        code = self.llama.llama_decode(context, batch)
        if code:
            raise LlamaError(f"Decoding ended with code {code}.")

    def logits(self, context: Any, at: int) -> np.ndarray:
        """After the token at this place of the last batch."""
        return np.ctypeslib.as_array(self.llama.llama_get_logits_ith(context, at), (self.words,))


def answers(model: Model, prompts: Sequence[list[int]], most: int) -> list[list[int]]:
    """The greedy answer to each prompt, with the token that ends it."""
    made: list[list[int]] = []
    for start in range(0, len(prompts), SIDE_BY_SIDE):
        made += _side_by_side(model, prompts[start : start + SIDE_BY_SIDE], most)
    return made


def _side_by_side(model: Model, prompts: Sequence[list[int]], most: int) -> list[list[int]]:
    context = model.context(sum(map(len, prompts)) + len(prompts) * (most + 1), len(prompts))
    deck = Deck(model.llama, AT_ONCE)
    made: list[list[int]] = []
    for number, prompt in enumerate(prompts):
        last = _read(model, context, deck, prompt, number)
        made.append([int(model.logits(context, last).argmax())])

    def going() -> list[int]:
        ended = [bool(model.llama.llama_vocab_is_eog(model.vocab, one[-1])) for one in made]
        return [n for n, one in enumerate(made) if not ended[n] and len(one) < most]

    while alive := going():
        places = [(number, len(prompts[number]) + len(made[number]) - 1) for number in alive]
        model.decode(context, deck.fill([made[number][-1] for number in alive], places, lambda at: True))
        for at, number in enumerate(alive):
            made[number].append(int(model.logits(context, at).argmax()))
    deck.close()
    model.llama.llama_free(context)
    return made


def _read(model: Model, context: Any, deck: Deck, ids: list[int], sequence: int) -> int:
    """Read a prompt; the place of its last token in the last pass."""
    last = 0
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        places = [(sequence, start + at) for at in range(len(part))]
        last = len(part) - 1
        model.decode(context, deck.fill(part, places, lambda at, last=last: at == last))  # type: ignore[misc]
    return last


def forced(model: Model, rows: Sequence[Forced]) -> list[Told]:
    """How each row's tokens from `first` on were foretold."""
    if not rows:
        return []
    context = model.context(max(len(row.ids) for row in rows) + 1, 1)
    deck = Deck(model.llama, AT_ONCE)
    told = [_foretold(model, context, deck, row) for row in rows]
    deck.close()
    model.llama.llama_free(context)
    return told


def _foretold(model: Model, context: Any, deck: Deck, row: Forced) -> Told:
    model.llama.llama_memory_clear(model.llama.llama_get_memory(context), True)
    loss, same = 0.0, 0
    for start in range(0, len(row.ids) - 1, AT_ONCE):  # nothing follows the last token
        part = row.ids[start : min(start + AT_ONCE, len(row.ids) - 1)]
        wanted = [at for at in range(len(part)) if start + at + 1 >= row.first]
        places = [(0, start + at) for at in range(len(part))]
        model.decode(context, deck.fill(part, places, set(wanted).__contains__))
        for at in wanted:
            logits, token = model.logits(context, at).astype(np.float64), row.ids[start + at + 1]
            loss += float(np.logaddexp.reduce(logits) - logits[token])
            same += int(logits.argmax() == token)
    return Told(loss, same, len(row.ids) - row.first)


def main(file: Path, questions: Questions) -> Asked:
    """Everything that is asked."""
    model = Model(file)
    prompts = [tokenized(model.llama, model.vocab, model.rendered(one)) for one in questions.prompts]
    return Asked(
        bos=model.bos,
        prompts=prompts,
        answers=answers(model, prompts, questions.max_new_tokens),
        rows=forced(model, [Forced(*row) for row in questions.rows]),
        ends=[end for end in questions.ends if model.llama.llama_vocab_is_eog(model.vocab, c.c_int32(end))],
    )


if __name__ == "__main__":
    try:
        print(json.dumps(main(Path(sys.argv[1]), Questions(*json.load(sys.stdin)))))
    except LlamaError as error:
        sys.exit(str(error))
