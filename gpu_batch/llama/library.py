"""llama.cpp's library through ctypes, as far as a proof needs it: load, read, tokenize, decode, quantize.

Not a program; `ask.py` and `quantize.py` are, each in a process of its own, since what goes wrong in native
code ends the process. The structures are those of include/llama.h at the pinned version, and no other
version is opened.
"""

import ctypes as c
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from gpu_batch.llama import pinned

ERROR: Final = 4  # of ggml's levels; warnings tell of vocabularies that are as they are
PIECE_BYTES: Final = 512
LogSink = c.CFUNCTYPE(None, c.c_int, c.c_char_p, c.c_void_p)


class ModelParams(c.Structure):
    _fields_ = (
        ("devices", c.c_void_p),
        ("tensor_buft_overrides", c.c_void_p),
        ("n_gpu_layers", c.c_int32),
        ("split_mode", c.c_int),
        ("load_mode", c.c_int),
        ("lazy_mode", c.c_int),
        ("main_gpu", c.c_int32),
        ("tensor_split", c.c_void_p),
        ("progress_callback", c.c_void_p),
        ("progress_callback_user_data", c.c_void_p),
        ("kv_overrides", c.c_void_p),
        ("vocab_only", c.c_bool),
        ("check_tensors", c.c_bool),
        ("use_extra_bufts", c.c_bool),
        ("no_host", c.c_bool),
        ("no_alloc", c.c_bool),
        ("load_mtp", c.c_bool),
    )


class ContextParams(c.Structure):
    _fields_ = (
        *((name, c.c_uint32) for name in ("n_ctx", "n_batch", "n_ubatch", "n_seq_max", "n_rs_seq")),
        *((name, c.c_uint32) for name in ("n_outputs_max", "n_outputs_max_per_seq")),
        *((name, c.c_int32) for name in ("n_threads", "n_threads_batch")),
        *((name, c.c_int) for name in ("ctx_type", "rope_scaling_type", "pooling_type")),
        *((name, c.c_int) for name in ("attention_type", "flash_attn_type")),
        *((name, c.c_float) for name in ("rope_freq_base", "rope_freq_scale", "yarn_ext_factor")),
        *((name, c.c_float) for name in ("yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")),
        ("yarn_orig_ctx", c.c_uint32),
        ("defrag_thold", c.c_float),
        *((name, c.c_void_p) for name in ("cb_eval", "cb_eval_user_data")),
        *((name, c.c_int) for name in ("type_k", "type_v")),
        *((name, c.c_void_p) for name in ("abort_callback", "abort_callback_data")),
        *((name, c.c_bool) for name in ("embeddings", "offload_kqv", "no_perf", "op_offload")),
        *((name, c.c_bool) for name in ("swa_full", "kv_unified")),
        ("samplers", c.c_void_p),
        ("n_samplers", c.c_size_t),
        ("ctx_other", c.c_void_p),
    )


class QuantizeParams(c.Structure):
    _fields_ = (
        ("nthread", c.c_int32),
        ("ftype", c.c_int),
        ("output_tensor_type", c.c_int),
        ("token_embedding_type", c.c_int),
        *((name, c.c_bool) for name in ("allow_requantize", "quantize_output_tensor", "only_copy")),
        *((name, c.c_bool) for name in ("pure", "keep_split", "dry_run")),
        *((name, c.c_void_p) for name in ("imatrix", "kv_overrides", "tt_overrides", "prune_layers")),
        ("max_buf_size", c.c_size_t),
    )


class Batch(c.Structure):
    _fields_ = (
        ("n_tokens", c.c_int32),
        ("token", c.POINTER(c.c_int32)),
        ("embd", c.POINTER(c.c_float)),
        ("pos", c.POINTER(c.c_int32)),
        ("n_seq_id", c.POINTER(c.c_int32)),
        ("seq_id", c.POINTER(c.POINTER(c.c_int32))),
        ("logits", c.POINTER(c.c_int8)),
    )


