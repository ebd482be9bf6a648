"""Talks with a model over stdin and stdout, one JSON object a line: the process behind `jinko chat`.

    python -m gpu_batch.chat     # the first line says with whom: {"base": …, "folder": …, "adapter": …}

Then each line is {"messages": […], "most": 256, "temperature": 0}, and is answered piece by piece: {"who":
"tuned", "text": "Hel"}, …, {"who": "tuned", "ended": true}; by the base first where `beside` was asked for.
What cannot be is {"fault": …}. It ends with its stdin. Not here: a terminal, fetching a run's weights.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from gpu_batch.text import ChatText
from schemas.errors import BadInput, JinkoError
from schemas.orders import BasePin
from schemas.samples import Message


class Talk(NamedTuple):
    """A model in memory, and the base beside it where that is wanted: `models` by who answers."""

    chat: ChatText
    models: dict[str, Any]
    adapted: Any = None
    """The model whose adapter is switched off for the base's answers."""


def main() -> int:
    """Answer until stdin ends; 1 where the model cannot be loaded."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        talk = _opened(json.loads(sys.stdin.readline()))
    except JinkoError as error:
        _say(fault=str(error))
        return 1
    _say(ready=list(talk.models))
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            messages = [Message.model_validate(turn) for turn in asked["messages"]]
            for who in talk.models:
                for piece in _pieces(talk, who, messages, asked["most"], asked["temperature"]):
                    _say(who=who, text=piece)
                _say(who=who, ended=True)
        except BadInput as error:
            _say(fault=str(error))
    return 0


def _opened(given: dict[str, Any]) -> Talk:
    """Load whom the first line names."""
    from peft import PeftModel

    from gpu_batch import model
    from gpu_batch.base import fetch

    device = model.settle()
    dtype = model.working_dtype(device)
    base = BasePin.model_validate(given["base"])
    whole = Path(given["folder"]) if given.get("folder") else None
    beside = bool(given.get("beside"))
    if whole is not None:
        chat = ChatText.from_folder(whole, base.name)
        models = {"base": model.load_model(fetch(base), dtype, device)} if beside else {}
        return Talk(chat, {**models, "tuned": model.load_model(whole, dtype, device)})
    folder = fetch(base)
    loaded = model.load_model(folder, dtype, device)
    chat = ChatText.from_folder(folder, base.name)
    if not given.get("adapter"):
        return Talk(chat, {"base": loaded})
    tuned = PeftModel.from_pretrained(loaded, given["adapter"]).eval()
    return Talk(chat, {**({"base": tuned} if beside else {}), "tuned": tuned}, tuned if beside else None)


def _pieces(
    talk: Talk, who: str, messages: Sequence[Message], most: int, temperature: float
) -> Iterator[str]:
    """An answer as it comes, in pieces of text."""
    from queue import SimpleQueue
    from threading import Thread

    import torch
    from transformers import GenerationConfig
    from transformers.generation.streamers import BaseStreamer

    came: SimpleQueue[int | None] = SimpleQueue()

    class Tokens(BaseStreamer):  # type: ignore[misc]
        """Puts tokens into the queue as they are chosen; the first that come are the prompt's."""

        prompt = True

        def put(self, value: Any) -> None:
            if self.prompt:
                self.prompt = False
                return
            for token in value.flatten().tolist():
                came.put(token)

        def end(self) -> None:
            came.put(None)

    model = talk.models[who]
    ids_BT = torch.tensor([talk.chat.prompt_ids(messages)], device=model.device)
    drawing = {"do_sample": True, "temperature": temperature} if temperature > 0 else {"do_sample": False}
    settings = GenerationConfig(
        max_new_tokens=most,
        eos_token_id=sorted(talk.chat.stop_ids),
        pad_token_id=talk.chat.pad_id,
        **drawing,
    )

    def answer() -> None:
        plain = talk.adapted is not None and who == "base"
        with torch.no_grad(), talk.adapted.disable_adapter() if plain else nullcontext():
            try:
                model.generate(
                    input_ids=ids_BT,
                    attention_mask=torch.ones_like(ids_BT),
                    generation_config=settings,
                    streamer=Tokens(),
                )
            finally:
                came.put(None)

    worker = Thread(target=answer, daemon=True)
    worker.start()
    yield from _decoded(talk.chat, iter(came.get, None))
    worker.join()


def _decoded(chat: ChatText, tokens: Iterator[int]) -> Iterator[str]:
    """Texts of tokens as they come: a character of several tokens is told when it is whole."""
    ids: list[int] = []
    said = ""
    for token in tokens:
        if token in chat.stop_ids:
            return
        ids.append(token)
        text = chat.decode(ids)
        if not text.endswith("\ufffd") and len(text) > len(said):
            yield text[len(said) :]
            said = text


def _say(**told: object) -> None:
    print(json.dumps(told, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
