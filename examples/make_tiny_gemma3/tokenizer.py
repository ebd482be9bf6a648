"""A tokenizer like Gemma's, trained on the synthetic chats: BPE with byte fallback, Gemma 3's chat template.

Not a program: `__main__` calls it. The chat template is read from the installed trl wheel, so that TRL
recognises it and can mark the assistant's tokens; it is not kept in this repository twice. No images: the
tokens for them are left out.
"""

import json
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from examples.make_tiny_gemma3.chats import Chat

SPECIAL_TOKENS = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"]
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]
SPACE = "\u2581"  # how Gemma writes a space inside a token
END_OF_TURN = "<end_of_turn>"
SINGLE_TOKENS = r"[0-9\n!-/:-@\[-`{-~]"  # a digit or a punctuation mark never merges: codes stay easy to copy


def prompt_text(user: str) -> str:
    """What gemma3.jinja makes of one user message, without the `<bos>` before it."""
    return f"<start_of_turn>user\n{user}{END_OF_TURN}\n<start_of_turn>model\n"


def _chat_template() -> str:
    path = Path(str(distribution("trl").locate_file("trl/chat_templates/gemma3.jinja")))
    return path.read_text(encoding="utf-8")


def _train_bpe(texts: Iterable[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", SPACE)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(SPACE, "merged_with_next"),
            pre_tokenizers.Split(Regex(SINGLE_TOKENS), "isolated"),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        special_tokens=SPECIAL_TOKENS + BYTE_TOKENS,
        initial_alphabet=[SPACE, "\n", *map(chr, range(33, 127))],
    )
    tokenizer.train_from_iterator(texts, trainer)
    # Training needs the bytes to be special so that they get ids; decoding drops special tokens.
    spec = json.loads(tokenizer.to_str())
    spec["added_tokens"] = [token for token in spec["added_tokens"] if token["content"] in SPECIAL_TOKENS]
    return Tokenizer.from_str(json.dumps(spec))


def make_tokenizer(chats: Iterable[Chat], size: int) -> PreTrainedTokenizerFast:
    """A tokenizer trained on `chats`, with `size` entries in all: special tokens and the 256 bytes too."""
    # The scaffolding belongs in the corpus, or "user" and "model" would cost several tokens each.
    tokenizer = _train_bpe((f"user\n{chat.user}\nmodel\n{chat.answer}" for chat in chats), size)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()],
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A",
        pair="<bos> $A <bos> $B",
        special_tokens=[("<bos>", tokenizer.token_to_id("<bos>"))],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
        chat_template=_chat_template(),
    )


def prompt_ids(tokenizer: PreTrainedTokenizerFast, user: str) -> list[int]:
    """Token ids up to where the model's answer starts, `<bos>` included."""
    return list(tokenizer.encode(prompt_text(user)))


def answer_ids(tokenizer: PreTrainedTokenizerFast, answer: str) -> list[int]:
    """Token ids of the answer and of the end of its turn."""
    return list(tokenizer.encode(answer + END_OF_TURN, add_special_tokens=False))


def check_template(tokenizer: PreTrainedTokenizerFast, chat: Chat) -> None:
    """Raise ValueError if the chat template tokenizes `chat` otherwise than training does."""
    turns = [{"role": "user", "content": chat.user}, {"role": "assistant", "content": chat.answer}]
    templated = tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False)
    trained = prompt_ids(tokenizer, chat.user) + answer_ids(tokenizer, chat.answer)
    # the template adds a line break after the last turn, which the model need not learn to write
    if templated[: len(trained)] != trained or len(templated) > len(trained) + 1:
        raise ValueError(f"the chat template differs from what is trained: {templated} is not {trained}")