# Function → what it returns, what it takes.
SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "llama_version": (c.c_char_p, ()),
    "llama_log_set": (None, (LogSink, c.c_void_p)),
    "llama_backend_init": (None, ()),
    "llama_model_default_params": (ModelParams, ()),
    "llama_context_default_params": (ContextParams, ()),
    "llama_model_quantize_default_params": (QuantizeParams, ()),
    "llama_model_quantize": (c.c_uint32, (c.c_char_p, c.c_char_p, c.POINTER(QuantizeParams))),
    "llama_model_load_from_file": (c.c_void_p, (c.c_char_p, ModelParams)),
    "llama_model_get_vocab": (c.c_void_p, (c.c_void_p,)),
    "llama_model_n_ctx_train": (c.c_int32, (c.c_void_p,)),
    "llama_model_chat_template": (c.c_char_p, (c.c_void_p, c.c_char_p)),
    "llama_init_from_model": (c.c_void_p, (c.c_void_p, ContextParams)),
    "llama_free": (None, (c.c_void_p,)),
    "llama_get_memory": (c.c_void_p, (c.c_void_p,)),
    "llama_memory_clear": (None, (c.c_void_p, c.c_bool)),
    "llama_vocab_n_tokens": (c.c_int32, (c.c_void_p,)),
    "llama_vocab_bos": (c.c_int32, (c.c_void_p,)),
    "llama_vocab_eos": (c.c_int32, (c.c_void_p,)),
    "llama_vocab_get_add_bos": (c.c_bool, (c.c_void_p,)),
    "llama_vocab_is_eog": (c.c_bool, (c.c_void_p, c.c_int32)),
    "llama_token_to_piece": (
        c.c_int32,
        (c.c_void_p, c.c_int32, c.c_char_p, c.c_int32, c.c_int32, c.c_bool),
    ),
    "llama_tokenize": (
        c.c_int32,
        (c.c_void_p, c.c_char_p, c.c_int32, c.POINTER(c.c_int32), c.c_int32, c.c_bool, c.c_bool),
    ),
    "llama_batch_init": (Batch, (c.c_int32, c.c_int32, c.c_int32)),
    "llama_batch_free": (None, (Batch,)),
    "llama_decode": (c.c_int32, (c.c_void_p, Batch)),
    "llama_get_logits_ith": (c.POINTER(c.c_float), (c.c_void_p, c.c_int32)),
}


class LlamaError(RuntimeError):
    """What llama.cpp refused, in its own words."""


def opened(folder: Path = pinned.FOLDER) -> Any:
    """The library, ready to work; its functions by name. Raises LlamaError if it is not the pinned
    version.
    """
    lib = pinned.library(folder)
    # The library is found by whom it is asked from: its version is a part of its file's name.
    common = c.CDLL(str(lib / f"libggml.{pinned.VERSION}.so"), mode=c.RTLD_GLOBAL)
    llama = c.CDLL(str(lib / f"libllama.{pinned.VERSION}.so"), mode=c.RTLD_GLOBAL)
    for name, (returned, taken) in SIGNATURES.items():
        function = getattr(llama, name)
        function.restype, function.argtypes = returned, taken
    version = (llama.llama_version() or b"").decode()
    if version != pinned.SAYS:
        raise LlamaError(f"This llama.cpp says that it is {version}; {pinned.VERSION} is pinned.")
    llama.llama_log_set(_told, None)
    common.ggml_backend_load_all_from_path.argtypes = (c.c_char_p,)
    common.ggml_backend_load_all_from_path.restype = None
    common.ggml_backend_load_all_from_path(str(lib).encode())
    llama.llama_backend_init()
    return llama


@LogSink
def _told(level: int, text: bytes | None, _: object) -> None:
    if level == ERROR and text:
        sys.stderr.write(text.decode(errors="replace"))


def pieces(llama: Any, vocab: Any, token: int) -> bytes:
    """A token's own text, control tokens' included."""
    buffer = c.create_string_buffer(PIECE_BYTES)
    length = llama.llama_token_to_piece(vocab, token, buffer, PIECE_BYTES, 0, True)
    return buffer.raw[: max(length, 0)]


def tokenized(llama: Any, vocab: Any, text: str) -> list[int]:
    """A text's tokens, as every program of llama.cpp makes them of a prompt: its BOS added, control tokens
    read.
    """
    data = text.encode()
    room = len(data) + 8
    ids = (c.c_int32 * room)()
    count = llama.llama_tokenize(vocab, data, len(data), ids, room, True, True)
    if count < 0:
        raise LlamaError("A prompt could not be tokenized.")
    return list(ids[:count])


class Deck:
    """A batch of tokens that can be filled again and again; `room` tokens at most."""

    def __init__(self, llama: Any, room: int) -> None:
        self._llama, self._batch = llama, llama.llama_batch_init(room, 0, 1)

    def fill(
        self, tokens: Sequence[int], places: Sequence[tuple[int, int]], wanted: Callable[[int], bool]
    ) -> Any:
        """Put tokens in, each at (sequence, position); the logits after those that are `wanted` are kept."""
        for at, (token, (sequence, position)) in enumerate(zip(tokens, places, strict=True)):
            self._batch.token[at] = token
            self._batch.pos[at] = position
            self._batch.n_seq_id[at] = 1
            self._batch.seq_id[at][0] = sequence
            self._batch.logits[at] = wanted(at)
        self._batch.n_tokens = len(tokens)
        return self._batch

    def close(self) -> None:
        self._llama.llama_batch_free(self._batch)
