"""What a person could reasonably ask for and Jinko cannot do yet: refused by name, never ignored."""

from collections.abc import Mapping
from typing import Final

NOT_YET: Final[Mapping[str, str]] = {
    "publish": "Publishing to the Hugging Face Hub is not built yet.",
    "training.packing": "Packing is not built yet; rows are padded.",
}


NOT_YET_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "training.method": frozenset({"dpo", "orpo", "kto", "grpo", "rloo", "reward", "pretrain", "cpt"}),
    "training.finetuning": frozenset({"qlora", "dora"}),
    "export": frozenset({"gguf", "f16", "q8_0", "q4_k_m", "q5_k_m", "q6_k", "awq", "gptq"}),
}
