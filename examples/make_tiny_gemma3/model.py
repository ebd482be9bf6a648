"""The tiny Gemma 3: its sizes, and how its weights start.

Not a program: `__main__` calls it. Text only; the architecture is transformers' `Gemma3ForCausalLM`,
unchanged.
"""

from dataclasses import dataclass

import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, GenerationConfig, PreTrainedTokenizerFast

from examples.make_tiny_gemma3.tokenizer import END_OF_TURN


@dataclass(frozen=True)
class Sizes:
    """Sizes of the model: widths in numbers, lengths in tokens."""

    hidden: int = 128
    layers: int = 4
    heads: int = 4
    key_value_heads: int = 2
    intermediate: int = 384
    positions: int = 512
    sliding_window: int = 256


STARTING_GAIN = 0.3  # of the norms behind attention and feed-forward
MAX_NEW_TOKENS = 96  # longer than any answer of the synthetic chats


def _config(tokenizer: PreTrainedTokenizerFast, sizes: Sizes) -> Gemma3TextConfig:
    head = sizes.hidden // sizes.heads
    return Gemma3TextConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes.hidden,
        intermediate_size=sizes.intermediate,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.key_value_heads,
        head_dim=head,
        query_pre_attn_scalar=head,
        max_position_embeddings=sizes.positions,
        sliding_window=sizes.sliding_window,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.convert_tokens_to_ids(END_OF_TURN),
        pad_token_id=tokenizer.pad_token_id,
    )


def _start_small(model: Gemma3ForCausalLM, hidden: int, pad: int) -> None:
    """Start with blocks that add little and embeddings of length 1.

    Gemma normalises what each block adds, so a fresh block drowns the token it adds to, and copying, which
    needs the token itself, is learned several times more slowly.
    """
    with torch.no_grad():
        embeddings = model.model.embed_tokens.weight
        embeddings.normal_(0, hidden**-0.5)
        embeddings[pad].zero_()
        for layer in model.model.layers:
            # Gemma's norm multiplies by 1 + weight
            layer.post_attention_layernorm.weight.fill_(STARTING_GAIN - 1)
            layer.post_feedforward_layernorm.weight.fill_(STARTING_GAIN - 1)


def make_model(tokenizer: PreTrainedTokenizerFast, sizes: Sizes) -> Gemma3ForCausalLM:
    """A fresh model in fp32 whose vocabulary is the tokenizer's; seed torch before the call."""
    config = _config(tokenizer, sizes)
    model = Gemma3ForCausalLM(config)
    _start_small(model, sizes.hidden, tokenizer.pad_token_id)
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=[tokenizer.eos_token_id, config.eos_token_id],
        max_new_tokens=MAX_NEW_TOKENS,
    )
    return model
