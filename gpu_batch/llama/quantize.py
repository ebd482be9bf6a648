"""Quantize one GGUF file with llama.cpp's own quantizer.

    python -m gpu_batch.llama.quantize model-F16.gguf model-Q4_K_M.gguf q4_k_m

Rows that are no multiple of 256 wide get the nearest of the older quantizations, as llama.cpp has it.
"""

import ctypes as c
import os
import sys
from collections.abc import Mapping
from typing import Final

from gpu_batch.llama.library import LlamaError, opened
from schemas.exports import Quantization

FILE_TYPES: Final[Mapping[Quantization, int]] = {"f16": 1, "q8_0": 7, "q4_k_m": 15, "q5_k_m": 17, "q6_k": 18}
"""llama.cpp's numbers (enum llama_ftype)."""


def main(source: str, target: str, quantization: Quantization) -> None:
    """Write `target`. Raises LlamaError where llama.cpp refuses."""
    llama = opened()
    settings = llama.llama_model_quantize_default_params()
    settings.ftype = FILE_TYPES[quantization]
    settings.nthread = len(os.sched_getaffinity(0))
    if llama.llama_model_quantize(source.encode(), target.encode(), c.byref(settings)):
        raise LlamaError(f"It could not be quantized to {quantization}.")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], sys.argv[3])  # type: ignore[arg-type]
    except LlamaError as error:
        sys.exit(str(error))
