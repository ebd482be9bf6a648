"""Make `tiny-gemma3`, a Gemma 3 of about 0.9 million parameters that learns on a laptop's processor.

Run `python -m examples.make_tiny_gemma3 --out examples/tiny-gemma3 --seed 1`: five or six minutes of one
core, about 1 GB of memory. The modules are, in reading order:

- `vocabulary`: closed word lists, and random details of a made-up customer;
- `messages`: customers' messages that tell some of those details;
- `chats`: requests about such messages, each with the one right answer;
- `tokenizer`: a Gemma-like tokenizer trained on those chats;
- `model`: the Gemma 3 configuration, and how its weights start;
- `training`: from fresh weights to a model which answers;
- `scoring`: exact match on chats it has not seen.

It downloads nothing, and it does not make a useful assistant: the result knows only the narrow world of
`chats`.
"""
