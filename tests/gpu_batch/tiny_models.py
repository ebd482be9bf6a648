"""Tiny random models of every family, made by transformers' own classes. No tests here.

    folder = make_model("qwen3-vl", tmp_path)

Each has a byte-level tokenizer with its family's control tokens, its stock chat template where the trl wheel
has that, and some thirty thousand parameters.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import transformers
import trl

from tests.gpu_batch.bases import CHATML, make_base, write_json

TEMPLATES = Path(trl.__file__).parent / "chat_templates"
MISTRAL = (
    "{{- bos_token }}{%- for message in messages %}{%- if message.role == 'user' %}"
    "{{- '[INST] ' + message.content + ' [/INST]' }}{%- else %}{{- ' ' + message.content + eos_token }}"
    "{%- endif %}{%- endfor %}"
)
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 1024,
}
HEAD = {"head_dim": 16}
EYE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
QWEN_EYE = {
    "depth": 1,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_heads": 2,
    "out_hidden_size": 32,
    "patch_size": 14,
}
ROPE = {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0}}
TURNS = ("<start_of_turn>", "<end_of_turn>")
IMAGE = ("<start_of_image>", "<end_of_image>", "<image_soft_token>")
IM = ("<|im_start|>", "<|im_end|>")
QWEN_IMAGE = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
HEADERS = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
Ids = Callable[[str], int]


class Made(NamedTuple):
    """How one family is made: template (a file of the trl wheel, or its text), control tokens, the token that
    ends a turn, and the configuration from the text part's settings and the tokens' ids."""

    template: str
    control: tuple[str, ...]
    end: str
    config: Callable[[dict[str, Any], Ids], Any]


def _gemma3(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Gemma3TextConfig(**text, **HEAD, sliding_window=64, query_pre_attn_scalar=16)


def _gemma3_sees(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Gemma3Config(
        text_config=_gemma3(text, ids),
        vision_config=transformers.SiglipVisionConfig(**EYE, image_size=56, patch_size=14),
        mm_tokens_per_image=4,
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        image_token_index=ids("<image_soft_token>"),
    )


def _gemma3n(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Gemma3nTextConfig(
        **text,
        **HEAD,
        vocab_size_per_layer_input=text["vocab_size"],
        hidden_size_per_layer_input=8,
        num_kv_shared_layers=0,
        layer_types=["sliding_attention", "full_attention"],
        activation_sparsity_pattern=[0.0, 0.0],
        laurel_rank=8,
        altup_num_inputs=2,
    )


def _gemma4(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Gemma4Config(
        text_config=transformers.Gemma4TextConfig(
            **text,
            **HEAD,
            vocab_size_per_layer_input=text["vocab_size"],
            hidden_size_per_layer_input=8,
            global_head_dim=16,
            num_kv_shared_layers=0,
            sliding_window=64,
            layer_types=["sliding_attention", "full_attention"],
        ),
        vision_config=transformers.Gemma4VisionConfig(
            **EYE, num_key_value_heads=2, head_dim=16, patch_size=8, position_embedding_size=64
        ),
        audio_config=None,
        image_token_id=ids("<|image|>"),
    )


def _qwen2_5_vl(text: dict[str, Any], ids: Ids) -> Any:
    eye = QWEN_EYE | {"fullatt_block_indexes": [0]}
    told = {"text_config": text | ROPE, "vision_config": eye, "tie_word_embeddings": False}
    return transformers.Qwen2_5_VLConfig(**told, **_qwen_tokens(ids))


def _qwen3_vl(text: dict[str, Any], ids: Ids) -> Any:
    eye = QWEN_EYE | {"deepstack_visual_indexes": [0], "num_position_embeddings": 64}
    told = {"text_config": text | HEAD | ROPE, "vision_config": eye, "tie_word_embeddings": True}
    return transformers.Qwen3VLConfig(**told, **_qwen_tokens(ids))


def _qwen_tokens(ids: Ids) -> dict[str, int]:
    return {
        "image_token_id": ids("<|image_pad|>"),
        "video_token_id": ids("<|video_pad|>"),
        "vision_start_token_id": ids("<|vision_start|>"),
        "vision_end_token_id": ids("<|vision_end|>"),
    }


def _mistral3(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Mistral3Config(
        text_config=_mistral(text, ids),
        vision_config=transformers.PixtralVisionConfig(**EYE, image_size=56, patch_size=14),
        image_token_index=ids("[IMG]"),
        spatial_merge_size=2,
    )


def _mistral(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.MistralConfig(**text, **HEAD)


def _llama(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.LlamaConfig(**text, **HEAD)


def _qwen2(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Qwen2Config(**text)


def _qwen3(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Qwen3Config(**text, **HEAD)


def _phi3(text: dict[str, Any], ids: Ids) -> Any:
    return transformers.Phi3Config(**text)


GEMMA4 = tuple("<|turn> <turn|> <|channel> <channel|> <|image> <image|> <|audio> <audio|>".split())
GEMMA4 += ("<|image|>", "<|audio|>", "<|video|>")
MODELS = {
    "gemma3": Made("gemma3", TURNS, TURNS[1], _gemma3),
    "gemma3-sees": Made("gemma3", (*TURNS, *IMAGE), TURNS[1], _gemma3_sees),
    "gemma3n": Made("gemma3", TURNS, TURNS[1], _gemma3n),
    "gemma4": Made("gemma4", GEMMA4, "<turn|>", _gemma4),
    "qwen2.5": Made("qwen2_5", IM, IM[1], _qwen2),
    "qwen3": Made("qwen3", IM, IM[1], _qwen3),
    "qwen2.5-vl": Made("qwen2_5_vl", (*IM, *QWEN_IMAGE), IM[1], _qwen2_5_vl),
    "qwen3-vl": Made("qwen3_vl", (*IM, *QWEN_IMAGE), IM[1], _qwen3_vl),
    "llama3": Made("llama3", HEADERS, HEADERS[2], _llama),
    "mistral": Made(MISTRAL, ("[INST]", "[/INST]"), "<eos>", _mistral),
    "mistral3": Made(MISTRAL, ("[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]"), "<eos>", _mistral3),
    "phi3": Made("phi3", ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"), "<|end|>", _phi3),
    "no-template": Made("", (), "<eos>", _llama),
    "no-template-tied": Made("", (), "<eos>", _gemma3),
    "chatml": Made(CHATML, IM, IM[1], _llama),
}


def make_model(name: str, parent: Path) -> Path:
    """The folder of a tiny model of this family, with random weights of one seed; made once a parent."""
    folder, made = parent / name, MODELS[name]
    if folder.is_dir():
        return folder
    file = TEMPLATES / f"{made.template[:20]}.jinja"
    template = file.read_text(encoding="utf-8") if file.is_file() else made.template
    make_base(folder, template or None, made.control, made.end)
    settings = json.loads((folder / "tokenizer_config.json").read_bytes())
    write_json(folder / "tokenizer_config.json", settings | {"tokenizer_class": "PreTrainedTokenizerFast"})
    tokens = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    ids = tokens.convert_tokens_to_ids
    text = {"vocab_size": len(tokens), **SHAPE}
    text |= {"bos_token_id": ids("<bos>"), "eos_token_id": ids(made.end), "pad_token_id": ids("<pad>")}
    transformers.set_seed(1)
    config = made.config(text, ids)
    sees = hasattr(config, "vision_config")
    maker = transformers.AutoModelForImageTextToText if sees else transformers.AutoModelForCausalLM
    model = maker.from_config(config)
    for parameter in model.parameters():  # some gates begin at zero, and then nothing behind them can learn
        if not parameter.any():
            parameter.data.normal_(std=0.02)
    ends = (folder / "generation_config.json").read_bytes()
    model.save_pretrained(folder)
    (folder / "generation_config.json").write_bytes(ends)
    if name == "gemma3-sees":
        _write_processor(folder)
    return folder


def _write_processor(folder: Path) -> None:
    """Gemma 3's: images of 56 × 56 pixels as four tokens. It is the one that needs no torchvision."""
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        extra_special_tokens=dict(zip(("boi_token", "eoi_token", "image_token"), IMAGE, strict=True)),
        chat_template=(folder / "chat_template.jinja").read_text(encoding="utf-8"),
    )
    size = {"height": 56, "width": 56}
    images = Gemma3ImageProcessorPil(size=size, image_seq_length=4, do_pan_and_scan=False)
    transformers.Gemma3Processor(
        image_processor=images, tokenizer=tokens, image_seq_length=4, chat_template=tokens.chat_template
    ).save_pretrained(folder)
