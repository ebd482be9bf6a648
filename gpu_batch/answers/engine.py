"""Who answers: vLLM on a GPU where it is installed, transformers everywhere else, behind one function.

    engine = choose(order, folder, adapter, chat, device)
    engine.replies(prompts, seed=7, see=None)      # one Reply a prompt, in their order
    engine.told                                    # which of the two, and why

Both get the same token ids and stop at the same tokens. A drawn answer (`temperature` above 0) follows from
the seed and from what it is asked with, by either; the two draw otherwise. Not run on a GPU yet.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from peft import PeftModel

from gpu_batch import model
from gpu_batch.inference import Seeing, answer_tokens, until_stop
from gpu_batch.text import ChatText
from schemas.generating import GenerateOptions

SHARE = 0.9  # of a GPU's memory that vLLM may take: the job has it alone


class Reply(NamedTuple):
    """An answer, and whether the model ended it itself (or was cut at the longest that was allowed)."""

    text: str
    ended: bool
    tokens: int


class Engine(Protocol):
    """A model that answers. `told` is a sentence on who it is; `context` how many tokens it reads at once."""

    told: str
    context: int | None

    def replies(
        self, prompts: Sequence[list[int]], most: int, seed: int, see: Seeing | None = None
    ) -> list[Reply]:
        """One answer a prompt, of at most `most` tokens."""


def choose(
    folder: Path,
    adapter: Path | None,
    chat: ChatText,
    options: GenerateOptions,
    device: torch.device,
    sees: bool,
) -> Engine:
    """The engine for this model on this machine. Raises BadInput for a model that cannot be loaded."""
    if device.type != "cuda":
        why = "transformers, on a CPU"
    elif sees:
        why = "transformers, since rows show images"
    elif find_spec("vllm") is None:
        why = "transformers, since vLLM is not installed"
    else:
        return _VLLM(folder, adapter, chat, options)
    return _Transformers(folder, adapter, chat, options, device, sees, why)


class _Transformers:
    """transformers' own generation, batch by batch."""

    def __init__(
        self,
        folder: Path,
        adapter: Path | None,
        chat: ChatText,
        options: GenerateOptions,
        device: torch.device,
        sees: bool,
        told: str,
    ) -> None:
        base = model.load_model(folder, model.working_dtype(device), device, sees=sees)
        self._model: Any = PeftModel.from_pretrained(base, adapter).eval() if adapter else base
        self._chat, self._options, self.told = chat, options, told
        self.context = model.context_length(base)

    def replies(
        self, prompts: Sequence[list[int]], most: int, seed: int, see: Seeing | None = None
    ) -> list[Reply]:
        drawing: dict[str, Any] = {}
        if self._options.temperature > 0:
            torch.manual_seed(seed)
            drawing = {
                "do_sample": True,
                "temperature": self._options.temperature,
                "top_p": self._options.top_p,
                "top_k": 0,
            }
        made = answer_tokens(self._model, self._chat, prompts, most, see, **drawing)
        return [_reply(self._chat, ids, most) for ids in made]


class _VLLM:
    """vLLM, which packs many prompts into the GPU at once. It takes the adapter beside its base."""

    told = "vLLM, on a GPU"

    def __init__(self, folder: Path, adapter: Path | None, chat: ChatText, options: GenerateOptions) -> None:
        from vllm import LLM
        from vllm.lora.request import LoRARequest

        ranks = {"enable_lora": True, "max_lora_rank": _rank(adapter)} if adapter else {}
        self._llm = LLM(
            model=str(folder),
            tokenizer=str(folder),
            trust_remote_code=False,
            gpu_memory_utilization=SHARE,
            **ranks,
        )
        self._lora = LoRARequest("adapter", 1, str(adapter)) if adapter else None
        self._chat, self._options = chat, options
        self.context: int | None = self._llm.llm_engine.model_config.max_model_len

    def replies(
        self, prompts: Sequence[list[int]], most: int, seed: int, see: Seeing | None = None
    ) -> list[Reply]:
        from vllm import SamplingParams

        how = SamplingParams(
            max_tokens=most,
            temperature=self._options.temperature,
            top_p=self._options.top_p,
            seed=seed,
            stop_token_ids=sorted(self._chat.stop_ids),
            skip_special_tokens=False,
        )
        asked = [{"prompt_token_ids": ids} for ids in prompts]
        made = self._llm.generate(asked, how, lora_request=self._lora, use_tqdm=False)
        return [_reply(self._chat, list(one.outputs[0].token_ids), most) for one in made]


def _rank(adapter: Path) -> int:
    """The adapter's rank, rounded up to one that vLLM has a kernel for."""
    from peft import LoraConfig

    rank = LoraConfig.from_pretrained(str(adapter)).r
    return next((size for size in (8, 16, 32, 64, 128, 256, 320, 512) if size >= rank), rank)


def _reply(chat: ChatText, ids: list[int], most: int) -> Reply:
    text = until_stop(ids, chat.stop_ids)
    return Reply(chat.decode(text), ended=len(text) < len(ids) or len(ids) < most, tokens=len(text))
