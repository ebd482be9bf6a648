"""llama.cpp, pinned: its converter, its quantizer, and its library to ask GGUF files with.

    make llama                                 install it for this Python (python -m gpu_batch.llama.install)
    f16 = convert(folder, target, scratch)     a model folder as one GGUF file of 16-bit floats
    quantize(f16, target, "q4_k_m")
    told = ask(target, Questions(...))

All three come from one npm release of node-llama-cpp: its prebuilt library, and the source of the very same
llama.cpp, which carries the converter. So nothing is compiled, and a laptop, the tests and the container have
the same bits. Each runs in a process of its own: what native code may do to itself, it does there. It uses no
GPU, and asks no network once it is installed.
"""
