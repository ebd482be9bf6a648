"""A SentencePiece file for llama.cpp's converter, where a base has none: written from its tokenizer.json.

The converter reads the vocabulary of such families (Gemma, Llama 2, …) from `tokenizer.model`. A base that
was trained or saved with the `tokenizers` library alone has the same vocabulary in tokenizer.json: BPE
merges with byte fallback. A piece's score is then the rank of its merge, which gives the same tokens. Other
tokenizers need no such file and get none.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

UNUSED_SCORE: Final = -1e6  # of what no merge makes
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # SentencePiece's own numbers
BYTE_PIECE: Final = re.compile(r"<0x[0-9A-F]{2}>")


def write_pieces(folder: Path) -> bool:
    """Write `tokenizer.model` where the folder needs one and has none; whether it was written."""
    target = folder / "tokenizer.model"
    if target.exists():
        return False
    read = json.loads((folder / "tokenizer.json").read_bytes())
    model = read["model"]
    if model.get("type") != "BPE" or not model.get("byte_fallback"):
        return False
    target.write_bytes(_made(model, read.get("added_tokens") or []).SerializeToString())
    return True


def _made(model: dict[str, Any], added: list[dict[str, Any]]) -> Any:
    from sentencepiece import sentencepiece_model_pb2 as pb

    ids = {**model["vocab"], **{one["content"]: one["id"] for one in added}}
    control = {one["content"] for one in added if one.get("special")}
    ranks: dict[str, int] = {}
    for rank, merge in enumerate(model["merges"]):
        ranks.setdefault("".join(merge if isinstance(merge, list) else merge.split(" ")), rank)
    unknown = model.get("unk_token")
    proto = pb.ModelProto()
    proto.trainer_spec.model_type, proto.trainer_spec.byte_fallback = 2, True
    proto.trainer_spec.vocab_size = len(ids)
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = proto.normalizer_spec.remove_extra_whitespaces = False
    proto.normalizer_spec.escape_whitespaces = True
    for text, _ in sorted(ids.items(), key=lambda item: item[1]):
        piece = proto.pieces.add()
        piece.piece, piece.score = text, -float(ranks.get(text, -UNUSED_SCORE))
        piece.type = _kind(text, text == unknown, text in control)
    return proto


def _kind(text: str, unknown: bool, control: bool) -> int:
    if unknown:
        return UNKNOWN
    if control:
        return CONTROL
    return BYTE if BYTE_PIECE.fullmatch(text) else NORMAL
