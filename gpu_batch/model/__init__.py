"""A model in memory and as a folder: which family, on which device, in which precision, what of it learns.

    from gpu_batch import model
    base = model.load_model(folder, model.working_dtype(device), device)

Not a program.
"""

from gpu_batch.model.adapter import lora_config
from gpu_batch.model.four_bit import stored_in
from gpu_batch.model.keep import save_whole
from gpu_batch.model.load import context_length, load_model, own_dtype, stored_names, structure
from gpu_batch.model.machine import SMALL, cores, settle, threads_for, working_dtype
from gpu_batch.model.tokens import make_room
from gpu_batch.model.towers import freeze_senses, language_linears

__all__ = [
    "SMALL",
    "context_length",
    "cores",
    "freeze_senses",
    "language_linears",
    "load_model",
    "lora_config",
    "make_room",
    "own_dtype",
    "save_whole",
    "settle",
    "stored_in",
    "stored_names",
    "structure",
    "threads_for",
    "working_dtype",
]
